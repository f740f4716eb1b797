from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.deadlines import services
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.stores.services import apply_due_numbers, set_number
from orders.models import Order
from tests.factories import MOMENT, ChannelFactory, DeadlineFactory, OrderFactory


def minutes(number):
    return MOMENT + timedelta(minutes=number)


def start(order):
    subject = services.Subject(order.pk, str(order), order.placed_at, order.total_amount)
    services.start(
        Order, [subject], on="placed_at", store=order.store, channel=order.channel, at=MOMENT
    )
    return Deadline.objects.get(subject_id=order.pk, rule="orders.confirm")


@pytest.mark.django_db
def test_a_clock_starts_with_the_number_in_force_and_its_due_time_stored():
    clock = start(OrderFactory())

    assert clock.due_at == minutes(10)
    assert clock.timer.next_at == minutes(5)
    assert clock.owner_role == "order_reviewer"


@pytest.mark.django_db
def test_starting_twice_leaves_one_open_clock():
    order = OrderFactory()

    start(order)
    start(order)

    assert Deadline.objects.count() == 1


@pytest.mark.django_db
def test_a_platforms_promise_overrides_the_default():
    """FUL-2: 24 hours, Douyin 48."""
    order = OrderFactory(channel=ChannelFactory(platform="douyin"))
    subject = services.Subject(order.pk, str(order), order.paid_at)

    services.start(
        Order, [subject], on="paid_at", store=order.store, channel=order.channel, at=MOMENT
    )

    clock = Deadline.objects.get(rule="fulfillment.ship")
    assert clock.due_at == MOMENT + timedelta(hours=48)
    assert clock.source == Deadline.Source.CHANNEL


@pytest.mark.django_db
def test_a_clock_reached_in_time_is_met():
    clock = start(OrderFactory())

    services.reach(Order, [clock.subject_id], reached="confirmed_at", at=minutes(10))

    clock.refresh_from_db()
    assert (clock.standing(minutes(20)), clock.met_at) == ("met", minutes(10))


@pytest.mark.django_db
def test_a_clock_reached_late_is_breached_even_if_no_sweep_saw_it():
    clock = start(OrderFactory())

    services.reach(Order, [clock.subject_id], reached="confirmed_at", at=minutes(11))

    clock.refresh_from_db()
    assert clock.standing(minutes(20)) == "met_late"
    assert [(event.kind, event.at) for event in clock.events.all()] == [("breached", minutes(10))]
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_the_alert_of_a_breach_closes_itself_when_the_state_is_reached():
    clock = start(OrderFactory())
    sweep(at=minutes(10))

    services.reach(Order, [clock.subject_id], reached="confirmed_at", at=minutes(25))

    alert = Alert.objects.get()
    assert (alert.state, alert.resolution) == ("resolved", "self")
    clock.refresh_from_db()
    assert clock.standing(minutes(30)) == "met_late"
    assert [event.kind for event in clock.events.all()] == ["breached"]


@pytest.mark.django_db
def test_a_paused_clock_keeps_what_it_had_left():
    clock = start(OrderFactory())

    services.pause([clock.pk], at=minutes(4))
    sweep(at=minutes(60))
    services.resume([clock.pk], at=minutes(64))

    clock.refresh_from_db()
    assert (clock.state, clock.due_at, clock.paused_seconds) == ("running", minutes(70), 3600)
    assert clock.timer.next_at == minutes(65)
    assert [event.kind for event in clock.events.all()] == ["paused", "resumed"]


@pytest.mark.django_db
def test_an_overdue_clock_cant_be_paused():
    clock = start(OrderFactory())
    sweep(at=minutes(10))

    assert services.pause([clock.pk], at=minutes(11)) == 0


@pytest.mark.django_db
def test_a_paused_clock_that_is_reached_is_met_however_long_it_stood():
    clock = start(OrderFactory())
    services.pause([clock.pk], at=minutes(4))

    services.reach(Order, [clock.subject_id], reached="confirmed_at", at=minutes(600))

    clock.refresh_from_db()
    assert (clock.standing(minutes(601)), clock.paused_seconds) == ("met", 596 * 60)


