"""A rule as it was read and understood: what it answers, what must be so, what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from opsdesk.automation.actions import Action, Values
from opsdesk.automation.events import Source
from opsdesk.automation.fields import Field, Operator
from opsdesk.automation.subjects import Subject
from opsdesk.stores.models import Store

EVENT, CHECK, TIME = "event", "check", "time"
HOUR, DAY = "hour", "day"
ONCE = "once"

Value = str | bool | Decimal | datetime | tuple[str, ...] | None


@dataclass(frozen=True)
class Trigger:
    """When a rule looks. `code` is the event's or check's; a time names subject and rhythm.

    With `again` a rule that goes by the clock acts on the same row each day, without it once.
    """

    kind: str
    subject: Subject
    code: str = ""
    source: Source | None = None
    where: Q = field(default_factory=Q)
    every: str = ""
    hour: int = 0
    again: bool = False

    def cause_at(self, store: Store, at: datetime) -> str:
        """What is unique about a row's turn, of a rule that goes by the clock."""
        return store.business_date(at).isoformat() if self.again else ONCE

    def next_after(self, store: Store, at: datetime) -> datetime:
        """When a rule that goes by the clock looks next, by the store's own day."""
        if self.every == HOUR:
            return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        day = store.business_date(at)
        while True:
            moment = datetime.combine(day, time(self.hour), tzinfo=store.zone)
            if moment > at:
                return moment
            day += timedelta(days=1)


@dataclass(frozen=True)
class Condition:
    """A field is compared with a value. Money is of `currency`, where the field's row names one."""

    field: Field
    operator: Operator
    value: Value = None
    currency: str = ""


@dataclass(frozen=True)
class Group:
    """All of it holds, or, with `any`, some of it does. One of nothing always holds."""

    items: tuple[Condition | Group, ...] = ()
    any: bool = False

    def __iter__(self) -> Iterator[Condition]:
        for item in self.items:
            if isinstance(item, Group):
                yield from item
            else:
                yield item


@dataclass(frozen=True)
class Step:
    action: Action
    values: Values


@dataclass(frozen=True)
class Definition:
    trigger: Trigger
    conditions: Group
    steps: tuple[Step, ...]
    raw: dict[str, Any]
    """As it is stored: `trigger`, `conditions` and `actions`, nothing in it that was not read."""

    @property
    def subject(self) -> Subject:
        return self.trigger.subject
