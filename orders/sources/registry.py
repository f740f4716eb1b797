"""Sources: what each serves, and how it answers.

A connection to a platform registers one whose `ask` reads the platform's own list of orders
(`taobao.trades.sold.increment.get`, `jingdong.pop.order.search`, `order.searchList` …).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel


class State(StrEnum):
    """How far an order is. One that was refunded in full is closed, whatever had left."""

    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    FINISHED = "finished"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """What a channel says of one order. What it doesn't tell (None) is not compared.

    `paid` is what was captured, gross; `refunded` what of it went back.
    """

    number: str
    changed_at: datetime
    state: State | None = None
    paid: Decimal | None = None
    refunded: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The orders that changed. It is complete from `since` until `until`, as far as it was asked:
    an order of ours that was placed in between and isn't there is missing there."""

    orders: list[ListedOrder]
    since: datetime
    until: datetime


class NotAnswered(DomainError):
    """The source could not be asked; the message says why and how to mend it."""

    code = "not_answered"


@dataclass(frozen=True)
class Source:
    """`serves` says whether the source answers for a channel; `ask` raises NotAnswered,
    FileRefused."""

    code: str
    title: str | Promise
    serves: Callable[[Channel], bool]
    ask: Callable[[Channel, datetime, datetime], Answer]


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    for source in sources:
        known = _sources.setdefault(source.code, source)
        if known != source:
            raise ValueError(f"Two sources are called {source.code}.")


def serving(channel: Channel) -> Source | None:
    """The first source, in the order they were registered, that answers for the channel."""
    return next((source for source in _sources.values() if source.serves(channel)), None)
