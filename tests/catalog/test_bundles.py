"""SKUs that are made of others: what may be one, how many there are, what they cost (CAT-7)."""

from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from catalog.models import BundlePart, StockLevel
from catalog.services import bundles, completeness, sharing
from catalog.services.bundles import NoBundle, check_bundle, check_part
from catalog.services.pricing import Margins
from catalog.services.stock import receive_stock
from opsdesk.errors import Conflict
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.goods import codes, complete_listing
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def skus(store):
    return [factories.SkuFactory(store=store, code=code) for code in ("A", "B", "C")]


def made_of(bundle, *parts):
    return [
        factories.BundlePartFactory(bundle=bundle, part=part, pieces=pieces)
        for part, pieces in parts
    ]


def refused(bundle, part):
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        BundlePart.objects.create(bundle=bundle, part=part)
    return str(refusal.value)


def test_a_circle_is_refused_and_named(skus):
    """CAT-7: A in B in A is told as such, by the service and by the database."""
    a, b, _c = skus
    made_of(a, (b, 1))

    assert "A bundle would contain itself: B → A → B" in refused(b, a)
    with pytest.raises(NoBundle, match="B → A → B"):
        check_part(b, a)


def test_a_longer_circle_can_not_even_begin(skus):
    """CAT-7: a part is never a bundle itself, so A in B in C in A stops at its second step."""
    a, b, c = skus
    made_of(a, (b, 1))

    assert "A part of a bundle is no bundle itself." in refused(b, c)
    assert "A part of a bundle is no bundle itself." in refused(c, a)
    with pytest.raises(NoBundle, match="B is a part of A"):
        check_bundle(b)
    with pytest.raises(NoBundle, match="A is a bundle itself"):
        check_part(c, a)


def test_a_bundle_does_not_contain_itself(skus):
    """CAT-7."""
    with pytest.raises(NoBundle, match="A → A"):
        check_part(skus[0], skus[0])
    assert refused(skus[0], skus[0])


def test_parts_are_of_the_bundles_store(skus):
    """CAT-7."""
    assert "of one store" in refused(skus[0], factories.SkuFactory())


def race_for_a_circle(skus):
    """A in B, B in C, C in A at once, each committed a moment after it was written."""
    a, b, c = skus

    def add(bundle, part):
        with bundles.refused_in_words(), transaction.atomic():
            BundlePart.objects.create(bundle=bundle, part=part)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")

    return run_together([partial(add, a, b), partial(add, b, c), partial(add, c, a)])


@pytest.mark.django_db(transaction=True)
def test_of_three_that_would_close_a_circle_at_once_one_is_left(skus):
    """CAT-7: the trigger holds both SKUs, so the second sees what the first wrote."""
    results = race_for_a_circle(skus)

    assert BundlePart.objects.count() == 1
    assert sum(isinstance(result, Conflict | DatabaseError) for result in results) == 2
    assert_invariants_hold("catalog.bundles")


