"""Clocks that count working time or working days, as the store's calendar says."""

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from opsdesk.alerts.models import Alert
from opsdesk.deadlines import services
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.stores.models import WorkLayout
from opsdesk.stores.procedure import Unit
from opsdesk.stores.roles import Role
from opsdesk.stores.services import (
    SETTLING,
    InvalidNumber,
    follow_work_time,
    keep_work_time,
    set_number,
)
from orders.models import Order
from orders.services.intake import place_orders
from tests.factories import OrderFactory, SkuFactory, UserFactory, WorkCalendarFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONFIRM, SHIP = "orders.confirm_within", "fulfillment.ship_within"


def on(day, hour, minute=0):
    """A moment of March 2026: the 2nd is a Monday, no public holiday anywhere near."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def store():
    """Monday to Friday, nine to twelve and one to six."""
    calendar = WorkCalendarFactory(country="CN")
    for weekday in range(5):
        calendar.hours.create(weekday=weekday, start=time(9), end=time(12))
        calendar.hours.create(weekday=weekday, start=time(13), end=time(18))
    keep_work_time(calendar.store, at=on(1, 0))
    return calendar.store


def promise(store, value, unit, *, key=CONFIRM, at=None):
    set_number(
        key=key, value=Decimal(value), unit=unit, store=store, channel=None,
        valid_from=at or on(1, 0), actor=None, reason="promised", at=at or on(1, 0),
    )  # fmt: skip


def start(store, at):
    order = OrderFactory(store=store, channel=store.channels.get(), placed_at=at)
    subject = services.Subject(order.pk, str(order), at)
    services.start(Order, [subject], on="placed_at", store=store, channel=order.channel, at=at)
    return Deadline.objects.get(subject_id=order.pk, rule="orders.confirm")


def test_a_promise_in_working_time_passes_over_lunch_and_night(store):
    promise(store, 120, Unit.WORKING_MINUTES)

    assert start(store, on(2, 11)).due_at == on(2, 14)
    assert start(store, on(2, 17)).due_at == on(3, 10)
    assert start(store, on(6, 17)).due_at == on(9, 10)
    assert start(store, on(7, 3)).due_at == on(9, 11)


def test_a_promise_in_working_days_ends_with_the_work_of_the_last_one(store):
    promise(store, 2, Unit.WORKING_DAYS)

    clock = start(store, on(6, 10))

    assert clock.due_at == on(10, 18)
    assert (clock.allowed_days, clock.allowed_seconds) == (2, (7 + 8 + 8) * 3600)


def test_warnings_come_after_half_and_four_fifths_of_the_working_time(store):
    promise(store, 600, Unit.WORKING_MINUTES)
    clock = start(store, on(2, 9))

    assert clock.timer.next_at == on(2, 15)
    sweep(at=on(2, 15))
    clock.timer.refresh_from_db()
    assert clock.timer.next_at == on(2, 18)
    sweep(at=on(2, 18))
    sweep(at=on(3, 11))

    seen = list(clock.events.values_list("kind", "percent"))
    assert seen == [("warned", 50), ("warned", 80), ("breached", 100)]
    assert Alert.objects.get().evidence["allowed_minutes"] == 600


def test_a_pause_over_the_weekend_takes_no_working_time(store):
    promise(store, 120, Unit.WORKING_MINUTES)
    clock = start(store, on(6, 17))

    services.pause([clock.pk], at=on(6, 17, 30))
    services.resume([clock.pk], at=on(9, 9, 15))

    clock.refresh_from_db()
    assert clock.paused_seconds == 45 * 60
    assert clock.due_at == on(9, 10, 45)


def test_a_paused_clock_that_is_met_stood_still_in_working_time(store):
    promise(store, 120, Unit.WORKING_MINUTES)
    clock = start(store, on(2, 9))
    services.pause([clock.pk], at=on(2, 10))

    services.reach(Order, [clock.subject_id], reached="confirmed_at", at=on(3, 9))

    clock.refresh_from_db()
    assert clock.standing(on(3, 9)) == Deadline.Standing.MET
    assert clock.paused_seconds == 7 * 3600


def test_orders_that_come_in_are_timed_by_the_calendar(store):
    """FUL-2: what is ordered on Friday evening is due with Monday's work."""
    promise(store, 1, Unit.WORKING_DAYS, key=SHIP)
    SkuFactory(store=store, code="A")

    place_orders(
        [draft("1", placed_at=on(6, 20), paid_at=on(6, 20))],
        store=store, channel=store.channels.get(), at=on(6, 20),
    )  # fmt: skip

    assert Deadline.objects.get(rule="fulfillment.ship").due_at == on(9, 18)
    assert Deadline.objects.get(rule="orders.review").due_at == on(6, 20, 30)
    assert_invariants_hold()


def test_a_changed_number_moves_open_clocks_into_its_unit_and_back(store):
    clock = start(store, on(6, 17, 55))

    promise(store, 10, Unit.WORKING_MINUTES, at=on(6, 17, 57))
    clock.refresh_from_db()
    assert clock.due_at == on(9, 9, 5)

    promise(store, 1, Unit.WORKING_DAYS, at=on(6, 17, 58))
    clock.refresh_from_db()
    assert (clock.due_at, clock.allowed_days) == (on(9, 18), 1)

    promise(store, 20, Unit.MINUTES, at=on(6, 17, 59))
    clock.refresh_from_db()
    assert (clock.due_at, clock.allowed_days) == (on(6, 18, 15), None)
    assert clock.timer.due_at == clock.due_at
    assert clock.events.filter(kind="recalculated").count() == 3


