"""`channel-figures`: what channels say of a store, a line for each figure and day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Context, Importer, Pending, Record, Source
from opsdesk.exchange.models import ImportRow
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Readers, Sheet, rejected
from opsdesk.readings import figures
from opsdesk.readings.figures import Figure, Measure
from opsdesk.readings.models import Reading
from opsdesk.readings.services.taking import (
    TAKE,
    Became,
    Taken,
    Told,
    foreign_figures,
    take_readings,
    whose,
    why_not,
)

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportSession
    from opsdesk.stores.models import Store, User

Outcome = ImportRow.Outcome
_NUMBER = re.compile(rf"[0-9]{{1,12}}(?:\.[0-9]{{1,{figures.PLACES}}})?").fullmatch
_DAY = re.compile(
    r"(?:([0-9]{4})(?:[-/.]|年)([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2}))"
    r"(?:[ T]00:00(?::00)?)?"
).fullmatch
_BECAME = {
    Became.CREATED: Outcome.CREATED,
    Became.CHANGED: Outcome.CHANGED,
    Became.SAME: Outcome.DUPLICATE,
    Became.OUTDATED: Outcome.DUPLICATE,
}

COLUMNS = (
    Column(
        "channel",
        gettext_lazy("channel"),
        ("channel", "shop", "渠道", "渠道编码", "店铺"),
        is_required=True,
    ),
    Column("day", gettext_lazy("day"), ("day", "date", "日期", "统计日期"), is_required=True),
    Column("figure", gettext_lazy("figure"), ("figure", "指标", "指标名称"), is_required=True),
    Column("value", gettext_lazy("value"), ("value", "数值", "指标值"), is_required=True),
    Column("industry", gettext_lazy("industry"), ("industry", "行业均值", "行业平均", "同行")),
)


def day(cell: str) -> str:
    """A calendar day as ISO 8601; `2026/3/2`, `20260302` and a spreadsheet's midnight, too."""
    found = _DAY(values.trim(cell))
    try:
        if found:
            return date(*(int(part) for part in found.groups() if part)).isoformat()
    except ValueError:
        pass
    words = _("“%(value)s” is no day. Write it as 2026-03-02.")
    raise BadValue("not_a_day", words % {"value": values.trim(cell)[:40]})


READERS: Readers = {
    "channel": partial(values.text, limit=120),
    "day": day,
    "figure": partial(values.text, limit=60),
    "value": partial(values.shortened, limit=60),
    "industry": partial(values.shortened, limit=60),
}


def number(cell: str, figure: Figure) -> str:
    """Not negative, up to four decimals; a percentage may have its sign."""
    clean = cell
    if figure.measure == Measure.PERCENT:
        clean = clean.removesuffix("%").rstrip()
    if _NUMBER(clean):
        return clean
    values.money(clean)  # which says what is wrong with it
    raise BadValue("not_a_number", _("“%(value)s” is no number.") % {"value": cell[:40]})


class ChannelFiguresImporter(Importer):
    """Channels by code or name, figures by code or by what the platforms call them."""

    name = "channel-figures"
    permission = TAKE
    is_strict = True
    title = gettext_lazy("Figures of channels (CSV or XLSX)")
    description = gettext_lazy(
        "Columns channel, day, figure, value, perhaps industry. What is told again replaces what "
        "was told before of the same channel, figure and day."
    )
    columns = COLUMNS

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        """The store is asked before the rows are: while they are read they are being copied."""
        today = context.store.business_date(min(context.as_of, context.now))
        reader = _Reader(_channels_of(context.store), figures.by_name(), today)
        return _records(Sheet(source, READERS), reader)

    def check(self, session: ImportSession) -> None:
        reason = _("Line %(line)s tells this figure of this day already.")
        checks.reject_repeated_keys(session, column="figure", reason=reason)

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        told = [
            Told(
                row.data["channel_id"],
                row.data["figure"],
                date.fromisoformat(row.data["day"]),
                Decimal(row.data["value"]),
                Decimal(row.data["industry"]) if "industry" in row.data else None,
            )
            for row in rows
        ]
        refused = _refused(told, session.store, actor)
        taken = iter(
            take_readings(
                store=session.store,
                told=[each for each in told if each.figure not in refused],
                source=_source(session),
                actor=None,
                at=min(session.as_of, session.created_at),
            )
        )
        return [
            _not_allowed(row.row_id, refused[each.figure])
            if each.figure in refused
            else _applied(row.row_id, next(taken))
            for row, each in zip(rows, told, strict=True)
        ]

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        """Readings that nobody has told otherwise since are gone again."""
        own = Reading.objects.filter(
            store=session.store, pk__in=list(target_ids), source=_source(session)
        )
        gone = set(own.select_for_update().order_by("pk").values_list("pk", flat=True))
        Reading.objects.filter(pk__in=gone).delete()
        return gone


