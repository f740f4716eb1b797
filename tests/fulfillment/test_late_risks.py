"""Orders that will be shipped late are found before they are (FUL-2)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import PurchaseOrder, StockLevel
from fulfillment.models import LateRisk, Parcel
from fulfillment.services import late_risks
from fulfillment.services.late_risks import LOOK_AHEAD, PACE, READY_BEFORE, look_for_late_orders
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.stores.layout import lay_out
from orders.models import Order
from orders.services.lifecycle import cancel_orders, ship_orders
from tests import factories
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Reason = LateRisk.Reason


@pytest.fixture
def shop():
    return Shop()


def promised(order, due_at=MOMENT + 20 * HOUR):
    """The order with its clock to ship."""
    factories.DeadlineFactory(
        subject=order,
        rule="fulfillment.ship",
        owner_role="warehouse",
        started_at=MOMENT - DAY,
        due_at=due_at,
        next_at=due_at,
    )
    return order


def ready(shop, due_at=MOMENT + 20 * HOUR, **values):
    return promised(shop.order(1, **values), due_at)


def waiting(shop, pieces=2, due_at=MOMENT + 20 * HOUR, sku=None):
    """Paid, and no stock is promised to it."""
    order = factories.OrderFactory(store=shop.store, fulfilment_state="waiting")
    sku = sku or factories.SkuFactory(store=shop.store)
    factories.OrderLineFactory(order=order, quantity=pieces, sku=sku, sku_code=sku.code)
    return promised(order, due_at)


def coming(shop, sku, pieces, day):
    """A purchase order that was sent and is expected then."""
    order = factories.PurchaseOrderFactory(store=shop.store, warehouse=shop.warehouse)
    factories.PurchaseLineFactory(order=order, sku=sku, quantity=pieces)
    moments = dict.fromkeys(("asked_at", "approved_at", "sent_at"), MOMENT)
    PurchaseOrder.objects.filter(pk=order.pk).update(
        state="sent", expected_on=day, sent_by=order.filed_by, **moments
    )
    return order


def handed_over(shop, count, *, over=10 * DAY):
    """So many parcels have left, spread over the time before."""
    for number in range(count):
        factories.ParcelFactory(
            store=shop.store,
            warehouse=shop.warehouse,
            carrier=shop.carrier,
            service=shop.service,
            waybill=f"SF{number:010d}",
            state=Parcel.State.HANDED_OVER,
            packed_at=MOMENT - DAY,
            handed_over_at=MOMENT - over * (number + 1) / (count + 1),
        )


def number(setting, value, store):
    factories.SettingOverrideFactory(store=store, key=setting.key, value=Decimal(value))


def look(shop, at=MOMENT):
    return look_for_late_orders(shop.store, at=at)


def risk_of(order):
    return LateRisk.objects.open().filter(order=order).first()


def test_an_order_that_stock_does_not_cover_is_in_danger(shop):
    """FUL-2: it is told which goods are missing and how many pieces."""
    order = waiting(shop, pieces=2)
    line = order.lines.get()
    StockLevel.objects.create(sku=line.sku, warehouse=shop.warehouse, available=1)

    look(shop)

    risk = risk_of(order)
    assert (risk.reason, risk.due_at, risk.expected_at) == (
        Reason.SHORTAGE,
        MOMENT + 20 * HOUR,
        None,
    )
    assert risk.evidence == {"pieces": 1, "skus": 1, "codes": [line.sku_code]}


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (1, True), (-1, True)])
def test_goods_that_come_in_time_are_no_danger(days, is_late, shop):
    """FUL-2: what is expected today is there by its end; what was expected yesterday is not."""
    order = waiting(shop, pieces=2)
    today = shop.store.business_date(MOMENT)
    coming(shop, order.lines.get().sku, 2, today + days * DAY)

    look(shop)

    risk = risk_of(order)
    assert (risk is not None) is is_late
    if days == 1:
        assert risk.expected_at.astimezone(shop.store.zone).date() == today + 2 * DAY


def test_what_comes_goes_to_those_that_are_due_first(shop):
    """FUL-2: two pieces come, and two orders of two wait for them."""
    sku = factories.SkuFactory(store=shop.store)
    later = waiting(shop, due_at=MOMENT + 30 * HOUR, sku=sku)
    first = waiting(shop, due_at=MOMENT + 20 * HOUR, sku=sku)
    coming(shop, sku, 2, shop.store.business_date(MOMENT))

    look(shop)

    assert risk_of(first) is None
    assert risk_of(later).reason == Reason.SHORTAGE


def test_an_article_nobody_knows_will_not_come(shop):
    order = waiting(shop)
    order.lines.update(sku=None)

    look(shop)

    assert risk_of(order).reason == Reason.SHORTAGE


def test_of_a_bundle_its_parts_are_missing(shop):
    """FUL-2: two boxes of three pieces want six."""
    part = factories.BundlePartFactory(bundle__store=shop.store, pieces=3)
    order = waiting(shop, pieces=2, sku=part.bundle)

    look(shop)

    assert risk_of(order).evidence["pieces"] == 6


@pytest.mark.parametrize(
    ("left", "changes", "stage"),
    [
        (4 * HOUR, {}, "packing"),
        (4 * HOUR, {"review_state": "held"}, "review"),
        (4 * HOUR + timedelta(minutes=1), {}, None),
        (-HOUR, {}, "packing"),
    ],
)
def test_what_is_not_packed_hours_before_is_in_danger(left, changes, stage, shop):
    """FUL-2: four hours before its ship-by it is to be packed."""
    order = ready(shop, MOMENT + left)
    Order.objects.filter(pk=order.pk).update(**changes)

    look(shop)

    risk = risk_of(order)
    assert (risk and risk.evidence.get("stage")) == stage


def test_the_hours_are_a_number_of_the_procedure(shop):
    number(READY_BEFORE, 30 * 60, shop.store)
    order = ready(shop)

    look(shop)

    assert risk_of(order).reason == Reason.NOT_READY


def test_what_is_packed_is_in_danger_once_its_moment_has_passed(shop):
    """FUL-2: it waits for its carrier."""
    soon, over = ready(shop, MOMENT + HOUR), ready(shop, MOMENT)
    for order in (soon, over):
        parcel = factories.ParcelFactory(
            store=shop.store, warehouse=shop.warehouse, state="packed", packed_at=MOMENT
        )
        factories.ParcelOrderFactory(parcel=parcel, order=order)
        line = order.lines.get()
        factories.ParcelItemFactory(parcel=parcel, line=line, sku=line.sku, quantity=1)

    look(shop)

    assert risk_of(soon) is None
    assert risk_of(over).evidence == {"stage": "hand_over"}


def test_more_than_the_warehouse_ships_is_in_danger(shop):
    """FUL-2: one parcel every five hours: the fourth and fifth of five leave after the 16th."""
    handed_over(shop, 67)
    orders = [ready(shop, MOMENT + 16 * HOUR) for _ in range(5)]

    look(shop)

    late = [order for order in orders if risk_of(order)]
    assert late == orders[3:]
    risk = risk_of(orders[3])
    assert risk.reason == Reason.CAPACITY
    assert (risk.evidence, risk.warehouse) == ({"place": 4, "per_hour": 0.2}, shop.warehouse)
    assert risk.expected_at == pytest.approx(MOMENT + 20 * HOUR, abs=timedelta(minutes=10))


def test_a_warehouse_that_shipped_little_is_not_judged(shop):
    """FUL-2: forty-nine parcels in a fortnight say nothing of its pace."""
    handed_over(shop, 49)
    order = [ready(shop, MOMENT + 16 * HOUR) for _ in range(5)][-1]

    look(shop)
    assert risk_of(order) is None

    number(PACE, 1, shop.store)
    look(shop)
    assert risk_of(order) is None

    for _ in range(12):
        last = ready(shop, MOMENT + 16 * HOUR)
    look(shop)
    assert risk_of(last).evidence == {"place": 17, "per_hour": 1.0}


def test_only_working_hours_ship(shop):
    """FUL-2: at two in the afternoon four hours of work are left; the fifth parcel leaves
    tomorrow."""
    calendar = factories.WorkCalendarFactory(store=shop.store)
    for weekday in range(7):
        factories.WorkHoursFactory(calendar=calendar, weekday=weekday)
    lay_out(shop.store, at=MOMENT)
    number(PACE, 1, shop.store)
    at = MOMENT.replace(hour=6)
    orders = [ready(shop, at + 12 * HOUR) for _ in range(5)]

    look(shop, at)

    assert [bool(risk_of(order)) for order in orders] == [False, False, False, False, True]


def test_a_presale_is_due_after_its_promise(shop):
    """FUL-2: presale by its date. Its clock runs from then, and nobody looks that far."""
    order = waiting(shop, due_at=MOMENT + 20 * DAY)

    look(shop)
    assert risk_of(order) is None

    number(LOOK_AHEAD, 30, shop.store)
    look(shop)
    assert risk_of(order) is not None


@pytest.mark.parametrize(("ahead", "is_found"), [(10, True), (20, False)])
def test_a_presale_whose_goods_come_after_its_day_is_in_danger_early(ahead, is_found, shop):
    """FUL-2: two weeks ahead, since it is known by then when the goods come."""
    order = waiting(shop, due_at=MOMENT + ahead * DAY)
    presale = factories.PresaleOrderFactory(order=order, promised_from=MOMENT + (ahead - 1) * DAY)
    day = shop.store.business_date(MOMENT) + (ahead + 3) * DAY
    coming(shop, order.lines.get().sku, 2, day)

    look(shop)

    risk = risk_of(order)
    assert (risk is not None) is is_found
    if is_found:
        assert risk.reason == Reason.PRESALE
        promised_on = shop.store.business_date(presale.promised_from).isoformat()
        assert risk.evidence["promised"] == promised_on
        assert risk.expected_at.astimezone(shop.store.zone).date() == day + DAY
        assert LateRisk.objects.certain(MOMENT).get() == risk


def test_a_presale_nobody_can_date_is_in_danger_days_before(shop):
    """FUL-2: that its supplier says nothing is the presale's alert; near its day it is a delay."""
    far, near = (waiting(shop, due_at=MOMENT + days * DAY) for days in (10, 2))
    for order in (far, near):
        factories.PresaleOrderFactory(order=order)

    look(shop)

    assert risk_of(far) is None
    assert (risk_of(near).reason, risk_of(near).expected_at) == (Reason.PRESALE, None)


