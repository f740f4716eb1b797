"""CAT-8: ordered goods come in by delivery note, each booked once, and not beyond the order."""

from datetime import date, timedelta
from functools import partial

import pytest

from catalog.models import PurchaseReceipt, StockLevel, StockMovement
from catalog.services import purchase_receiving
from catalog.services.purchase_overdue import OVERDUE, look, look_for_overdue
from catalog.services.purchase_receiving import (
    Came,
    MoreThanOrdered,
    NoteBookedBefore,
    receive_purchase,
)
from catalog.services.purchase_sending import (
    OVER_ORDER,
    close_purchase_order,
    move_expected_arrival,
)
from catalog.services.purchasing import pieces_on_order
from opsdesk.alerts.models import Alert
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.purchases import Desk
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk():
    return Desk()


def stock(desk, sku):
    return StockLevel.objects.get(sku=sku, warehouse=desk.warehouse)


def test_good_pieces_are_available_and_damaged_ones_are_not(desk):
    """CAT-8: received by the ledger, which names the order and the note."""
    sku = desk.sku()
    order = desk.sent((sku, 24))

    receipt = desk.receive(order, "DN-1", good=20, damaged=1)

    level = stock(desk, sku)
    assert (level.available, level.damaged) == (20, 1)
    lines = StockMovement.objects.filter(reference=f"purchase:{order.pk}", note="DN-1")
    assert sorted(lines.values_list("to_state", "quantity")) == [("available", 20), ("damaged", 1)]
    order.refresh_from_db()
    assert (order.state, order.lines.get().received) == ("partly", 21)
    assert (receipt.received_by, receipt.lines.get().good) == (desk.clerk, 20)
    assert_invariants_hold("catalog.")


def test_the_last_piece_makes_it_received(desk):
    first, second = desk.sku("A-1"), desk.sku("A-2")
    order = desk.sent((first, 10), (second, 5))
    desk.receive(order, "DN-1")
    order.refresh_from_db()
    assert order.state == "partly"

    receive_purchase(
        order_id=order.pk,
        delivery_note="DN-2",
        came=[Came(second.pk, 5), Came(first.pk, 0)],
        actor=desk.clerk,
        at=MOMENT + DAY,
    )

    order.refresh_from_db()
    assert (order.state, order.received_at) == ("received", MOMENT + DAY)
    closed = close_purchase_order(order_id=order.pk, actor=desk.operator, at=MOMENT + 2 * DAY)
    assert closed.state == "closed"
    assert_invariants_hold("catalog.")


@pytest.mark.parametrize("again", ["DN-1", "  dn-1 "])
def test_a_delivery_note_is_booked_once(desk, again):
    """CAT-8: also when all of the order is in by then."""
    sku = desk.sku()
    order = desk.sent((sku, 24))
    desk.receive(order, "DN-1")

    with pytest.raises(NoteBookedBefore):
        desk.receive(order, again, good=1)

    assert stock(desk, sku).available == 24


def test_another_order_may_come_with_the_same_note(desk):
    sku = desk.sku()

    for order in (desk.sent((sku, 5)), desk.sent((sku, 7))):
        desk.receive(order, "DN-1")

    assert stock(desk, sku).available == 12


def test_more_than_ordered_is_refused_as_a_whole(desk):
    """CAT-8: damaged pieces came, too."""
    sku = desk.sku()
    order = desk.sent((sku, 24))

    with pytest.raises(MoreThanOrdered, match="25 pieces came, 24 are still to come of 24"):
        desk.receive(order, good=20, damaged=5)

    assert not PurchaseReceipt.objects.exists()
    assert not StockMovement.objects.exists()


def test_a_store_may_take_some_more(desk):
    factories.SettingOverrideFactory(key=OVER_ORDER.key, store=desk.store, value=10)
    order = desk.sent((desk.sku(), 24))

    with pytest.raises(MoreThanOrdered):
        desk.receive(order, good=27)
    desk.receive(order, good=26)

    order.refresh_from_db()
    assert (order.state, order.lines.get().received) == ("received", 26)
    assert_invariants_hold("catalog.")


def test_nothing_is_received_of_what_was_not_sent_or_is_over(desk):
    sku = desk.sku()
    order = desk.approved((sku, 5))

    with pytest.raises(Conflict, match="approved by now"):
        desk.receive(order)
    assert not PurchaseReceipt.objects.exists()


