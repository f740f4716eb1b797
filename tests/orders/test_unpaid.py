"""Unpaid orders: reminded once, cancelled at the limit, money that comes too late (ORD-6)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.errors import DomainError
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.models import SettingOverride
from orders.models import CustomerMessage, LapsedOrder, Order, OrderEvent, Reservation
from orders.services import lifecycle, opting_out, unpaid
from orders.services.unpaid import cancel_unpaid, look_for_late_money, remind_unpaid
from tests import factories
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT

LATER = MOMENT + timedelta(minutes=31)
TOO_LATE = MOMENT + timedelta(hours=24)


@pytest.fixture
def channel(db):
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    return channel


def unpaid_order(channel, **more):
    return factories.OrderFactory(
        store=channel.store, channel=channel, payment_state="unpaid", **more
    )


def number(channel, key, value):
    SettingOverride.objects.create(
        key=key, store=channel.store, channel=channel, value=value, valid_from=MOMENT, reason="x"
    )


def why(order):
    return order.customer_messages.get().withheld


def test_an_unpaid_order_is_reminded_of_once(channel):
    """ORD-6: after half an hour, whoever runs it how often."""
    order = unpaid_order(channel)
    assert remind_unpaid(at=MOMENT + timedelta(minutes=29)) == 0

    assert [remind_unpaid(at=LATER), remind_unpaid(at=LATER)] == [1, 0]

    message = OutboundMessage.objects.get()
    assert order.customer_messages.get().message == message
    assert message.recipient == "13812345678"
    assert order.external_number in message.payload["text"]
    assert "¥100.00" in message.payload["text"]


def test_the_store_s_language_is_spoken(channel):
    channel.store.language = "en"
    channel.store.save()
    unpaid_order(channel)

    remind_unpaid(at=LATER)

    assert "waits for its payment" in OutboundMessage.objects.get().payload["text"]


def test_paid_cancelled_old_and_other_channels_orders_are_not_reminded_of(channel):
    factories.OrderFactory(store=channel.store, channel=channel)
    unpaid_order(channel, fulfilment_state="cancelled")
    unpaid_order(channel, placed_at=MOMENT - timedelta(days=2))
    taobao = factories.ChannelFactory(store=channel.store, platform="taobao")
    unpaid_order(taobao)

    assert remind_unpaid(at=LATER) == 0
    assert not CustomerMessage.objects.exists()


def test_nobody_is_reminded_in_quiet_hours(channel):
    """ORD-6: 22 to 8 o'clock where the store is; then it is the first run."""
    order = unpaid_order(channel, placed_at=MOMENT.replace(hour=13, minute=45))  # 21:45 in Shanghai

    assert remind_unpaid(at=order.placed_at + timedelta(hours=1)) == 0
    assert remind_unpaid(at=order.placed_at + timedelta(hours=10, minutes=15)) == 1


def test_a_reminder_that_can_t_be_sent_says_why(channel):
    """ORD-6: opted out, masked, without a number, without a provider."""
    owner = factories.UserFactory(is_superuser=True)
    opting_out.opt_out(
        store=channel.store,
        phone="+86 139-1234-5678",
        purpose="marketing",
        way="call",
        actor=owner,
        at=MOMENT,
    )
    cases = {
        unpaid_order(channel, phone="13912345678"): "opted_out",
        unpaid_order(channel, phone="138****5678"): "masked",
        unpaid_order(channel, phone=""): "no_phone",
    }
    elsewhere = factories.ChannelFactory(platform="own")
    cases[unpaid_order(elsewhere)] = "no_provider"

    assert remind_unpaid(at=LATER) == 0

    assert {order: why(order) for order in cases} == cases


def test_an_ended_opt_out_holds_no_more(channel):
    owner = factories.UserFactory(is_superuser=True)
    given = {"store": channel.store, "purpose": "marketing", "way": "call", "actor": owner}
    row = opting_out.opt_out(phone="13812345678", at=MOMENT, **given)
    opting_out.end_opt_out(opt_out_id=row.pk, actor=owner, at=MOMENT)
    unpaid_order(channel)

    assert remind_unpaid(at=LATER) == 1


