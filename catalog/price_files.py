"""A file of prices becomes one price change, or nothing at all (CAT-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Sku
from catalog.services.price_checks import Asked, problems_of
from catalog.services.price_requests import REQUEST
from catalog.services.repricing import MOST_LINES, cancel_price_change, file_price_change
from opsdesk.errors import DomainError
from opsdesk.exchange import importers, values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Context, Importer, Pending, Record, Source
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.moments import MomentReader
from opsdesk.exchange.problems import BadValue, FileRefused, Problem

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store, User

Outcome = ImportRow.Outcome

# No price is planned further ahead: the year is a typing mistake.
FURTHEST = timedelta(days=3 * 366)

COLUMNS = (
    Column(
        "sku_code",
        gettext_lazy("SKU code"),
        ("sku_code", "sku", "商家编码", "SKU编码", "商品编码", "货号"),
        is_required=True,
    ),
    Column("channel", gettext_lazy("channel"), ("channel", "渠道", "渠道编码")),
    Column("price", gettext_lazy("price"), ("price", "新价格", "价格", "售价"), is_required=True),
    Column("from", gettext_lazy("from"), ("from", "生效时间", "开始时间"), is_required=True),
    Column("until", gettext_lazy("until"), ("until", "结束时间", "失效时间")),
    Column("reason", gettext_lazy("reason"), ("reason", "原因", "调价原因"), is_required=True),
)
NEEDED = ("sku_code", "price", "from", "reason")


class PriceImporter(Importer):
    """Our own columns, a line for each SKU and channel. One bad line, and nothing is asked for."""

    name = "prices-generic"
    title = gettext_lazy("Table of prices (CSV or XLSX)")
    description = gettext_lazy(
        "Columns sku_code, channel, price, from, until, reason; becomes one price change."
    )
    columns = COLUMNS
    is_strict = True
    all_or_none = True
    permission = REQUEST

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        assert source.match is not None
        header, positions = source.match.header, source.match.positions
        readers = _readers(context)
        read = [(field, index, readers[field]) for field, index in positions.items()]
        with source.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                data: dict[str, Any] = {}
                problem = _read(cells, read, header, data)
                key = data.get("sku_code", "")
                yield Record(line, key, cells, None if problem else data, problem)

    def check(self, session: ImportSession) -> None:
        """Rows that can't be asked for are rejected, each with its reason."""
        if session.created_by is None:
            raise FileRefused("no_person", _("Say who asks for these prices."))
        rows = list(session.rows.pending().order_by("line")[: MOST_LINES + 1])
        if len(rows) > MOST_LINES:
            raise FileRefused(
                "too_many_rows",
                _("A price file has at most %(most)s rows. Split it.") % {"most": MOST_LINES},
            )
        read = _Lines([row.data for row in rows], session)
        bad = []
        for index, problem in read.problems.items():
            row = rows[index]
            row.outcome, row.data = Outcome.REJECTED, None
            row.code, row.column, row.reason = problem
            bad.append(row)
        ImportRow.objects.bulk_update(bad, ["outcome", "data", "code", "column", "reason"])

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        """Filed as one request. A row that can't be asked for any more stops the file."""
        read = _Lines([row.data for row in rows], session)
        assert actor is not None  # Nobody's file was refused when it was read.
        if read.problems:
            # What is answered for the others is taken back with them: all or none.
            return [_applied(row, read.problems.get(n)) for n, row in enumerate(rows)]
        change = file_price_change(
            store=session.store, lines=read.lines, actor=actor, at=moment_of(session)
        )
        return [Applied(row.row_id, Outcome.CREATED, change.pk) for row in rows]

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        """The price change is withdrawn, or cancelled as far as it has not taken effect."""
        who = actor or session.created_by
        assert who is not None
        gone = set()
        for change_id in sorted(set(target_ids)):
            with suppress(DomainError):
                cancel_price_change(change_id=change_id, actor=who, at=at)
                gone.add(change_id)
        return gone


def moment_of(session: ImportSession) -> datetime:
    """When the file is read, and as long after it as it has been waiting since."""
    return session.as_of + (timezone.now() - session.created_at)


def _readers(context: Context) -> dict[str, Callable[[str], Any]]:
    moments = MomentReader(context.store.zone, max(context.as_of, context.now) + FURTHEST)
    return {
        "sku_code": values.identifier,
        "channel": partial(values.text, limit=120),
        "price": values.money,
        "from": moments.read,
        "until": moments.read,
        "reason": partial(values.text, limit=200),
    }


def _read(
    cells: Sequence[str],
    readers: Sequence[tuple[str, int, Callable[[str], Any]]],
    header: Sequence[str],
    data: dict[str, Any],
) -> Problem | None:
    """Every cell that is not blank is read into `data`; the first bad one ends it."""
    if any(cell.strip() for cell in cells[len(header) :]):
        return Problem("ragged_row", "", _("The row has more cells than the header."))
    for field, index, read in readers:
        cell = cells[index] if index < len(cells) else ""
        try:
            if cell and not cell.isspace():
                data[field] = read(cell)
        except BadValue as error:
            return error.in_column(header[index].strip())
    missing = next((field for field in NEEDED if field not in data), None)
    return Problem("missing_value", missing, _("The cell is empty.")) if missing else None


def _applied(row: Pending, problem: Problem | None) -> Applied:
    if problem is None:
        return Applied(row.row_id, Outcome.CREATED)
    return Applied(row.row_id, Outcome.REJECTED, None, problem.code, problem.message)


@dataclass(frozen=True)
class _Unknown:
    problem: Problem


class _Lines:
    """Rows as lines of a price change; `problems` by index of the row."""

    def __init__(self, rows: Sequence[dict[str, Any]], session: ImportSession) -> None:
        self.store: Store = session.store
        codes = {row["sku_code"] for row in rows}
        self._skus = {sku.code: sku for sku in Sku.objects.filter(store=self.store, code__in=codes)}
        self._channels = _channels_of(self.store)
        made = [self._line(row) for row in rows]
        self.problems = {
            n: each.problem for n, each in enumerate(made) if isinstance(each, _Unknown)
        }
        places = [n for n, each in enumerate(made) if isinstance(each, Asked)]
        self.lines = [each for each in made if isinstance(each, Asked)]
        found = problems_of(self.lines, store=self.store, at=moment_of(session))
        self.problems.update({places[n]: problem for n, problem in found.items()})

    def _line(self, row: dict[str, Any]) -> Asked | _Unknown:
        sku = self._skus.get(row["sku_code"])
        if sku is None:
            words = _("%(store)s has no SKU %(code)s.")
            facts = {"store": self.store, "code": row["sku_code"]}
            return _Unknown(Problem("unknown_sku", "sku_code", words % facts))
        name = row.get("channel", "")
        channel = self._channels.get(name.casefold()) if name else None
        if name and channel is None:
            words = _("%(store)s has no channel “%(channel)s”.")
            facts = {"store": self.store, "channel": name}
            return _Unknown(Problem("unknown_channel", "channel", words % facts))
        until = row.get("until")
        return Asked(
            sku,
            Decimal(row["price"]),
            datetime.fromisoformat(row["from"]),
            row["reason"],
            channel,
            datetime.fromisoformat(until) if until else None,
        )


def _channels_of(store: Store) -> dict[str, Channel]:
    """By code and by name, as people write them."""
    channels = list(store.channels.filter(is_active=True))
    by_name = {channel.name.casefold(): channel for channel in channels}
    return by_name | {channel.code.casefold(): channel for channel in channels}


def register() -> None:
    importers.register(PriceImporter())