def _source(session: ImportSession) -> str:
    return f"import:{session.pk}"


def _refused(told: Sequence[Told], store: Store, actor: User | None) -> dict[str, str]:
    """Figures that the actor may not bring in, each with the reason."""
    if actor is None:
        return {}
    codes = {each.figure for each in told}
    if not actor.has_perm(TAKE, store):
        words = _("You may not bring figures into %(store)s.") % {"store": store}
        return dict.fromkeys(codes, words)
    return {code: whose(code) for code in foreign_figures(codes, store=store, actor=actor)}


def _not_allowed(row_id: int, words: str) -> Applied:
    return Applied(row_id, Outcome.REJECTED, None, "not_allowed", words)


def _applied(row_id: int, taken: Taken) -> Applied:
    if taken.became == Became.OUTDATED:
        words = _("A later word on this figure is here already.")
        return Applied(row_id, Outcome.DUPLICATE, taken.reading_id, "outdated", words)
    return Applied(row_id, _BECAME[taken.became], taken.reading_id)


class _Reader:
    """Completes what a row says: its channel and figure by name, its numbers by the figure."""

    def __init__(self, channels: dict[str, int], known: dict[str, Figure], today: date) -> None:
        self.channels = channels
        self.known = known
        self.today = today

    def complete(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        for field in ("channel", "day", "figure", "value"):
            if field not in data:
                return sheet.missing(field)
        channel = self.channels.get(data["channel"].casefold())
        if channel is None:
            words = _("The store has no channel “%(channel)s”.") % {"channel": data["channel"][:40]}
            return Problem("unknown_channel", sheet.column("channel"), words)
        figure = self.known.get(data["figure"].casefold())
        if figure is None:
            words = _("There is no figure “%(figure)s”. Figures: %(known)s.")
            facts = {"figure": data["figure"][:40], "known": ", ".join(dict(figures.choices()))}
            return Problem("unknown_figure", sheet.column("figure"), words % facts)
        return self._numbers(sheet, data, channel, figure)

    def _numbers(
        self, sheet: Sheet, data: dict[str, Any], channel: int, figure: Figure
    ) -> Problem | None:
        for field in ("value", "industry"):
            try:
                if field in data:
                    data[field] = number(data[field], figure)
            except BadValue as error:
                return error.in_column(sheet.column(field))
        industry = Decimal(data["industry"]) if "industry" in data else None
        on = date.fromisoformat(data["day"])
        told = Told(channel, figure.code, on, Decimal(data["value"]), industry)
        reason = why_not(told, today=self.today)
        if reason:
            return Problem("unfit_reading", sheet.column("value"), reason)
        data |= {"channel_id": channel, "figure": figure.code}
        del data["channel"]
        return None


def _records(sheet: Sheet, reader: _Reader) -> Iterator[Record]:
    with sheet.table.rows() as rows:
        next(rows)
        for line, cells in rows:
            fitting = sheet.fit_all(cells)
            if fitting is None:
                yield rejected(line, "", cells, sheet.ragged(cells))
                continue
            data: dict[str, Any] = {}
            problem = sheet.read(fitting, data) or reader.complete(sheet, data)
            if problem is not None:
                yield rejected(line, "", cells, problem)
            else:
                key = f"{data['channel_id']}/{data['figure']}/{data['day']}"
                yield Record(line, key, cells, data)


def _channels_of(store: Store) -> dict[str, int]:
    """By code and by name, as people write them."""
    channels = list(store.channels.filter(is_active=True))
    by_name = {channel.name.casefold(): channel.pk for channel in channels}
    return by_name | {channel.code.casefold(): channel.pk for channel in channels}