def test_a_presale_whose_goods_come_in_time_is_no_danger(shop):
    order = waiting(shop, due_at=MOMENT + 10 * DAY)
    factories.PresaleOrderFactory(order=order)
    coming(shop, order.lines.get().sku, 2, shop.store.business_date(MOMENT) + 9 * DAY)

    look(shop)

    assert risk_of(order) is None


@pytest.mark.parametrize(
    ("wave", "left", "stage"),
    [
        (None, 6 * HOUR, "picking"),
        (None, 6 * HOUR + timedelta(minutes=1), None),
        ("released", 6 * HOUR, "picking"),
        ("picked", 6 * HOUR, None),
        ("picked", 4 * HOUR, "packing"),
    ],
)
def test_where_waves_are_picked_what_is_not_picked_hours_before_is_in_danger(
    wave, left, stage, shop
):
    """FUL-2: six hours before its ship-by it is to be picked, four hours before to be packed."""
    order = ready(shop, MOMENT + left)
    planned = factories.WaveFactory(warehouse=shop.warehouse, state=wave or "released")
    if wave:
        factories.WaveOrderFactory(wave=planned, order=order)

    look(shop)

    risk = risk_of(order)
    assert (risk and risk.evidence["stage"]) == stage


def test_where_nothing_is_picked_in_waves_only_packing_counts(shop):
    """FUL-2: a wave of three weeks ago says that they went back to packing from the shelf."""
    order = ready(shop, MOMENT + 5 * HOUR)
    factories.WaveFactory(warehouse=shop.warehouse, planned_at=MOMENT - 21 * DAY)

    look(shop)

    assert risk_of(order) is None