@pytest.mark.parametrize("typed", ["1", "nobody", "138****5678", "13812345678901234"])
def test_an_opt_out_needs_a_number_that_can_be_called(typed, channel):
    owner = factories.UserFactory(is_superuser=True)
    given = {"store": channel.store, "purpose": "marketing", "way": "call", "actor": owner}

    with pytest.raises(DomainError):
        opting_out.opt_out(phone=typed, at=MOMENT, **given)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(channel):
    """ORD-6: the row's key decides."""
    orders = [unpaid_order(channel) for _ in range(12)]

    told = run_together([partial(remind_unpaid, at=LATER)] * 3)

    assert sum(told) == OutboundMessage.objects.count() == len(orders)


def test_an_unpaid_order_is_cancelled_at_the_limit_and_its_stock_is_free(channel):
    """ORD-6: after 24 hours, by the system, with the reason."""
    order = unpaid_order(channel, fulfilment_state="reserved")
    held = factories.ReservationFactory(line__order=order)
    assert cancel_unpaid(at=TOO_LATE - timedelta(minutes=1)) == 0

    assert [cancel_unpaid(at=TOO_LATE), cancel_unpaid(at=TOO_LATE)] == [1, 0]

    order.refresh_from_db()
    held.refresh_from_db()
    assert (order.fulfilment_state, held.state) == ("cancelled", Reservation.State.RELEASED)
    assert order.events.get(kind=OrderEvent.Kind.CANCELLED).data == {"lapse": "unpaid"}
    assert order.lapse.due_at == TOO_LATE


def test_a_channel_has_a_limit_of_its_own_or_none(channel):
    number(channel, unpaid.CANCEL_AFTER.key, Decimal(0))
    other = factories.ChannelFactory(store=channel.store, platform="own")
    number(other, unpaid.CANCEL_AFTER.key, Decimal(60))
    kept, gone = unpaid_order(channel), unpaid_order(other)

    assert cancel_unpaid(at=TOO_LATE) == 1

    assert list(LapsedOrder.objects.values_list("order", flat=True)) == [gone.pk]
    assert Order.objects.get(pk=kept.pk).fulfilment_state == "waiting"


def test_what_fell_due_during_an_outage_is_cancelled_in_batches(channel, monkeypatch):
    monkeypatch.setattr(unpaid, "BATCH", 2)
    for _ in range(5):
        unpaid_order(channel)

    assert cancel_unpaid(at=TOO_LATE + timedelta(days=9)) == 5


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_was_there_first_wins(channel):
    """ORD-6: the run that waited for it reads the order anew, and lets it go."""
    order = unpaid_order(channel)

    def pay():
        Order.objects.filter(pk=order.pk).update(
            payment_state="paid", paid_at=TOO_LATE, paid_amount=100
        )

    assert run_while_uncommitted(pay, partial(cancel_unpaid, at=TOO_LATE)) == 0
    order.refresh_from_db()
    assert (order.payment_state, order.fulfilment_state) == ("paid", "waiting")


def test_money_for_an_order_we_cancelled_is_finance_s_until_it_went_back(channel):
    """ORD-6: an alert for finance; one a person cancelled is none."""
    order, other = unpaid_order(channel), unpaid_order(channel)
    lifecycle.cancel_orders(order_ids=[other.pk], reason="asked", actor=None, at=MOMENT)
    cancel_unpaid(at=TOO_LATE)
    Order.objects.update(payment_state="paid", paid_at=TOO_LATE, paid_amount=100)

    assert look_for_late_money(channel.store, at=TOO_LATE) == 1
    alert = Alert.objects.get()
    assert (alert.owner_role, alert.money_at_risk, alert.subject_id) == ("finance", 100, order.pk)

    Order.objects.filter(pk=order.pk).update(payment_state="refunded", refunded_amount=100)
    assert look_for_late_money(channel.store, at=TOO_LATE) == 0
    alert.refresh_from_db()
    assert alert.state == Alert.State.RESOLVED
