"""The working time of a store laid out in rows, over which the database times its clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connection, transaction

from opsdesk.stores.calendars import hours_of
from opsdesk.stores.models import WorkCalendar, WorkDay, WorkLayout, WorkSpan
from opsdesk.stores.worktime import WorkTime

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

# Orders of past years are brought in and timed; nothing is promised further ahead.
YEARS_BACK, YEARS_AHEAD = 10, 2
# Where all time counts, before and after what is laid out.
_BEFORE, _AFTER = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Span = tuple[datetime, datetime]


def lay_out(store: Store, *, at: datetime) -> bool:
    """Spans and days are what the store's calendar says now. False: they were so already.

    Clocks follow with `services.follow_work_time`. Locks the layout: of two at once the later one
    finds it done. Safe to repeat.
    """
    with transaction.atomic():
        WorkLayout.objects.get_or_create(store=store, defaults={"digest": "", "laid_out_at": at})
        # Before the calendar is read: an older reading must not overwrite a newer one's rows.
        layout = WorkLayout.objects.select_for_update().get(store=store)
        spans, days = _worked_out(store, at=at)
        digest = sha256(repr((store.timezone, spans, days)).encode()).hexdigest()
        if layout.digest == digest:
            return False
        _write(store, spans, days)
        layout.digest, layout.laid_out_at, layout.followed_at = digest, at, None
        layout.save()
    return True


def _worked_out(store: Store, *, at: datetime) -> tuple[list[Span], list[tuple[date, datetime]]]:
    """Spans, and working days with the end of their work; none without a calendar."""
    calendar = WorkCalendar.objects.filter(store=store).first()
    if calendar is None:
        return [], []
    work = WorkTime(store.zone, hours_of(calendar))
    today = store.business_date(at)
    first, last = date(today.year - YEARS_BACK, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    return work.spans(first, last), list(_days(work, first, last))


def _days(work: WorkTime, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    day = first
    while day <= last:
        if work.is_working_day(day):
            yield day, work.end_of(day).astimezone(UTC)
        day += timedelta(days=1)


_SPANS = """
INSERT INTO stores_workspan (store_id, starts_at, ends_at, before_seconds)
SELECT %(store)s, starts_at, ends_at,
       coalesce(sum(extract(epoch FROM ends_at - starts_at)) OVER (
           ORDER BY starts_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ), 0)
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span (starts_at, ends_at)
WHERE starts_at < ends_at
"""
_DAYS = """
INSERT INTO stores_workday (store_id, day, number, ends_at)
SELECT %(store)s, day, row_number() OVER (ORDER BY day), ends_at
FROM unnest(%(days)s::date[], %(ends)s::timestamptz[]) AS worked (day, ends_at)
"""


def _write(store: Store, spans: Sequence[Span], days: Sequence[tuple[date, datetime]]) -> None:
    WorkSpan.objects.filter(store=store).delete()
    WorkDay.objects.filter(store=store).delete()
    if not spans:
        return
    spans = [(_BEFORE, spans[0][0]), *spans, (spans[-1][1], _AFTER)]
    with connection.cursor() as cursor:
        starts, ends = zip(*spans, strict=True)
        cursor.execute(_SPANS, {"store": store.pk, "starts": list(starts), "ends": list(ends)})
        worked, ends = zip(*days, strict=True)
        cursor.execute(_DAYS, {"store": store.pk, "days": list(worked), "ends": list(ends)})
        # Clocks are timed over these rows at once, long before the database looks at them itself.
        cursor.execute("ANALYZE stores_workspan, stores_workday")
