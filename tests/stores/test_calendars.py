"""A store's work calendar: hours of the week, public holidays, exceptions."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from opsdesk.alerts.models import Alert
from opsdesk.stores.calendars import unusual_days, work_time
from opsdesk.stores.checks import look_for_missing_years
from opsdesk.stores.models import Weekday, WorkCalendar
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

CALENDAR = reverse("admin:stores_workcalendar_changelist")


@pytest.fixture
def calendar():
    """Monday to Friday, nine to twelve and half past one to six, in China."""
    made = factories.WorkCalendarFactory(country="CN")
    for weekday in range(5):
        made.hours.create(weekday=weekday, start=time(9), end=time(12))
        made.hours.create(weekday=weekday, start=time(13, 30), end=time(18))
    return made


def test_a_store_without_a_calendar_works_always():
    work = work_time(factories.StoreFactory())
    start = datetime(2026, 2, 16, tzinfo=UTC)

    assert work.business_time_between(start, start + timedelta(days=7)) == timedelta(days=7)


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),  # a Saturday, worked for the Spring Festival
        (date(2026, 2, 15), False),
        (date(2026, 2, 17), False),  # the festival itself
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # the other Saturday
        (date(2026, 3, 7), False),
        (date(2026, 10, 1), False),
    ],
)
def test_chinas_holidays_and_the_weekends_worked_for_them(day, is_worked, calendar):
    assert work_time(calendar.store).is_working_day(day) is is_worked


def test_a_weekend_that_is_worked_has_the_hours_of_a_working_day(calendar):
    saturday = datetime(2026, 2, 14, tzinfo=calendar.store.zone)

    worked = work_time(calendar.store).business_time_between(saturday, saturday + timedelta(days=1))

    assert worked == timedelta(hours=7, minutes=30)


def test_ten_working_days_reach_over_a_festival(calendar):
    """MKT-1"""
    assert work_time(calendar.store).add_working_days(date(2026, 2, 12), 10) == date(2026, 3, 4)


def test_an_exception_beats_weekday_and_holiday(calendar):
    calendar.exceptions.create(day=date(2026, 2, 17), start=time(10), end=time(14))
    calendar.exceptions.create(day=date(2026, 2, 13), note="stocktaking")

    work = work_time(calendar.store)

    assert work.is_working_day(date(2026, 2, 17))
    assert not work.is_working_day(date(2026, 2, 13))
    assert work.end_of(date(2026, 2, 17)).time() == time(14)


def test_another_countrys_holidays_come_from_its_law():
    german = factories.WorkCalendarFactory(country="DE", store__timezone="Europe/Berlin")
    for weekday in range(7):
        german.hours.create(weekday=weekday, start=time(9), end=time(18))

    days = unusual_days(german, date(2026, 12, 1), 31)

    assert [day for day, hours in days if not hours] == [date(2026, 12, 25), date(2026, 12, 26)]


def test_a_country_nobody_knows_is_refused():
    with pytest.raises(ValidationError, match="no country"):
        factories.WorkCalendarFactory.build(country="XX").clean_fields(exclude=["store"])


def test_an_exception_with_half_its_hours_is_refused(calendar):
    with pytest.raises(IntegrityError, match="work_exception_hours_whole"):
        calendar.exceptions.create(day=date(2026, 2, 17), start=time(10))


@pytest.mark.parametrize(
    ("month", "by_hand", "missing"), [(10, False, []), (11, False, ["2027"]), (11, True, [])]
)
def test_from_november_on_a_year_without_holidays_is_an_alert(month, by_hand, missing, calendar):
    """The library knows China's days up to 2026; what it lacks must not pass for working days."""
    if by_hand:
        calendar.exceptions.create(day=date(2027, 2, 8))
    slot = factories.SlotFactory(store=calendar.store)

    look_for_missing_years(slot, datetime(2026, month, 20, tzinfo=UTC))

    found = Alert.objects.open().filter(check_code="stores.year_missing")
    assert [alert.subject_label for alert in found] == missing


def test_the_alert_closes_itself_once_the_days_are_entered(calendar):
    slot, november = factories.SlotFactory(store=calendar.store), datetime(2026, 11, 20, tzinfo=UTC)
    look_for_missing_years(slot, november)
    calendar.exceptions.create(day=date(2027, 2, 8))

    look_for_missing_years(slot, november + timedelta(days=1))

    assert Alert.objects.get(check_code="stores.year_missing").resolution == "self"


def test_the_page_names_the_days_that_are_not_as_usual(client, calendar):
    tomorrow = calendar.store.business_date(timezone.now()) + timedelta(days=1)
    calendar.exceptions.create(day=tomorrow, start=time(3), end=time(4))
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=calendar.store)
    client.force_login(lead)

    page = client.get(reverse("admin:stores_workcalendar_change", args=[calendar.pk]))

    weekday = Weekday(tomorrow.weekday()).label
    assert f"{tomorrow} {weekday}: 03:00–04:00" in page.content.decode()


def test_hours_are_changed_on_the_page_by_those_who_may(client, calendar):
    address = reverse("admin:stores_workcalendar_change", args=[calendar.pk])
    client.force_login(factories.UserFactory(role=Role.OPERATIONS_LEAD, store=calendar.store))
    empty = {
        f"{name}-{count}": 0
        for name in ("hours", "exceptions")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    added = {
        "exceptions-TOTAL_FORMS": 1,
        "exceptions-0-day": "2026-05-20",
        "exceptions-0-note": "stocktaking",
    }

    client.post(address, {"country": "CN", **empty, **added})

    assert [row.note for row in calendar.exceptions.all()] == ["stocktaking"]
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=calendar.store))
    assert client.post(address, {"country": "", **empty}).status_code == 403


def test_another_stores_calendar_is_not_there(client, calendar):
    client.force_login(factories.UserFactory(role=Role.OPERATIONS_LEAD))

    assert client.get(CALENDAR).context["cl"].result_count == 0
    address = reverse("admin:stores_workcalendar_change", args=[calendar.pk])
    assert client.get(address).status_code == 404
    assert WorkCalendar.objects.count() == 1
