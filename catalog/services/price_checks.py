"""What keeps a price from being asked for, said line by line with its arithmetic (CAT-6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from catalog.models import PriceChangeLine, Sku
from catalog.services.pricing import FILED_AHEAD, Floor, Margins, price_of
from opsdesk.errors import DomainError
from opsdesk.exchange.problems import Problem
from opsdesk.stores import procedure
from opsdesk.wording import duration, moment

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store

# SKU id and channel id; without a channel it is for all of them.
Place = tuple[int, int | None]


@dataclass(frozen=True)
class Asked:
    """A price for a SKU from a moment on, on one channel or on all; `until` makes it temporary."""

    sku: Sku
    amount: Decimal
    starts: datetime
    reason: str
    channel: Channel | None = None
    until: datetime | None = None

    @property
    def place(self) -> Place:
        return self.sku.pk, self.channel.pk if self.channel else None

    @property
    def valid(self) -> DateTimeTZRange:
        return DateTimeTZRange(self.starts, self.until, "[)")


class PriceRefused(DomainError):
    """Prices that can't be asked for. Facts: `problems`, index of the line → its problem."""

    code = "price_refused"


def problems_of(lines: Sequence[Asked], *, store: Store, at: datetime) -> dict[int, Problem]:
    """Index of a line → the first thing that keeps it from being asked for.

    A handful of queries, however many lines. Says what the database would refuse later, in words.
    """
    look = _Look(lines, store, at)
    found = {}
    for index, line in enumerate(lines):
        problem = next(look.problems(index, line), None)
        if problem is not None:
            found[index] = problem
    return found


def below_floor(floor: Floor, price: Decimal | None) -> Problem | None:
    """What the floor has against this price; nothing where there is none, or no price yet."""
    if price is None or not floor.refuses(price):
        return None
    message = _("Below the floor: %(reckoning)s.") % {"reckoning": floor.reckoning(price)}
    return Problem("below_floor", "price", message)


class _Look:
    """What the lines are compared with, read once for all of them."""

    def __init__(self, lines: Sequence[Asked], store: Store, at: datetime) -> None:
        self.store = store
        self.margins = Margins(store, at)
        ahead = procedure.value_of(FILED_AHEAD.key, store=store, at=at)
        self.ahead = timedelta(minutes=float(ahead))
        self.earliest = at + self.ahead
        self.planned = planned_for(line.sku.pk for line in lines)
        self.now = price_of([line.sku.pk for line in lines], None, at)
        self.first: dict[Place, int] = {}
        for index, line in enumerate(lines):
            self.first.setdefault(line.place, index)

    def problems(self, index: int, line: Asked) -> Iterator[Problem]:
        if self._is_of_another_store(line):
            yield Problem("other_store", "sku_code", _("This belongs to another store."))
        if self.first[line.place] != index:
            yield Problem(
                "repeated_sku",
                "sku_code",
                _("%(sku)s stands there before, for the same channel. Keep one of them.")
                % {"sku": line.sku.code},
            )
        yield from self._moments(line)
        below = below_floor(self.margins.floor(line.sku, line.channel), line.amount)
        if below is not None:
            yield below
        yield from self._overlaps(line)

    def _is_of_another_store(self, line: Asked) -> bool:
        channel = line.channel
        return line.sku.store_id != self.store.pk or (
            channel is not None and channel.store_id != self.store.pk
        )

    def _moments(self, line: Asked) -> Iterator[Problem]:
        if line.starts < self.earliest:
            yield Problem(
                "too_soon",
                "from",
                _("A price change is filed %(ahead)s ahead: at the earliest for %(earliest)s.")
                % {
                    "ahead": duration(self.ahead),
                    "earliest": moment(self.earliest, self.store.zone),
                },
            )
        if line.until is not None and line.until <= line.starts:
            yield Problem("ends_first", "until", _("It ends before it begins."))
        elif line.until is not None and line.channel is None and self.now[line.sku.pk] is None:
            yield Problem(
                "nothing_afterwards",
                "until",
                _("%(sku)s has no lasting price to go back to. Leave the end empty.")
                % {"sku": line.sku.code},
            )

    def _overlaps(self, line: Asked) -> Iterator[Problem]:
        for other in self.planned.get(line.place, []):
            if overlap(line.valid, other.valid):
                yield planned_already(other, self.store)


def planned_for(sku_ids: Iterable[int]) -> dict[Place, list[PriceChangeLine]]:
    """What is planned for these SKUs, by SKU and channel."""
    found: dict[Place, list[PriceChangeLine]] = {}
    rows = PriceChangeLine.objects.planned().filter(sku__in=set(sku_ids)).select_related("sku")
    for line in rows.order_by("valid", "pk"):
        found.setdefault((line.sku_id, line.channel_id), []).append(line)
    return found


def planned_already(line: PriceChangeLine, store: Store) -> Problem:
    facts = {
        "sku": line.sku.code,
        "price": f"{line.amount:.2f}",
        "from": moment(line.valid.lower, store.zone),
        "until": moment(line.valid.upper, store.zone),
        "change": line.change_id,
    }
    text = (
        _(
            "%(sku)s: %(price)s is planned from %(from)s until %(until)s by price change "
            "#%(change)s. Cancel it, or choose another time."
        )
        if line.valid.upper
        else _(
            "%(sku)s: %(price)s is planned from %(from)s on by price change #%(change)s. "
            "Cancel it, or choose another time."
        )
    )
    return Problem("planned_already", "from", text % facts)


def overlap(one: DateTimeTZRange, other: DateTimeTZRange) -> bool:
    """Half-open ranges; without an end they go on for ever."""
    begins_in_time = other.upper is None or one.lower < other.upper
    return begins_in_time and (one.upper is None or other.lower < one.upper)
