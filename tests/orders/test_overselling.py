"""CAT-7: overselling is impossible under any concurrency."""

import subprocess
import sys

import pytest
from django.db import connection

from orders.models import Reservation
from tests import processes
from tests.factories import BundlePartFactory, SkuFactory, StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import stock

# In one process, for which four more are started.
pytestmark = pytest.mark.xdist_group("overselling")

PROCESSES = 4
BUYERS = 200
PIECES = 10


@pytest.fixture(scope="module")
def buyers(django_db_setup):
    """Four processes that have started: what follows is the race, not who was up first."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.orders.buyer"],
            cwd=processes.ROOT,
            env=processes.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(PROCESSES)
    ]
    try:
        assert [buyer.stdout.readline() for buyer in started] == ["ready\n"] * PROCESSES
        yield started
    finally:
        for buyer in started:
            buyer.kill()
            buyer.communicate()


def let_them_buy(buyers, store, batch):
    """How many pieces each of the processes got hold of."""
    share = BUYERS // PROCESSES
    for number, buyer in enumerate(buyers):
        buyer.stdin.write(f"{store.code} {number * share} {share} {batch}\n")
        buyer.stdin.flush()
    return [int(buyer.stdout.readline()) for buyer in buyers]


@pytest.fixture
def store(transactional_db):
    store = StoreFactory()
    stock(store, A=PIECES)
    return store


@pytest.mark.parametrize("batch", [1, 25])
def test_two_hundred_buyers_get_exactly_the_ten_pieces_there_are(store, buyers, batch):
    """CAT-7: oversold 0, from several processes at once."""
    sold = let_them_buy(buyers, store, batch)

    assert sum(sold) == PIECES
    level = store.skus.get().stock_levels.get()
    assert (level.available, level.reserved) == (0, PIECES)
    assert_invariants_hold()


@pytest.fixture
def bundle_store(transactional_db):
    """A is two of TEA and one of CUP, of which there are some left over."""
    store = StoreFactory()
    stock(store, TEA=2 * PIECES + 1, CUP=PIECES + 5)
    bundle = SkuFactory(store=store, code="A")
    for code, pieces in (("TEA", 2), ("CUP", 1)):
        BundlePartFactory(bundle=bundle, part=store.skus.get(code=code), pieces=pieces)
    return store


@pytest.mark.parametrize("batch", [1, 25])
def test_two_hundred_buyers_of_a_bundle_get_as_many_as_its_parts_make(bundle_store, buyers, batch):
    """CAT-7: oversold 0, also of what is taken as a part."""
    sold = let_them_buy(buyers, bundle_store, batch)

    assert sum(sold) == PIECES
    levels = {sku.code: sku.stock_levels.get() for sku in bundle_store.skus.exclude(code="A")}
    assert (levels["TEA"].available, levels["TEA"].reserved) == (1, 2 * PIECES)
    assert (levels["CUP"].available, levels["CUP"].reserved) == (5, PIECES)
    assert_invariants_hold()


# How each function guards the stock, and the same without: no lock, and a pause for the check.
GUARDS = {
    "place_orders": ("FOR UPDATE OF s", "AND s.available >= locked.wanted"),
    "reserve_orders": ("FOR UPDATE;", "AND s.available >= demand.wanted"),
}


def careless(definition, lock, check):
    assert lock in definition
    assert check in definition
    return definition.replace(lock, ";" if lock.endswith(";") else "").replace(
        check, "AND pg_sleep(0.02) IS NOT NULL"
    )


@pytest.fixture
def unguarded(transactional_db):
    """Reservation as it must not be: it reads without the lock and takes without the check."""
    guarded = {}
    with connection.cursor() as cursor:
        for name, guards in GUARDS.items():
            cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
            guarded[name] = cursor.fetchone()[0]
            cursor.execute(careless(guarded[name], *guards))
        cursor.execute(
            "ALTER TABLE catalog_stocklevel DROP CONSTRAINT stock_level_available_not_negative"
        )
    yield
    with connection.cursor() as cursor:
        for definition in guarded.values():
            cursor.execute(definition)
        cursor.execute("UPDATE catalog_stocklevel SET available = 0 WHERE available < 0")
        cursor.execute(
            "ALTER TABLE catalog_stocklevel ADD CONSTRAINT stock_level_available_not_negative"
            " CHECK (available >= 0)"
        )


def test_without_its_guard_the_same_race_oversells(store, buyers, unguarded):
    """If this fails, the test above proves nothing."""
    assert sum(let_them_buy(buyers, store, batch=1)) > PIECES
    assert Reservation.objects.count() > PIECES


def test_without_its_guard_the_race_for_a_bundle_oversells(bundle_store, buyers, unguarded):
    """If this fails, the test of bundles above proves nothing."""
    assert sum(let_them_buy(buyers, bundle_store, batch=1)) > PIECES