@pytest.mark.django_db
def test_cancelling_ends_clocks_and_closes_their_alerts():
    clock = start(OrderFactory())
    sweep(at=minutes(10))

    services.cancel(Order, [clock.subject_id], at=minutes(12))

    clock.refresh_from_db()
    assert clock.state == "cancelled"
    assert Alert.objects.get().resolution == "self"


@pytest.mark.django_db
def test_every_verb_leaves_a_finished_clock_alone():
    clock = DeadlineFactory(state="met")

    assert services.pause([clock.pk], at=minutes(1)) == 0
    assert services.resume([clock.pk], at=minutes(1)) == 0
    assert services.cancel(Order, [clock.subject_id], at=minutes(1)) == 0
    assert services.reach(Order, [clock.subject_id], reached="confirmed_at", at=minutes(1)) == 0


def change_number(clock, value, *, at, valid_from=None, channel=None):
    return set_number(
        key="orders.confirm_within",
        value=Decimal(value),
        store=clock.store,
        channel=channel,
        valid_from=valid_from or at,
        actor=None,
        reason="slower warehouse",
        at=at,
    )


@pytest.mark.django_db
def test_open_clocks_are_recalculated_when_their_number_changes():
    clock = start(OrderFactory())

    change_number(clock, 30, at=minutes(6))

    clock.refresh_from_db()
    assert (clock.due_at, clock.timer.next_at, clock.allowed_seconds) == (
        minutes(30),
        minutes(15),
        1800,
    )
    assert [event.kind for event in clock.events.all()] == ["recalculated"]


@pytest.mark.django_db
def test_a_shorter_number_makes_a_clock_due_at_the_next_sweep():
    clock = start(OrderFactory())

    change_number(clock, 5, at=minutes(6))
    sweep(at=minutes(6))

    clock.refresh_from_db()
    assert (clock.standing(minutes(6)), clock.due_at) == ("overdue", minutes(5))
    assert clock.events.filter(kind="breached").exists()


@pytest.mark.django_db
def test_a_number_of_the_future_reaches_open_clocks_at_its_moment():
    clock = start(OrderFactory())
    change_number(clock, 30, at=minutes(1), valid_from=minutes(5))

    assert apply_due_numbers(at=minutes(4)) == 0
    assert apply_due_numbers(at=minutes(5)) == 1
    assert apply_due_numbers(at=minutes(6)) == 0

    clock.refresh_from_db()
    assert clock.due_at == minutes(30)


@pytest.mark.django_db
def test_a_clock_committed_while_its_number_changed_is_moved_by_the_next_run():
    order = OrderFactory()
    clock = start(OrderFactory(store=order.store, channel=order.channel))
    change_number(clock, 30, at=minutes(1))
    late = DeadlineFactory(subject=order)  # ten minutes, read before the change

    apply_due_numbers(at=minutes(2))

    late.refresh_from_db()
    assert late.due_at == minutes(30)


@pytest.mark.django_db
def test_overdue_clocks_of_a_changed_number_stay_overdue():
    clock = start(OrderFactory())
    sweep(at=minutes(10))

    change_number(clock, 60, at=minutes(11))

    clock.refresh_from_db()
    assert (clock.standing(minutes(11)), clock.due_at) == ("overdue", minutes(10))


@pytest.mark.django_db
def test_a_channels_number_leaves_the_other_channels_clocks_alone():
    order = OrderFactory()
    other = OrderFactory(store=order.store, channel=ChannelFactory(store=order.store))
    clock, other_clock = start(order), start(other)

    change_number(clock, 30, at=minutes(1), channel=order.channel)

    clock.refresh_from_db()
    other_clock.refresh_from_db()
    assert (clock.due_at, other_clock.due_at) == (minutes(30), minutes(10))