def test_a_paused_clock_and_unpaid_orders_are_no_danger(shop):
    held, unpaid = waiting(shop), waiting(shop)
    Deadline.objects.filter(subject_id=held.pk).update(state="paused", paused_at=MOMENT)
    Order.objects.filter(pk=unpaid.pk).update(paid_at=None, payment_state="unpaid", paid_amount=0)

    assert look(shop) == {"shortage": 0, "presale": 0, "not_ready": 0, "capacity": 0}


def test_the_row_closes_itself_when_the_order_leaves(shop):
    """FUL-2: shipped, cancelled, or no longer in danger."""
    gone, cancelled, covered = (ready(shop, MOMENT + HOUR) for _ in range(3))
    look(shop)
    ship_orders(order_ids=[gone.pk], actor=None, at=MOMENT)
    cancel_orders(order_ids=[cancelled.pk], reason="changed mind", actor=None, at=MOMENT)
    Deadline.objects.filter(subject_id=covered.pk).update(due_at=MOMENT + 2 * DAY)

    look(shop, MOMENT + timedelta(minutes=10))

    ended = dict(LateRisk.objects.closed().values_list("order", "ended"))
    assert ended == {gone.pk: "shipped", cancelled.pk: "cancelled", covered.pk: "gone"}


def test_it_is_one_delay_until_the_ship_by_moves(shop):
    """FUL-2: a danger that goes and comes back is the same delay, told once."""
    order = waiting(shop)
    look(shop)
    LateRisk.objects.update(told_at=MOMENT)
    level = StockLevel.objects.create(
        sku=order.lines.get().sku, warehouse=shop.warehouse, available=2
    )
    look(shop, MOMENT + HOUR)
    StockLevel.objects.filter(pk=level.pk).update(available=0)
    look(shop, MOMENT + 2 * HOUR)
    again = risk_of(order)
    assert (again.delay, again.told_at, LateRisk.objects.count()) == (1, MOMENT, 2)

    Deadline.objects.filter(subject_id=order.pk).update(due_at=MOMENT + 40 * HOUR)
    look(shop, MOMENT + 3 * HOUR)
    again.refresh_from_db()
    assert (again.delay, again.told_at) == (2, None)


