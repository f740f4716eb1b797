"""When a parcel has been silent for too long: holidays are no silence (FUL-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fulfillment.models import LaneTime
from fulfillment.services import lanes
from opsdesk.stores import calendars, procedure
from opsdesk.stores.models import WorkCalendar
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.publicdays import SATURDAY, DayKind, kind_of

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

DAY = timedelta(days=1)
# A silence that began before this is one, whatever the calendar says.
LONGEST = 60

SILENCE = Setting(
    key="fulfillment.silence",
    clause="FUL-7",
    title=_("A parcel without news is stalled after"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(60),
    maximum=Decimal(30 * 24 * 60),
    has_clock=True,
)


AT_MOST = Setting(
    key="fulfillment.silence_at_most",
    clause="FUL-7",
    title=_("However slow its lane is, a parcel without news is stalled after"),
    default=Decimal(5 * 24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(60),
    maximum=Decimal(60 * 24 * 60),
)


@dataclass(frozen=True)
class LaneCutoff:
    """Whoever was heard of last before it is stalled on this lane; on all of the service's else."""

    service_id: int
    warehouse_id: int | None
    region: str
    cutoff: datetime


@dataclass(frozen=True)
class Patience:
    """`cutoff`: whoever was heard of last before it is stalled. `wall_cutoff` knows no holidays.

    Between the two lie the parcels that are silent because of a holiday; while it lasts, news are
    expected again from `resumes_at` on.
    """

    cutoff: datetime
    wall_cutoff: datetime
    resumes_at: datetime | None


def patience_of(store: Store, *, at: datetime) -> Patience:
    """How long parcels of the store may be silent at this moment. Four queries at most."""
    number = procedure.number_of(SILENCE.key, store=store, at=at)
    calendar = WorkCalendar.objects.filter(store=store).first()
    country = calendar.country if calendar else ""
    if number.unit == Unit.WORKING_MINUTES:
        span = timedelta(minutes=float(number.value))
        cutoff = _work_before(store, at, span)
        return Patience(cutoff, at - span, _resumes(store, country, at))
    days = number.value if number.unit == Unit.WORKING_DAYS else number.value / (24 * 60)
    span = DAY * float(days)
    cutoff = _without_holidays(store, country, at, span)
    return Patience(cutoff, at - span, _resumes(store, country, at))


def lane_cutoffs(store: Store, patience: Patience, *, at: datetime) -> list[LaneCutoff]:
    """Where it is usual to be silent for longer than the number says, that is no stall.

    Of the lanes and services that are known well enough. What is usual is the longest silence of
    nine in ten delivered parcels, without public holidays, and counts up to a number of the
    procedure. Never later than the store's own cutoff. Two queries.
    """
    numbers = procedure.numbers_of(
        [AT_MOST.key, lanes.SAMPLE.key], store=store, channel=None, at=at
    )
    most = timedelta(minutes=float(numbers[AT_MOST.key].value))
    calendar = WorkCalendar.objects.filter(store=store).first()
    country = calendar.country if calendar else ""
    known = LaneTime.objects.filter(
        service__carrier__store=store, parcels__gte=numbers[lanes.SAMPLE.key].value
    )
    found, since = [], dict[timedelta, datetime]()
    for service, warehouse, region, hours in known.values_list(
        "service_id", "warehouse_id", "region", "silence_hours"
    ):
        span = min(timedelta(hours=ceil(hours)), most)
        if span not in since:
            since[span] = min(patience.cutoff, _without_holidays(store, country, at, span))
        found.append(LaneCutoff(service, warehouse, region, since[span]))
    return found


def _without_holidays(store: Store, country: str, at: datetime, span: timedelta) -> datetime:
    """The moment since which so much time has passed that was no public holiday."""
    moment, left = at.astimezone(store.zone), span
    for _day in range(LONGEST):
        midnight = store.midnight(moment.date())
        if moment == midnight:
            midnight = store.midnight(moment.date() - DAY)
        if not is_holiday(country, midnight.date()):
            passed = moment.astimezone(at.tzinfo) - midnight.astimezone(at.tzinfo)
            if passed >= left:
                return (moment.astimezone(at.tzinfo) - left).astimezone(at.tzinfo)
            left -= passed
        moment = midnight
    return moment.astimezone(at.tzinfo)


def _work_before(store: Store, at: datetime, span: timedelta) -> datetime:
    """The latest moment since which the store has worked that long, to the minute."""
    work = calendars.work_time(store)
    first, last = 0, LONGEST * 24 * 60
    while first < last:
        middle = (first + last) // 2
        if work.business_time_between(at - timedelta(minutes=middle), at) >= span:
            last = middle
        else:
            first = middle + 1
    return at - timedelta(minutes=first)


def is_holiday(country: str, day: date) -> bool:
    """A public holiday, or the weekend that one runs into."""
    kind = kind_of(country, day)
    if kind is not DayKind.ORDINARY or day.weekday() < SATURDAY:
        return kind is DayKind.FREE
    friday = day - DAY * (day.weekday() - SATURDAY + 1)
    return DayKind.FREE in (kind_of(country, friday), kind_of(country, friday + 3 * DAY))


def _resumes(store: Store, country: str, at: datetime) -> datetime | None:
    """The end of the public holiday that it is now; None where it is none."""
    day = store.business_date(at)
    if not is_holiday(country, day):
        return None
    while is_holiday(country, day):
        day += DAY
    return store.midnight(day)
