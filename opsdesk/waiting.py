"""Work that waits as rows: apps tell how old theirs is, health and metrics show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError, ResponseError

from opsdesk.celery import app

Oldest = Callable[[datetime], datetime | None]

QUEUES = ("celery", "clock")
# A tick comes every minute. These are moods of a display, not promises of the procedure.
QUIET = timedelta(minutes=3)
LATE = timedelta(minutes=5)
BROKER_SECONDS = 1
_NO_ANSWER = (BrokerError, RedisError, OSError)
_PROBE = "opsdesk.probe"

_oldest: dict[str, Oldest] = {}


def register(name: str, oldest: Oldest) -> None:
    """`oldest(at)` is since when the oldest row waits that a worker should have taken."""
    _oldest.setdefault(name, oldest)


@dataclass(frozen=True)
class Work:
    """How the work behind the pages goes. Ages in seconds; None where nothing is known.

    `queues` counts messages per queue; None when Redis does not answer.
    """

    beat_age: float | None
    late_slots: int
    parked_slots: int
    waiting: dict[str, float]
    queues: dict[str, int] | None

    @property
    def goes_on(self) -> bool:
        """Somebody ticks, and no run is left waiting.

        A last run far ahead means that a clock was set back: nothing runs until it gets there.
        """
        return (
            self.beat_age is not None
            and abs(self.beat_age) <= QUIET.total_seconds()
            and not self.late_slots
        )

    def as_data(self) -> dict[str, Any]:
        return {
            "status": "ok" if self.goes_on else "late",
            "beat_age_seconds": self.beat_age,
            "late_slots": self.late_slots,
            "parked_slots": self.parked_slots,
            "oldest_waiting_seconds": self.waiting,
            "queue_depth": self.queues,
        }


def work(at: datetime) -> Work:
    from opsdesk.schedule.models import Slot

    last = Slot.objects.last_moment()
    since = {name: oldest(at) for name, oldest in sorted(_oldest.items())}
    return Work(
        beat_age=None if last is None else (at - last).total_seconds(),
        late_slots=Slot.objects.waiting(at).filter(slot_at__lt=at - LATE).count(),
        parked_slots=Slot.objects.filter(
            state=Slot.State.PARKED, slot_at__gte=at - timedelta(days=1)
        ).count(),
        waiting={
            name: max((at - moment).total_seconds(), 0.0) if moment else 0.0
            for name, moment in since.items()
        },
        queues=queue_depths(),
    )


def queue_depths() -> dict[str, int] | None:
    """Messages nobody has taken yet, per queue; None when Redis does not answer in a second."""
    try:
        with _broker() as client:
            return {queue: client.llen(queue) for queue in QUEUES}
    except _NO_ANSWER:
        return None


def queue_state() -> str:
    """`ok`; `refusing` where Redis answers and takes no message, being full; `unreachable`."""
    try:
        with _broker() as client:
            client.set(_PROBE, 1, ex=BROKER_SECONDS)
    except ResponseError:
        return "refusing"
    except _NO_ANSWER:
        return "unreachable"
    return "ok"


@contextmanager
def _broker() -> Iterator[Any]:
    """Redis, by a connection that gives up after a second."""
    options = {
        **app.conf.broker_transport_options,
        "socket_timeout": BROKER_SECONDS,
        "socket_connect_timeout": BROKER_SECONDS,
    }
    with app.connection_for_read(transport_options=options) as broker:
        yield broker.default_channel.client