def test_a_changed_calendar_moves_the_clocks_that_count_its_time(store):
    promise(store, 120, Unit.WORKING_MINUTES)
    running, paused = start(store, on(2, 17)), start(store, on(2, 17))
    services.pause([paused.pk], at=on(2, 17, 30))
    overdue = start(store, on(2, 9))
    sweep(at=on(2, 12))
    paid = services.Subject(running.subject_id, running.subject_label, on(2, 17))
    services.start(
        Order, [paid], on="paid_at", store=store, channel=store.channels.get(), at=on(2, 17)
    )
    by_the_wall = Deadline.objects.get(rule="orders.review")

    store.work_calendar.exceptions.create(day=on(3, 0).date(), start=time(14), end=time(18))
    keep_work_time(store, at=on(2, 19))

    assert follow_work_time(at=on(2, 19)) == 2
    for clock, due in [
        (running, on(3, 15)),
        (paused, on(3, 15)),
        (overdue, on(2, 11)),
        (by_the_wall, on(2, 17, 30)),
    ]:
        clock.refresh_from_db()
        assert clock.due_at == due
    assert running.timer.due_at == on(3, 15)
    assert running.events.get().kind == "recalculated"


def test_a_clock_keeps_its_pauses_when_the_calendar_changes(store):
    promise(store, 120, Unit.WORKING_MINUTES)
    clock = start(store, on(2, 9))
    services.pause([clock.pk], at=on(2, 10))
    services.resume([clock.pk], at=on(2, 11))

    store.work_calendar.exceptions.create(day=on(2, 0).date(), start=time(9), end=time(11, 30))
    keep_work_time(store, at=on(2, 11))
    follow_work_time(at=on(2, 11))

    clock.refresh_from_db()
    assert clock.due_at == on(3, 9, 30)


def test_a_calendar_is_followed_until_late_intakes_have_settled(store):
    """An intake that read the old calendar may commit after the clocks were moved."""
    promise(store, 60, Unit.WORKING_MINUTES)
    store.work_calendar.exceptions.create(day=on(3, 0).date())
    keep_work_time(store, at=on(2, 18))
    follow_work_time(at=on(2, 18))
    late = start(store, on(2, 17, 30))
    Deadline.objects.filter(pk=late.pk).update(due_at=on(3, 9, 30))
    late.timer.due_at = on(3, 9, 30)
    late.timer.save()

    assert follow_work_time(at=on(2, 18, 5)) == 1
    assert follow_work_time(at=on(2, 18) + SETTLING) == 0
    assert WorkLayout.objects.get().followed_at == on(2, 18) + SETTLING

    late.refresh_from_db()
    assert late.due_at == on(4, 9, 30)


@pytest.mark.parametrize(
    ("value", "unit"), [("0", "working_days"), ("1.5", "working_days"), ("400", "working_days")]
)
def test_working_days_are_whole_and_within_a_year(value, unit, store):
    with pytest.raises(InvalidNumber):
        promise(store, value, Unit(unit))


def test_the_page_of_a_number_takes_and_shows_its_unit(store, client):
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, store=store))
    page = reverse("admin:stores_settingoverride_number", args=[SHIP])

    client.post(
        page,
        {"scope": f"s{store.pk}", "value": "3", "unit": "working_days", "reason": "as in the shop"},
    )

    assert "3 working days" in client.get(page).content.decode()
    overview = client.get(reverse("admin:stores_settingoverride_changelist"))
    assert "3 working days" in overview.content.decode()


def test_the_page_of_a_clock_says_what_it_counts(store, client):
    promise(store, 2, Unit.WORKING_DAYS)
    clock = start(store, on(6, 10))
    client.force_login(UserFactory(role=Role.ORDER_REVIEWER, store=store))

    page = client.get(reverse("admin:deadlines_deadline_change", args=[clock.pk]))

    assert "2 working days" in page.content.decode()


def test_saving_a_calendar_moves_its_clocks(store, client, django_capture_on_commit_callbacks):
    promise(store, 120, Unit.WORKING_MINUTES)
    clock = start(store, on(2, 17))
    client.force_login(UserFactory(role=Role.OPERATIONS_LEAD, store=store))
    page = reverse("admin:stores_workcalendar_change", args=[store.work_calendar.pk])
    form = {
        "country": "CN",
        "hours-TOTAL_FORMS": 0, "hours-INITIAL_FORMS": 0,
        "exceptions-TOTAL_FORMS": 1, "exceptions-INITIAL_FORMS": 0,
        "exceptions-0-day": "2026-03-03",
    }  # fmt: skip

    answer = client.post(page, form)

    assert answer.status_code == 302, answer.context["errors"]
    follow_work_time(at=on(2, 19))
    clock.refresh_from_db()
    assert clock.due_at == on(4, 10)