@pytest.fixture
def unguarded(transactional_db):
    """The trigger as it must not be: it looks without holding the SKUs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger"
            " WHERE tgrelid = 'catalog_bundlepart'::regclass AND tgname LIKE 'pgtrigger_sound%'"
        )
        guarded = cursor.fetchone()[0]
        assert "FOR UPDATE" in guarded
        cursor.execute(guarded.replace("FOR UPDATE", ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(guarded)


def test_without_the_lock_the_same_race_closes_the_circle(unguarded, skus):
    """If this fails, the test above proves nothing."""
    race_for_a_circle(skus)

    assert BundlePart.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_stock_and_parts_do_not_come_at_once(store, skus):
    """CAT-7: of a receipt and a first part one is refused."""
    a, b, _c = skus
    warehouse = factories.WarehouseFactory(store=store)

    def add():
        with bundles.refused_in_words(), transaction.atomic():
            BundlePart.objects.create(bundle=a, part=b)

    receive = partial(
        receive_stock, sku_id=a.pk, warehouse_id=warehouse.pk, quantity=3, actor=None, at=MOMENT
    )
    results = run_together([add, receive])

    assert sum(isinstance(result, Exception) for result in results) == 1
    assert BundlePart.objects.exists() != StockLevel.objects.exists()


def test_a_sku_with_stock_of_its_own_becomes_no_bundle(skus):
    """CAT-7."""
    a, b, _c = skus
    factories.StockLevelFactory(sku=a)

    with pytest.raises(NoBundle, match="stock of its own"):
        check_bundle(a)
    assert "stock of its own" in refused(a, b)


def test_a_bundle_is_not_received(store, skus):
    """CAT-7: what comes in are its parts."""
    a, b, _c = skus
    made_of(a, (b, 1))
    warehouse = factories.WarehouseFactory(store=store)

    with pytest.raises(NoBundle, match="A is a bundle"):
        receive_stock(sku_id=a.pk, warehouse_id=warehouse.pk, quantity=1, actor=None, at=MOMENT)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockLevel.objects.create(sku=a, warehouse=warehouse)


def test_what_can_be_sold_is_the_least_that_parts_make_in_each_warehouse(store, skus):
    """CAT-7: available ÷ pieces, rounded down; a warehouse without one of the parts makes none."""
    bundle, tea, cup = skus
    made_of(bundle, (tea, 2), (cup, 1))
    east, west = factories.WarehouseFactory.create_batch(2, store=store)
    for sku, warehouse, pieces in ((tea, east, 7), (cup, east, 5), (tea, west, 40)):
        factories.StockLevelFactory(sku=sku, warehouse=warehouse, available=pieces)

    assert bundles.stock_of([bundle.pk, tea.pk]) == {bundle.pk: {east.pk: 3}}
    channel = factories.ChannelFactory(store=store)
    assert sharing.allocated(bundle, channel) == 3
    assert sharing.allocated(cup, channel) == 5


def test_a_bundle_without_a_cost_has_that_of_its_parts_for_the_floor(store, skus):
    """CAT-6: its own cost goes first; where a part's cost is unknown there is no floor."""
    bundle, tea, cup = skus
    made_of(bundle, (tea, 2), (cup, 1))

    def floor():
        for sku in skus:
            sku.refresh_from_db()
        return Margins(store, MOMENT).floor(bundle, None).cost

    tea.cost = Decimal("3.50")
    tea.save()
    assert floor() is None
    cup.cost = Decimal(9)
    cup.save()
    assert floor() == Decimal(16)
    bundle.cost = Decimal(15)
    bundle.save()
    assert floor() == Decimal(15)


def test_a_listing_of_a_bundle_is_complete_while_its_parts_make_a_piece(store):
    """CAT-2: a piece available."""
    listing = complete_listing(store)
    part = listing.product.skus.get()
    factories.ProductFactory(store=store)
    whole = factories.SkuFactory(store=store, product=listing.product, list_price=Decimal(99))
    made_of(whole, (part, 2))
    type(part).objects.filter(pk=part.pk).update(product=factories.ProductFactory(store=store))

    def missing():
        return codes(completeness.completeness_of([listing], MOMENT)[listing.pk].missing)

    assert "stock" not in missing()
    BundlePart.objects.update(pieces=11)
    assert "stock" in missing()


def test_parts_are_edited_on_the_skus_page(store, skus, client):
    """CAT-7: a refusal is a word beside the field; the sum of costs and pieces is shown."""
    bundle, tea, _cup = skus
    type(tea).objects.update(cost=Decimal("4.20"))
    factories.StockLevelFactory(sku=tea, available=9)
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store))
    address = reverse("admin:catalog_sku_change", args=[bundle.pk])

    def post(part, pieces):
        return client.post(
            address,
            {
                "product": bundle.product_id,
                "is_active": "on",
                "parts-TOTAL_FORMS": 1,
                "parts-INITIAL_FORMS": 0,
                "parts-0-part": part.pk,
                "parts-0-pieces": pieces,
                "parts-0-bundle": bundle.pk,
            },
        )

    response = post(bundle, 1)
    assert "A → A" in response.content.decode()

    response = post(tea, 4)
    assert response.status_code == 302
    page = client.get(address).content.decode()
    assert "16.80" in page
    assert '<dd class="od-big">2</dd>' in page


def test_pieces_of_a_part_are_one_at_least(skus):
    """CAT-7."""
    row = BundlePart(bundle=skus[0], part=skus[1], pieces=0)
    with pytest.raises(ValidationError):
        row.full_clean()
