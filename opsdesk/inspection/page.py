"""What the page of a run shows: by clause, each check with its outcome and what it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.utils.safestring import SafeString

from opsdesk.alerts.checks import title_for
from opsdesk.alerts.models import Severity
from opsdesk.desk.rows import place_of_subject
from opsdesk.inspection import checks, clauses
from opsdesk.inspection.models import CheckFinding, CheckResult, InspectionRun
from opsdesk.lists import moment_in, state_pill
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store

Outcome = CheckResult.Outcome
TONES = {Outcome.PASSED: "good", Outcome.FINDINGS: "danger", Outcome.UNCHECKED: "warning"}
SEVERITY_TONES = {"critical": "danger", "warning": "warning", "info": "info"}
# Of each check on the page of the whole run; its own page shows all that are kept.
ROWS_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A finding in words, with where it is acted on."""

    title: str
    subject: str
    link: str | None
    alert_id: int
    severity: SafeString
    is_new: bool
    is_resolved: bool
    owner: str
    deadline: str


@dataclass(frozen=True)
class Part:
    """A check with its result; without one it waits, or was not part of this run."""

    code: str
    title: str
    looks_at: str
    steps: list[str]
    owner: str
    result: CheckResult | None
    pill: SafeString
    figures: list[tuple[str, Any]]
    lines: list[Line]

    @property
    def more(self) -> int:
        """Findings beyond those shown here."""
        return self.result.findings - len(self.lines) if self.result else 0


@dataclass(frozen=True)
class Clause:
    code: str
    title: str
    parts: list[Part]


def clauses_of(request: HttpRequest, run: InspectionRun) -> list[Clause]:
    """INS-1 … 9 in order, each with the run's checks. Three queries, however many findings."""
    shown = CheckFinding.objects.select_related("alert").order_by("pk")[:ROWS_SHOWN]
    # Under a name of their own: Django filters no slice for the relation's.
    results: Any = run.results.prefetch_related(
        Prefetch("rows", queryset=shown, to_attr="first_rows")
    )
    by_code = {result.code: result for result in results}
    parts: dict[str, list[Part]] = {}
    for code in sorted(run.codes):
        found = by_code.get(code)
        rows = found.first_rows if found else []
        parts.setdefault(code.partition(".")[0], []).append(
            part_of(request, run.store, code, found, rows)
        )
    return [
        Clause(clause, clauses.title_of(clause), parts.get(clause, []))
        for clause in clauses.in_order(parts)
    ]


def part_of(
    request: HttpRequest,
    store: Store,
    code: str,
    result: CheckResult | None,
    rows: Iterable[CheckFinding],
) -> Part:
    check = checks.known(code)
    return Part(
        code=code,
        title=checks.title_of(code),
        looks_at=str(check.looks_at) if check else "",
        steps=[str(step) for step in check.steps] if check else [],
        owner=str(Role(check.owner_role).label) if check else "",
        result=result,
        pill=state_pill(Outcome, result.outcome, TONES[Outcome(result.outcome)])
        if result
        else SafeString(""),
        figures=checks.figures_of(code, result.figures) if result else [],
        lines=[_line(request, store, row) for row in rows],
    )


def _line(request: HttpRequest, store: Store, row: CheckFinding) -> Line:
    alert = row.alert
    return Line(
        title=title_for(alert.check_code, row.evidence),
        subject=row.subject_label,
        link=place_of_subject(request, alert),
        alert_id=alert.pk,
        severity=state_pill(Severity, row.severity, SEVERITY_TONES.get(row.severity, "")),
        is_new=row.is_new,
        is_resolved=alert.state == alert.State.RESOLVED,
        owner=str(Role(alert.owner_role).label),
        deadline=moment_in(alert.deadline_at, store),
    )
