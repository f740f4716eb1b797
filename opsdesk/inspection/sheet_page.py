"""What the pages of a day show: as it stands, or as it was signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.utils.safestring import SafeString

from opsdesk.alerts.models import Severity
from opsdesk.inspection import checks, clauses
from opsdesk.inspection.models import (
    CheckResult,
    InspectionRun,
    InspectionSheet,
    ManualAnswer,
    ManualItem,
)
from opsdesk.inspection.page import SEVERITY_TONES, TONES
from opsdesk.inspection.services.answering import may_answer
from opsdesk.inspection.services.days import items_of, results_of
from opsdesk.inspection.services.signing import digest_of, missing_for
from opsdesk.lists import state_pill
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store

Outcome = CheckResult.Outcome
Verdict = ManualAnswer.Verdict
VERDICT_TONES = {Verdict.OK: "good", Verdict.PROBLEM: "danger", Verdict.NOT_APPLICABLE: ""}


@dataclass(frozen=True)
class ItemLine:
    """An item with what was said of it that day, the last first."""

    item: ManualItem
    answers: list[ManualAnswer]
    pill: SafeString
    may_answer: bool

    @property
    def current(self) -> ManualAnswer | None:
        return next((answer for answer in self.answers if answer.is_current), None)

    @property
    def earlier(self) -> list[ManualAnswer]:
        return [answer for answer in self.answers if not answer.is_current]


def of_day(request: HttpRequest, store: Store, day: date, *, at: datetime) -> dict[str, Any]:
    """Each check's last result, the items, what is missing. A fixed number of queries."""
    results = list(results_of(store, day))
    runs = InspectionRun.objects.filter(store=store, business_date=day)
    return {
        "rows": [(result, checks.title_of(result.code), _pill(result)) for result in results],
        "outcomes": _count([result.outcome for result in results]),
        "run": runs.order_by("-pk").first(),
        "lines": _lines(request, store, day),
        "verdicts": [(v.value, v.label) for v in Verdict],
        "missing": missing_for(store, day, at=at),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < store.business_date(at) else None,
    }


def _pill(result: CheckResult) -> SafeString:
    return state_pill(Outcome, result.outcome, TONES[Outcome(result.outcome)])


def _count(outcomes: list[str]) -> list[tuple[str, int, str]]:
    return [(str(o.label), outcomes.count(o.value), TONES[o]) for o in Outcome]


def _lines(request: HttpRequest, store: Store, day: date) -> list[ItemLine]:
    said = ManualAnswer.objects.filter(business_date=day).select_related("answered_by")
    items = items_of(store, day).select_related("store")
    found = items.prefetch_related(
        Prefetch("answers", queryset=said.prefetch_related("photos").order_by("-pk"))
    )
    lines = []
    for item in found:
        answers = list(item.answers.all())
        now = next((a.verdict for a in answers if a.is_current), "")
        shown = state_pill(Verdict, now, VERDICT_TONES[Verdict(now)]) if now else SafeString("")
        lines.append(ItemLine(item, answers, shown, may_answer(item, request.user)))
    return lines


def of_sheet(sheet: InspectionSheet) -> dict[str, Any]:
    """What was signed, in words; and whether its digest still is that of its content."""
    told = sheet.told
    by_clause = groupby(told["checks"], key=lambda part: part["code"].partition(".")[0])
    return {
        "told": told,
        "is_whole": digest_of(sheet.content) == sheet.sha256,
        "outcomes": _count([part["outcome"] for part in told["checks"]]),
        "clauses": [
            (
                code,
                clauses.title_of(code),
                [
                    (part, state_pill(Outcome, part["outcome"], TONES[Outcome(part["outcome"])]))
                    for part in parts
                ],
            )
            for code, parts in by_clause
        ],
        "items": [
            (
                item,
                Role(item["owner_role"]).label,
                state_pill(Verdict, item["verdict"], VERDICT_TONES[Verdict(item["verdict"])])
                if item["verdict"]
                else "–",
            )
            for item in told["items"]
        ],
        "open": [
            (
                row,
                Role(row["owner_role"]).label,
                state_pill(Severity, row["severity"], SEVERITY_TONES.get(row["severity"], "")),
            )
            for row in told["open"]
        ],
    }
