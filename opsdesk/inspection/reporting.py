"""An inspection as programs read it: by clause, each with the checks that carry it out."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from opsdesk.alerts.checks import title_for
from opsdesk.inspection import checks
from opsdesk.inspection.models import CheckResult, InspectionRun

Outcome = CheckResult.Outcome
# What of several checks a clause is said to be.
_GRAVEST = [Outcome.FINDINGS, Outcome.UNCHECKED, Outcome.PASSED]


def of_run(run: InspectionRun) -> dict[str, Any]:
    """{"store", "day", "state", "checks": [{"id", "outcome", "reason", "findings", "parts"}]}.

    `id` is the clause; `parts` are its checks with figures and counts. Findings are those that are
    kept row by row; a part's `new` and `persisting` count all. A fixed number of queries.
    """
    results = run.results.order_by("code").prefetch_related("rows__alert")
    parts = [_part(result) for result in results]
    by_clause = groupby(parts, key=lambda part: part["id"].partition(".")[0])
    return {
        "inspection": str(run.pk),
        "store": run.store.code,
        "day": run.business_date.isoformat(),
        "state": run.state,
        "checks": [_clause(clause, list(of_it)) for clause, of_it in by_clause],
    }


def _clause(clause: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    outcomes = {part["outcome"] for part in parts}
    return {
        "id": clause,
        "outcome": next(one.value for one in _GRAVEST if one in outcomes),
        "reason": " ".join(part["reason"] for part in parts if part["reason"]),
        "findings": [finding for part in parts for finding in part["findings"]],
        "parts": parts,
    }


def _part(result: CheckResult) -> dict[str, Any]:
    return {
        "id": result.code,
        "title": checks.title_of(result.code),
        "outcome": result.outcome,
        "reason": result.reason,
        "new": result.new,
        "persisting": result.persisting,
        "cleared": result.cleared,
        "figures": result.figures,
        "milliseconds": result.milliseconds,
        "findings": [
            {
                "alert": str(row.alert_id),
                "title": title_for(row.alert.check_code, row.evidence),
                "subject": row.subject_label,
                "severity": row.severity,
                "is_new": row.is_new,
                "evidence": row.evidence,
                "owner_role": row.alert.owner_role,
                "deadline_at": row.alert.deadline_at,
            }
            for row in result.rows.all()
        ],
    }


def line_of(part: dict[str, Any]) -> str:
    """One check in a line of text."""
    counts = f"{part['new']} new, {part['persisting']} persisting, {part['cleared']} cleared"
    words = {
        Outcome.PASSED: "passed",
        Outcome.FINDINGS: f"findings: {counts}",
        Outcome.UNCHECKED: f"could not be checked: {part['reason']}",
    }
    return f"{part['id']} {part['title']}: {words[part['outcome']]}"
