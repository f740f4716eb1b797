"""CAT-11: goods sold before they are there have terms that two people stand by."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from catalog.models import PresaleLot
from catalog.presold import Presold, presold_of
from catalog.services.presales import (
    SHIPS_WITHIN,
    Terms,
    cancel_lot,
    end_due_lots,
    end_lot,
    file_lot,
    fulfil_lots,
    open_lot,
)
from catalog.services.publishing import publish_listing
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.services.lifecycle import cancel_orders
from orders.services.reservation import reserve_waiting_orders
from tests import factories
from tests.catalog.goods import complete_listing
from tests.concurrency import run_together
from tests.factories import MOMENT, PresaleLotFactory, SkuFactory, UserFactory
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
State = PresaleLot.State


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def sku(store):
    return SkuFactory(store=store, code="A", list_price=100)


@pytest.fixture
def operator(store):
    return UserFactory(role=Role.CATALOG_OPERATOR, store=store)


@pytest.fixture
def lead(store):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=store)


@pytest.fixture
def terms(store, sku):
    return Terms(
        sku=sku,
        supplier=factories.SupplierFactory(store=store),
        offered=10,
        deposit=Decimal(20),
        starts=MOMENT,
        until=MOMENT + 5 * DAY,
        promised_on=date(2026, 3, 10),
    )


@pytest.fixture
def lot(store, terms, operator):
    return file_lot(store=store, terms=terms, actor=operator, at=MOMENT)


def opened(lot, lead, at=MOMENT):
    return open_lot(lot_id=lot.pk, actor=lead, at=at)


def state_of(lot):
    return PresaleLot.objects.get(pk=lot.pk).state


def test_a_presale_is_drafted_by_one_and_opened_by_another(lot, lead):
    """CAT-11: a deposit is a price, so it takes two."""
    assert lot.state == State.DRAFT
    assert opened(lot, lead).state == State.OPEN

    with pytest.raises(Conflict, match="open by now"):
        opened(lot, lead)


def test_who_drafted_it_does_not_open_it(store, terms, lead):
    lot = file_lot(store=store, terms=terms, actor=lead, at=MOMENT)

    with pytest.raises(NotAllowed, match="Somebody else"):
        opened(lot, lead)
    with pytest.raises(IntegrityError, match="presale_lot_opened_by_another"), transaction.atomic():
        PresaleLot.objects.update(state=State.OPEN, opened_by=lead, opened_at=MOMENT)


def test_who_may_only_draft_does_not_open(lot, store):
    with pytest.raises(NotAllowed, match="decide on presales"):
        opened(lot, UserFactory(role=Role.CATALOG_OPERATOR, store=store))


@pytest.mark.parametrize(
    ("promised_on", "is_kept"), [(7, False), (8, True), (14, True), (15, False)]
)
def test_goods_ship_at_most_seven_days_after_the_sale(store, terms, operator, promised_on, is_kept):
    """CAT-11: ship in 7 days, counted from the last day of the sale, March 7 in the store."""
    terms = replace(terms, promised_on=date(2026, 3, promised_on))
    file = partial(file_lot, store=store, terms=terms, actor=operator, at=MOMENT)

    if is_kept:
        assert file().promised_on.day == promised_on
    else:
        with pytest.raises(DomainError, match="7 days later"):
            file()


def test_the_days_are_a_number_of_the_store(store, terms, operator):
    """CAT-11"""
    factories.SettingOverrideFactory(key=SHIPS_WITHIN.key, store=store, value=2)

    with pytest.raises(DomainError, match="2 days later"):
        file_lot(store=store, terms=terms, actor=operator, at=MOMENT)


@pytest.mark.parametrize("deposit", [100, 101, -1])
def test_a_deposit_is_less_than_the_price(store, terms, operator, deposit):
    """CAT-11"""
    with pytest.raises(DomainError, match="less than the price, 100"):
        file_lot(
            store=store, terms=replace(terms, deposit=Decimal(deposit)), actor=operator, at=MOMENT
        )


def test_a_price_that_fell_to_the_deposit_keeps_it_from_opening(lot, lead, sku):
    """CAT-11: the price that counts is the one at opening."""
    type(sku).objects.filter(pk=sku.pk).update(list_price=20)

    with pytest.raises(DomainError, match="less than the price, 20"):
        opened(lot, lead)


@pytest.mark.parametrize("field", ["deposit", "promised_on", "offered"])
def test_what_was_filed_stays(lot, field):
    value = {"deposit": 10, "promised_on": date(2026, 3, 14), "offered": 11}[field]

    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        PresaleLot.objects.filter(pk=lot.pk).update(**{field: value})


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [("one", "one", True), ("one", "other", False), ("all", "one", True), ("one", "all", True)],
)
def test_no_two_lots_of_a_sku_sell_on_one_channel_at_a_time(store, sku, first, second, is_refused):
    """CAT-11: each order counts for one lot; one for all channels stands against each."""
    channels = {
        "one": store.channels.first(),
        "other": factories.ChannelFactory(store=store),
        "all": None,
    }
    PresaleLotFactory(sku=sku, channel=channels[first], is_open=True)
    lot = PresaleLotFactory(sku=sku, channel=channels[second])
    lead = UserFactory(role=Role.OPERATIONS_LEAD, store=store)

    if is_refused:
        with pytest.raises(Conflict, match="sold ahead already"):
            opened(lot, lead)
    else:
        assert opened(lot, lead).state == State.OPEN


@pytest.mark.django_db(transaction=True)
def test_of_two_lots_opened_at_once_one_sells(store, sku):
    """CAT-11: the database holds it, whoever comes at the same time."""
    lots = [PresaleLotFactory(sku=sku) for _ in range(3)]
    leads = [UserFactory(role=Role.OPERATIONS_LEAD, store=store) for _ in lots]

    results = run_together(
        [partial(opened, lot, lead) for lot, lead in zip(lots, leads, strict=True)]
    )

    assert [type(result) for result in results].count(Conflict) == 2, results
    assert PresaleLot.objects.filter(state=State.OPEN).count() == 1


def test_pieces_sold_are_those_ordered_on_its_channel_while_it_sold(store, sku):
    """CAT-11: cancelled orders count for nothing."""
    lot = PresaleLotFactory(sku=sku, channel=store.channels.first(), is_open=True)
    elsewhere = factories.ChannelFactory(store=store)
    place(
        store,
        draft("in", ("A", 3)),
        draft("called off", ("A", 2)),
        draft("other article", ("B", 5)),
        draft("before", ("A", 7), placed_at=MOMENT - DAY),
        draft("after", ("A", 7), placed_at=MOMENT + 5 * DAY),
        at=MOMENT + 6 * DAY,
    )
    place(store, draft("elsewhere", ("A", 9)), channel=elsewhere)
    _cancel(store, "called off")

    unopened = PresaleLotFactory(sku=sku)
    assert presold_of([lot, unopened]) == {
        lot.pk: Presold(ordered=3, waiting=3),
        unopened.pk: Presold(),
    }


def _cancel(store, number):
    reviewer = UserFactory(role=Role.ORDER_REVIEWER, store=store)
    order = store.orders.get(external_number=number)
    cancel_orders(order_ids=[order.pk], reason="changed", actor=reviewer, at=MOMENT)


def test_a_sale_ends_at_its_time(store, sku):
    """CAT-11"""
    lot = PresaleLotFactory(sku=sku, is_open=True)

    assert end_due_lots(at=MOMENT + 5 * DAY - timedelta(seconds=1)) == 0
    assert end_due_lots(at=MOMENT + 5 * DAY) == 1
    assert state_of(lot) == State.ENDED


def test_a_sale_ended_by_hand_ends_at_that_moment(lot, lead):
    """CAT-11: what is ordered later is no presale."""
    opened(lot, lead)
    end_lot(lot_id=lot.pk, actor=lead, at=MOMENT + DAY)

    lot.refresh_from_db()
    assert (lot.state, lot.ends) == (State.ENDED, MOMENT + DAY)
    with pytest.raises(Conflict):
        end_lot(lot_id=lot.pk, actor=lead, at=MOMENT + DAY)


def test_it_is_fulfilled_when_every_order_has_its_goods(store, sku):
    """CAT-11: orders wait for the goods and get them as they come in."""
    lot = PresaleLotFactory(sku=sku, is_open=True)
    place(store, draft("T1", ("A", 3)))
    day_after = MOMENT + 6 * DAY
    end_due_lots(at=day_after)
    assert fulfil_lots(store, at=day_after) == 0

    stock(store, A=3)
    reserve_waiting_orders(at=day_after)

    assert fulfil_lots(store, at=day_after) == 1
    assert state_of(lot) == State.FULFILLED


def test_late_orders_are_waited_for_a_day(store, sku):
    PresaleLotFactory(sku=sku, is_open=True)
    end_due_lots(at=MOMENT + 5 * DAY)

    assert fulfil_lots(store, at=MOMENT + 6 * DAY - timedelta(seconds=1)) == 0


def test_one_that_is_called_off_says_why(lot, lead, operator):
    opened(lot, lead)
    with pytest.raises(NotAllowed):
        cancel_lot(lot_id=lot.pk, reason="supplier gone", actor=operator, at=MOMENT)
    with pytest.raises(DomainError, match="Say why"):
        cancel_lot(lot_id=lot.pk, reason=" ", actor=lead, at=MOMENT)

    cancel_lot(lot_id=lot.pk, reason="supplier gone", actor=lead, at=MOMENT)

    lot.refresh_from_db()
    assert (lot.state, lot.reason) == (State.CANCELLED, "supplier gone")


@pytest.mark.parametrize(
    ("sells", "is_live"), [("here", True), ("everywhere", True), ("elsewhere", False)]
)
def test_a_listing_without_stock_goes_live_while_it_is_sold_ahead(store, sells, is_live):
    """CAT-11: what CAT-2 asks of stock, an open presale on the channel answers."""
    listing = complete_listing(store)
    sku = listing.product.skus.get()
    sku.stock_levels.update(available=0)
    channel = {
        "here": listing.channel,
        "everywhere": None,
        "elsewhere": factories.ChannelFactory(store=store),
    }[sells]
    PresaleLotFactory(sku=sku, channel=channel, is_open=True, price=39)

    publish = partial(publish_listing, listing_id=listing.pk, actor=None, at=MOMENT)
    if is_live:
        publish()
    else:
        with pytest.raises(DomainError, match="Nothing is available"):
            publish()
    with pytest.raises(DomainError):
        publish_listing(listing_id=listing.pk, actor=None, at=MOMENT + 5 * DAY)