def test_a_sku_that_was_not_ordered_is_refused(desk):
    order = desk.sent()
    came = [Came(desk.sku("OTHER").pk, 1)]

    with pytest.raises(DomainError, match="not on this purchase order"):
        receive_purchase(
            order_id=order.pk, delivery_note="DN", came=came, actor=desk.clerk, at=MOMENT
        )


def test_goods_are_received_in_ones_own_warehouse_only(desk):
    order = desk.sent()
    elsewhere = factories.WarehouseFactory(store=desk.store)
    member = desk.clerk.memberships.get()
    factories.WarehouseAssignmentFactory(membership=member, warehouse=elsewhere)
    desk.clerk = type(desk.clerk).objects.get(pk=desk.clerk.pk)

    with pytest.raises(order.__class__.DoesNotExist):
        desk.receive(order)

    desk.clerk = desk.lead
    with pytest.raises(NotAllowed):
        desk.receive(order)


def test_whoever_waits_for_stock_is_told(desk, monkeypatch, django_capture_on_commit_callbacks):
    """CAT-8: orders are served as after any arrival."""
    told = []
    monkeypatch.setattr("catalog.services.stock._arrivals", [told.append])
    sku = desk.sku()
    order = desk.sent((sku, 24))

    with django_capture_on_commit_callbacks(execute=True):
        desk.receive(order)

    assert told == [[sku.pk]]


def still_open():
    return Alert.objects.filter(check_code=OVERDUE.code).exclude(state="resolved")


def test_past_its_expected_day_an_order_is_overdue_until_the_goods_are_in(desk):
    """CAT-8: its follow-up; not on the day itself, by the store's calendar."""
    order = desk.sent((desk.sku(), 24), expected_on=date(2026, 3, 5))
    desk.receive(order, "DN-1", good=4)
    of_the_day = MOMENT.replace(day=5, hour=15, minute=59)  # 23:59 in Shanghai
    assert look_for_overdue(desk.store, at=of_the_day) == 0

    assert look_for_overdue(desk.store, at=of_the_day + timedelta(minutes=1)) == 1
    alert = still_open().get()
    assert (alert.owner_role, alert.subject_label) == (Role.CATALOG_OPERATOR, order.number)
    assert alert.evidence["missing"] == 20

    desk.receive(order, "DN-2", at=MOMENT + 5 * DAY)
    assert not still_open().exists()
    assert look_for_overdue(desk.store, at=MOMENT + 6 * DAY) == 0


@pytest.mark.parametrize("way", ["moved", "closed"])
def test_a_moved_day_or_a_closed_order_ends_the_alert(desk, way):
    order = desk.sent((desk.sku(), 24), expected_on=date(2026, 3, 5))
    desk.receive(order, good=4)
    later = MOMENT + 6 * DAY
    assert look(factories.SlotFactory.build(), later) == {"overdue": 1, "taken_back": 0}

    given = {"order_id": order.pk, "actor": desk.operator, "at": later, "reason": "strike"}
    if way == "moved":
        move_expected_arrival(expected_on=date(2026, 3, 20), **given)
    else:
        close_purchase_order(**given)

    assert not still_open().exists()
    assert look_for_overdue(desk.store, at=later) == 0


@pytest.fixture
def one_at_a_time(monkeypatch):
    """Widens the gap between looking and booking."""
    slow = slowly(purchase_receiving.move_stock, 0.2)
    monkeypatch.setattr(purchase_receiving, "move_stock", slow)


@pytest.mark.django_db(transaction=True)
def test_one_delivery_note_that_comes_twice_at_once_is_booked_once(one_at_a_time):
    """CAT-8: the unique key refuses the second."""
    desk = Desk()
    sku = desk.sku()
    order = desk.sent((sku, 24))

    results = run_together([partial(desk.receive, order, "DN-1", good=10)] * 2)

    assert [type(result) for result in results].count(NoteBookedBefore) == 1
    assert stock(desk, sku).available == 10
    assert_invariants_hold("catalog.")


@pytest.mark.django_db(transaction=True)
def test_two_notes_at_once_don_t_bring_more_than_was_ordered(one_at_a_time):
    """CAT-8: receipts of one order take turns."""
    desk = Desk()
    sku = desk.sku()
    order = desk.sent((sku, 24))

    results = run_together([partial(desk.receive, order, f"DN-{n}", good=24) for n in range(2)])

    assert sum(isinstance(result, Conflict | MoreThanOrdered) for result in results) == 1
    assert stock(desk, sku).available == 24
    assert pieces_on_order([sku.pk]) == {}
    assert_invariants_hold("catalog.")