def test_a_late_run_for_an_earlier_moment_changes_nothing(shop):
    order = ready(shop, MOMENT + HOUR)
    look(shop, MOMENT + HOUR)
    ship_orders(order_ids=[order.pk], actor=None, at=MOMENT + HOUR)
    look(shop, MOMENT + 2 * HOUR)
    rows = list(LateRisk.objects.values())

    look(shop, MOMENT + HOUR)

    assert list(LateRisk.objects.values()) == rows


def test_many_orders_are_one_alert_per_warehouse_and_reason(shop):
    """FUL-2: the alert tells how many, and closes by itself."""
    orders = [ready(shop, MOMENT + HOUR) for _ in range(5)]
    waiting(shop)

    look(shop)

    alerts = {alert.check_code: alert for alert in Alert.objects.all()}
    assert set(alerts) == {"fulfillment.late_not_ready", "fulfillment.late_shortage"}
    told = alerts["fulfillment.late_not_ready"]
    assert (told.evidence["orders"], told.subject_label) == (5, shop.warehouse.name)

    ship_orders(order_ids=[order.pk for order in orders], actor=None, at=MOMENT)
    look(shop, MOMENT + timedelta(minutes=10))
    told.refresh_from_db()
    assert told.state == Alert.State.RESOLVED


def test_stores_are_looked_at_apart(shop):
    order, other = ready(shop, MOMENT + HOUR), ready(Shop(), MOMENT + HOUR)

    look(shop)

    assert (risk_of(order) is None, risk_of(other) is None) == (False, True)
    assert late_risks.look(None, MOMENT)["not_ready"] == 2


def test_its_cost_does_not_grow_with_the_orders(shop):
    """FUL-2: a fixed number of statements."""

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            look(shop)
        return len(queries)

    ready(shop, MOMENT + HOUR)
    waiting(shop)
    few = statements()
    for _ in range(8):
        ready(shop, MOMENT + HOUR)
        waiting(shop)

    assert statements() == few


def test_the_database_keeps_one_open_row_per_order(shop):
    risk = factories.LateRiskFactory(order=shop.order(1))
    factories.LateRiskFactory(order=risk.order, closed_at=MOMENT, ended="gone")

    with pytest.raises(IntegrityError, match="one_open_per_order"), transaction.atomic():
        factories.LateRiskFactory(order=risk.order)
    with pytest.raises(IntegrityError, match="ended_at_a_moment"), transaction.atomic():
        LateRisk.objects.update(closed_at=MOMENT, ended="")


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_write_one_row():
    shop = Shop()
    orders = [ready(shop, MOMENT + HOUR) for _ in range(5)]

    run_together([partial(look, shop)] * 3)

    assert LateRisk.objects.open().count() == len(orders)


@pytest.mark.django_db(transaction=True)
def test_who_looks_second_sees_what_the_first_wrote():
    """FUL-2: what has left while the first looks is closed by the second, and so is its alert."""
    shop = Shop()
    order = ready(shop, MOMENT + HOUR)

    def left_and_looked():
        ship_orders(order_ids=[order.pk], actor=None, at=MOMENT + timedelta(minutes=5))
        return look(shop, MOMENT + timedelta(minutes=10))

    run_while_uncommitted(partial(look, shop), left_and_looked)

    assert LateRisk.objects.get().ended == "shipped"
    assert Alert.objects.get().state == Alert.State.RESOLVED
