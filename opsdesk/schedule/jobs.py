"""Jobs: what runs by itself, and when. Apps register theirs; rows of `Slot` say what ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

# How far back a tick looks for slots nobody made: longer outages are covered by the latest slot.
CATCH_UP = timedelta(days=2)


@dataclass(frozen=True)
class Job:
    """Something that runs on schedule: every so often, or daily at a time in the store's zone.

    The time of a daily job may be a number of the procedure, an hour of the store's day: `hour`.
    `run` takes the slot and the moment it runs, and returns figures for its row; it must be safe
    to repeat. With `each_slot` every missed slot is run, oldest first; without, the latest covers
    the others.
    """

    code: str
    title: str | Promise
    run: Callable[[Slot, datetime], dict[str, Any]]
    every: timedelta | None = None
    daily_at: time | None = None
    hour: Setting | None = None
    each_slot: bool = False

    def __post_init__(self) -> None:
        if sum(said is not None for said in (self.every, self.daily_at, self.hour)) != 1:
            raise ValueError(f"Job {self.code}: say one of `every`, `daily_at` and `hour`.")

    @property
    def is_per_store(self) -> bool:
        return self.every is None

    def slots_between(
        self, start: datetime, end: datetime, store: Store | None
    ) -> Iterator[tuple[datetime, date | None]]:
        """Slots in (start, end], oldest first, each with its business day if it has one."""
        if self.every is not None:
            yield from ((moment, None) for moment in _grid(start, end, self.every))
        elif store is not None:
            yield from _daily(start, end, self.time_in(store, end), store)

    def time_in(self, store: Store, at: datetime) -> time:
        """When it runs on each of the store's days, by the clock on its wall."""
        if self.hour is None:
            assert self.daily_at is not None
            return self.daily_at
        hours = procedure.value_of(self.hour.key, store=store, at=at)
        return time(int(hours), int(hours % 1 * 60))


def _grid(start: datetime, end: datetime, every: timedelta) -> Iterator[datetime]:
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    moment = epoch + ((start - epoch) // every + 1) * every
    while moment <= end:
        yield moment
        moment += every


def _daily(
    start: datetime, end: datetime, at: time, store: Store
) -> Iterator[tuple[datetime, date]]:
    """Once per business day, whatever the clocks do: an hour that is skipped in spring moves on,
    one that comes twice in autumn counts the first time."""
    day = store.business_date(start)
    while day <= store.business_date(end):
        moment = datetime.combine(day, at, tzinfo=store.zone).astimezone(UTC)
        if start < moment <= end:
            yield moment, day
        day += timedelta(days=1)


_jobs: dict[str, Job] = {}


class UnknownJob(LookupError):
    """No app registers a job with this code."""


def register(*jobs: Job) -> None:
    for job in jobs:
        known = _jobs.setdefault(job.code, job)
        if known != job:
            raise ValueError(f"Two jobs are called {job.code}.")


def all_jobs() -> list[Job]:
    return [_jobs[code] for code in sorted(_jobs)]


def is_known(code: str) -> bool:
    """False for a job that was renamed or removed while runs of it waited."""
    return code in _jobs


def title_of(code: str) -> str:
    """The job's title; its code where no app registers it any more."""
    return str(_jobs[code].title) if code in _jobs else code


def get(code: str) -> Job:
    try:
        return _jobs[code]
    except KeyError as error:
        raise UnknownJob(f"No job is called {code}.") from error
