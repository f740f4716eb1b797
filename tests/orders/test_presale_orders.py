"""Orders of presales: deposits, balances and the clocks of the promise (CAT-11, ORD-6)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from opsdesk import wording
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from orders.customer_messages import panel_of
from orders.models import Order, PresaleOrder
from orders.services import balances
from orders.services.presale_orders import follow_promises
from orders.services.unpaid import cancel_unpaid, look_for_late_money, remind_unpaid
from tests import factories
from tests.concurrency import run_while_uncommitted
from tests.factories import MOMENT
from tests.orders.drafts import draft, place

DAY = timedelta(days=1)
PROMISED = datetime(2026, 3, 9, 16, tzinfo=UTC)  # March 10 in Shanghai
OPENS, ENDS = MOMENT + 3 * DAY, MOMENT + 5 * DAY
Standing = PresaleOrder.Standing


@pytest.fixture
def channel(db):
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    return channel


@pytest.fixture
def lot(channel):
    """SKU A at 10 a piece, 2 of it down."""
    sku = factories.SkuFactory(store=channel.store, code="A", list_price=10)
    return factories.PresaleLotFactory(
        sku=sku, price=10, deposit=2, balance=DateTimeTZRange(OPENS, ENDS), is_open=True
    )


@pytest.fixture
def cashier(channel):
    return factories.UserFactory(role=Role.FINANCE, store=channel.store)


def placed(lot, **fields):
    store = lot.store
    place(store, draft(phone="13812345678", **fields))
    return PresaleOrder.objects.select_related("order", "lot").get()


def paid_down(lot):
    return placed(lot, paid_amount=Decimal(2))


def clocks(order):
    return {clock.rule: clock for clock in Deadline.objects.of(order).open()}


def test_the_clocks_of_a_presale_s_order_follow_the_promise(lot):
    """ORD-2, ORD-3, FUL-2: they run from the promised day; no sweep before it finds one late."""
    order = placed(lot).order

    running = clocks(order)
    assert {clock.started_at for clock in running.values()} == {PROMISED}
    assert running["fulfillment.ship"].due_at == PROMISED + DAY
    assert running["orders.confirm"].due_at == PROMISED + timedelta(minutes=10)

    sweep(at=PROMISED - timedelta(minutes=1))
    assert not Alert.objects.exists()
    sweep(at=PROMISED + DAY)
    assert set(Alert.objects.values_list("check_code", flat=True)) == set(running)


def test_a_later_payment_starts_no_clock_before_the_promise(lot):
    row = placed(lot, paid_at=None, paid_amount=Decimal(0))
    place(lot.store, draft(phone="13812345678", paid_at=MOMENT + DAY), at=MOMENT + DAY)

    running = clocks(row.order)
    assert {clock.started_at for clock in running.values()} == {PROMISED}
    assert set(running) == {"orders.confirm", "orders.review", "fulfillment.ship"}


def test_other_orders_keep_their_clocks(lot):
    factories.SkuFactory(store=lot.store, code="B")
    place(lot.store, draft("T2", ("B", 1)), draft("T3", placed_at=MOMENT - DAY))

    started = Deadline.objects.filter(rule="fulfillment.ship").values_list("started_at", flat=True)
    assert set(started) == {MOMENT}
    assert not PresaleOrder.objects.exists()


def test_a_part_payment_is_the_deposit_and_the_rest_pays_the_order(lot):
    """The same file twice, then one with the whole payment."""
    row = paid_down(lot)
    paid_down(lot)
    assert (row.deposit_amount, row.deposit_paid, row.deposit_paid_at) == (2, 2, MOMENT)
    assert row.order.payment_state == "unpaid"
    assert [row.standing(MOMENT), row.standing(OPENS)] == [
        Standing.DEPOSIT_PAID,
        Standing.BALANCE_DUE,
    ]

    row = placed(lot, paid_at=OPENS)
    assert row.order.payment_state == "paid"
    assert (row.deposit_paid, row.balance_paid) == (2, 8)
    assert row.standing(OPENS) == Standing.PAID


def test_the_order_is_promised_the_latest_of_its_days(lot):
    sku = factories.SkuFactory(store=lot.store, code="B", list_price=100)
    later = factories.PresaleLotFactory(sku=sku, promised_on=lot.promised_on + DAY, is_open=True)
    place(lot.store, draft("T1", ("A", 2), ("B", 3)))

    row = PresaleOrder.objects.get()
    assert (row.lot, row.deposit_amount) == (later, 2 * 2 + 3 * 20)


def test_deposit_and_balance_are_entered_by_finance_to_the_cent(lot, cashier):
    row = placed(lot, paid_at=None, paid_amount=Decimal(0))
    deposit = partial(balances.record_deposit, row_id=row.pk, at=MOMENT)
    with pytest.raises(NotAllowed):
        deposit(amount=Decimal(2), actor=factories.UserFactory(role=Role.ANALYST, store=lot.store))
    with pytest.raises(DomainError, match="2.00 is to be paid, not ¥3.00"):
        deposit(amount=Decimal(3), actor=cashier)

    deposit(amount=Decimal(2), actor=cashier)
    with pytest.raises(Conflict):
        deposit(amount=Decimal(2), actor=cashier)
    balances.record_balance(row_id=row.pk, amount=Decimal(8), actor=cashier, at=OPENS)

    order = Order.objects.get()
    assert (order.payment_state, order.paid_amount, order.paid_at) == ("paid", 10, OPENS)
    assert {clock.started_at for clock in clocks(order).values()} == {PROMISED}


def test_who_paid_down_is_told_when_the_balance_opens_and_before_it_ends(lot):
    paid_down(lot)
    moments = [OPENS - DAY, OPENS, OPENS + timedelta(hours=1), ENDS - DAY, ENDS - DAY / 2, ENDS]

    assert [balances.remind_of_balances(at=at) for at in moments] == [0, 1, 0, 1, 0, 0]

    kinds = OutboundMessage.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["orders.balance_opens", "orders.balance_ends"]
    assert "¥8.00" in OutboundMessage.objects.first().payload["text"]


def test_who_owes_the_deposit_is_reminded_of_the_deposit(lot):
    """ORD-6: the order is kept by that much; the rest is asked for in its own time."""
    placed(lot, paid_at=None, paid_amount=Decimal(0))

    assert remind_unpaid(at=MOMENT + timedelta(hours=1)) == 1

    assert "¥2.00" in OutboundMessage.objects.get().payload["text"]


def test_the_page_says_what_becomes_of_an_order_whose_deposit_is_paid(lot, cashier):
    order = paid_down(lot).order

    (line,) = panel_of(order, cashier, at=MOMENT).to_come

    assert wording.moment(ENDS, lot.store.zone) in line


def test_an_order_without_its_deposit_lapses_like_any_and_one_with_it_does_not(lot):
    kept = paid_down(lot)
    place(lot.store, draft("T2", paid_at=None, paid_amount=Decimal(0)))

    assert cancel_unpaid(at=MOMENT + DAY) == 1
    kept.order.refresh_from_db()
    assert kept.order.fulfilment_state == "waiting"


@pytest.mark.parametrize("returns", [False, True])
def test_a_missed_balance_cancels_the_order_and_the_lot_says_whose_the_deposit_is(
    lot, cashier, returns
):
    """ORD-6: at the end of its time; a deposit to be returned is an alert until it went back."""
    row = paid_down(lot)
    PresaleOrder.objects.update(returns_deposit=returns)
    assert balances.cancel_missed(at=ENDS - timedelta(minutes=1)) == 0

    assert [balances.cancel_missed(at=ENDS + DAY), balances.cancel_missed(at=ENDS + DAY)] == [1, 0]

    row = PresaleOrder.objects.get()
    assert row.standing(ENDS + DAY) == Standing.MISSED
    assert (row.order.fulfilment_state, row.order.lapse.cause) == ("cancelled", "balance")
    assert balances.look_for_deposits(lot.store, at=ENDS + DAY) == int(returns)
    if returns:
        balances.record_return(row_id=row.pk, actor=cashier, at=ENDS + 2 * DAY)
        assert Alert.objects.get(check_code="orders.deposit_to_return").state == "resolved"
    else:
        with pytest.raises(Conflict):
            balances.record_return(row_id=row.pk, actor=cashier, at=ENDS + 2 * DAY)


def test_a_balance_that_comes_after_the_end_is_finance_s(lot):
    paid_down(lot)
    balances.cancel_missed(at=ENDS)
    place(lot.store, draft(phone="13812345678", paid_at=ENDS), at=ENDS + DAY)

    assert look_for_late_money(lot.store, at=ENDS + DAY) == 1


@pytest.mark.django_db(transaction=True)
def test_a_balance_that_was_there_first_wins(lot, cashier):
    row = paid_down(lot)
    pay = partial(balances.record_balance, row_id=row.pk, amount=Decimal(8), actor=cashier, at=ENDS)

    assert run_while_uncommitted(pay, partial(balances.cancel_missed, at=ENDS)) == 0
    assert PresaleOrder.objects.get().standing(ENDS) == Standing.PAID


def test_an_overdue_clock_is_not_put_off(lot):
    """What was late was late, whoever finds out afterwards that it was a presale."""
    order = factories.OrderFactory(store=lot.store)
    late = factories.DeadlineFactory(subject=order, due_at=MOMENT + timedelta(minutes=10))
    sweep(at=MOMENT + DAY)

    row = factories.PresaleOrderFactory(order=order, lot=lot)
    assert follow_promises([row], at=MOMENT + DAY) == 0
    late.refresh_from_db()
    assert late.started_at == MOMENT


def test_payments_are_recorded_on_the_presale_order_s_page(lot, cashier, client):
    row = placed(lot, paid_at=None, paid_amount=Decimal(0))
    client.force_login(cashier)
    page = reverse("admin:orders_presaleorder_change", args=[row.pk])
    act = reverse("admin:orders_presaleorder_pay", args=[row.pk])

    assert "deposit due" in client.get(page).content.decode()
    refused = client.post(act, {"do": "deposit", "amount": "1"}, follow=True)
    assert "is to be paid, not" in refused.content.decode()
    client.post(act, {"do": "deposit", "amount": "2"})
    client.post(act, {"do": "balance", "amount": "8.00"})

    row.refresh_from_db()
    assert row.balance_paid == 8
    assert "paid" in client.get(page).content.decode()
