"""Stores made to measure with obey the same rules as real ones."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analytics.models import DailySales
from analytics.volume.services import generate
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.errors import Conflict
from opsdesk.stores.models import Store
from orders.models import Order, OrderLine
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
FACTS = {"code": "big", "orders": 600, "skus": 40, "days": 30, "seed": 7, "at": MOMENT}


def test_a_big_store_obeys_every_rule():
    store = generate(**FACTS, waiting=25)

    orders = Order.objects.filter(store=store)
    assert orders.count() == 600
    assert orders.filter(fulfilment_state="waiting").count() == 25
    assert not orders.filter(placed_at__gt=MOMENT).exists()
    assert set(orders.values_list("channel__code", flat=True)) == {"tmall", "douyin", "own"}
    assert_invariants_hold()


def test_what_it_makes_has_no_dangling_keys():
    """It may skip the database's own checks, so they are made up for here."""
    generate(**FACTS)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        keys = cursor.fetchall()
        for table, name, definition in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    assert keys


def test_the_newest_orders_clocks_wait_for_the_sweep():
    """ORD-2"""
    generate(**FACTS, waiting=25)
    overdue = Deadline.objects.standing("overdue", at=MOMENT).filter(rule="orders.confirm")
    waiting = overdue.count()

    assert waiting > 0
    assert sweep(at=MOMENT).breached >= waiting


def test_few_articles_sell_most():
    generate(**FACTS)

    sold = Counter(OrderLine.objects.values_list("sku_code", flat=True))
    best = sum(count for _code, count in sold.most_common(8))
    assert best > sum(sold.values()) / 2


def test_the_same_seed_makes_the_same_orders():
    def rows(code, seed):
        store = generate(**{**FACTS, "code": code, "seed": seed, "orders": 80})
        return list(
            Order.objects.filter(store=store)
            .order_by("placed_at", "external_number")
            .values_list("external_number", "placed_at", "total_amount", "fulfilment_state")
        )

    assert rows("one", 1) == rows("again", 1)
    assert rows("one-more", 1) != rows("other", 2)


def test_its_days_are_rolled_up():
    store = generate(**FACTS)

    assert (
        sum(
            DailySales.objects.filter(store=store, basis="created").values_list("orders", flat=True)
        )
        == 600
    )


def test_an_existing_store_is_left_alone():
    generate(**FACTS)

    with pytest.raises(Conflict):
        generate(**FACTS)


def test_it_is_not_made_in_production_unless_somebody_insists(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError):
        call_command("generate_volume", store="big", orders=1)
    assert not Store.objects.exists()
