"""The last ninety days of a store at a glance, and what each check found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opsdesk.desk.cards import Chart, Day
from opsdesk.desk.charts import Drawing, draw
from opsdesk.inspection import checks
from opsdesk.inspection.models import CheckResult, InspectionSheet

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

DAYS = 90
WEEK = 7
# State → what it is called, its sign (never colour alone), its tone.
STATES: dict[str, tuple[str | Promise, str, str]] = {
    "signed": (pgettext_lazy("a day", "signed"), "✓", "good"),
    "late": (_("signed late"), "✓", "warning"),
    "findings": (_("unsigned, with findings"), "!", "danger"),
    "unsigned": (_("unsigned"), "○", "info"),
    "unwalked": (_("not inspected"), "–", ""),
}


@dataclass(frozen=True)
class Cell:
    """A day; `findings` are those of its checks' last results."""

    day: date
    state: str
    findings: int

    @property
    def words(self) -> str:
        return str(STATES[self.state][0])

    @property
    def sign(self) -> str:
        return STATES[self.state][1]

    @property
    def tone(self) -> str:
        return STATES[self.state][2]


@dataclass(frozen=True)
class Calendar:
    """Weeks from Monday on, the oldest first; None where a week has days that are not shown."""

    weeks: list[list[Cell | None]]
    streak: int
    counts: list[tuple[str, str, str, int]]


def of_store(store: Store, today: date) -> Calendar:
    """Two queries. The streak counts signed days up to today, which may still be unsigned."""
    first = today - timedelta(days=DAYS - 1)
    sheets = dict(
        InspectionSheet.objects.filter(store=store, business_date__gte=first).values_list(
            "business_date", "is_late"
        )
    )
    # Of each check the last result of each day.
    last = (
        CheckResult.objects.filter(
            run__store=store, run__business_date__range=(first, today), run__state="done"
        )
        .order_by("run__business_date", "code", "-at", "-pk")
        .distinct("run__business_date", "code")
    )
    walked: dict[date, int] = {}
    for day, new, persisting in last.values_list("run__business_date", "new", "persisting"):
        walked[day] = walked.get(day, 0) + new + persisting
    cells = []
    for number in range(DAYS):
        day = first + timedelta(days=number)
        cells.append(Cell(day, _state(sheets.get(day), walked.get(day)), walked.get(day, 0)))
    lead: list[Cell | None] = [None] * first.weekday()
    padded = lead + cells
    counts = [
        (str(words), sign, tone, sum(cell.state == state for cell in cells))
        for state, (words, sign, tone) in STATES.items()
    ]
    weeks = [padded[start : start + WEEK] for start in range(0, len(padded), WEEK)]
    signed = [cell.state in ("signed", "late") for cell in reversed(cells)]
    return Calendar(weeks, _streak(signed), counts)


def _state(is_late: bool | None, findings: int | None) -> str:
    if is_late is not None:
        return "late" if is_late else "signed"
    if findings is None:
        return "unwalked"
    return "findings" if findings else "unsigned"


def streak_of(store: Store, today: date) -> int:
    """Signed days in a row up to today, which may still be unsigned. One query."""
    days = [today - timedelta(days=ago) for ago in range(DAYS)]
    sheets = InspectionSheet.objects.filter(store=store, business_date__gte=days[-1])
    signed = set(sheets.values_list("business_date", flat=True))
    return _streak([day in signed for day in days])


def _streak(signed: list[bool]) -> int:
    """Of days from today backwards."""
    if signed and not signed[0]:
        signed = signed[1:]
    return next((n for n, is_signed in enumerate(signed) if not is_signed), len(signed))


@dataclass(frozen=True)
class History:
    """What one check found, day by day, and how long it took; and which checks there are."""

    drawing: Drawing | None
    code: str
    choices: list[tuple[str, str]]


def charts_of(store: Store, today: date, code: str) -> History:
    """Of the check that is asked for, else the first that found most. Two queries."""
    first = today - timedelta(days=DAYS - 1)
    results = CheckResult.objects.filter(
        run__store=store, run__business_date__range=(first, today), run__state="done"
    )
    codes = list(
        results.order_by()
        .values("code")
        .annotate(found=Count("pk", filter=Q(outcome=CheckResult.Outcome.FINDINGS)))
        .order_by("-found", "code")
        .values_list("code", flat=True)
    )
    choices = sorted((each, f"{each.partition('.')[0]} {checks.title_of(each)}") for each in codes)
    if not codes:
        return History(None, "", [])
    chosen = code if code in codes else codes[0]
    last = results.filter(code=chosen).order_by("run__business_date", "-at", "-pk")
    rows = last.distinct("run__business_date").values_list(
        "run__business_date", "new", "persisting", "milliseconds"
    )
    of_days = {day: (new + persisting, took) for day, new, persisting, took in rows}
    days = []
    for number in range(DAYS):
        day = first + timedelta(days=number)
        if day not in of_days:
            days.append(Day(day, Decimal(0), str(STATES["unwalked"][0]), 0, is_gap=True))
            continue
        found, took = of_days[day]
        words = gettext("%(count)s findings") % {"count": found}
        days.append(Day(day, Decimal(found), words, took))
    chart = Chart(checks.title_of(chosen), _("findings"), _("milliseconds"), days)
    return History(draw(chart), chosen, choices)
