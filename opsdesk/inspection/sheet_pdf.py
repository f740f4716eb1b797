"""A signed sheet as a PDF: made from what was frozen, so it can be made again."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opsdesk import wording
from opsdesk.alerts.models import Severity
from opsdesk.inspection.models import CheckResult, InspectionSheet, ManualAnswer
from opsdesk.stores.roles import Role

_WIDTHS = (78, 40, 18, 18, 18)
_ITEM_WIDTHS = (60, 30, 52, 30)
_OPEN_WIDTHS = (70, 56, 22, 26)
Outcome = CheckResult.Outcome
Verdict = ManualAnswer.Verdict


def counts_of(sheet: InspectionSheet) -> dict[str, str]:
    """How many checks ended which way, problems that people saw, and findings open then."""
    told = sheet.told
    outcomes = [part["outcome"] for part in told["checks"]]
    verdicts = [item["verdict"] for item in told["items"]]
    return {
        **{outcome.value: str(outcomes.count(outcome)) for outcome in Outcome},
        "problems": str(verdicts.count(Verdict.PROBLEM)),
        "open": str(told["open_count"]),
    }


def name_of(sheet: InspectionSheet) -> str:
    return f"inspection-{sheet.store.code}-{sheet.business_date.isoformat()}.pdf"


def document(sheet: InspectionSheet, language: str) -> bytes:
    """The sheet in that language, as far as words are ours. The same bytes each time."""
    # Here and not above: with its fonts it takes as long to load as all the rest.
    from opsdesk.paper import Sheet

    told = sheet.told
    with translation.override(language):
        title = _("Inspection of %(store)s on %(day)s") % {
            "store": told["store_name"],
            "day": told["day"],
        }
        paper = Sheet(
            made_at=sheet.signed_at.replace(microsecond=0),
            language="zh-CN" if language == "zh-hans" else language,
            title=title,
        )
        paper.heading(title)
        paper.facts(facts_of(sheet))
        paper.table(
            [
                pgettext("of the inspection", "Check"),
                _("Outcome"),
                _("New"),
                _("Persisting"),
                _("Cleared"),
            ],
            [_check(part) for part in told["checks"]],
            _WIDTHS,
        )
        if told["items"]:
            paper.table(
                [
                    _("Looked at by people"),
                    pgettext("of the inspection", "Answer"),
                    _("Note"),
                    _("By"),
                ],
                [_item(item) for item in told["items"]],
                _ITEM_WIDTHS,
            )
        if told["open"]:
            paper.table(
                [_("Open finding"), _("Subject"), _("Severity"), _("Owner")],
                [_open(row) for row in told["open"]],
                _OPEN_WIDTHS,
            )
        paper.note(f"SHA-256 {sheet.sha256}")
        return paper.content()


def facts_of(sheet: InspectionSheet) -> list[tuple[str, str]]:
    """(name, value) of what stands above the tables."""
    signed = wording.moment(sheet.signed_at, sheet.store.zone)
    return [
        (_("Signed by"), str(sheet.signed_by)),
        (_("Signed"), f"{signed} · {_('late')}" if sheet.is_late else signed),
        (_("Note"), sheet.note),
        (_("Open findings"), str(sheet.told["open_count"])),
    ]


def _check(part: dict[str, Any]) -> list[str]:
    outcome = str(Outcome(part["outcome"]).label)
    return [
        f"{part['code'].partition('.')[0]} {part['title']}",
        f"{outcome}: {part['reason']}" if part["reason"] else outcome,
        *(str(part[count]) for count in ("new", "persisting", "cleared")),
    ]


def _item(item: dict[str, Any]) -> list[str]:
    verdict = str(Verdict(item["verdict"]).label) if item["verdict"] else "–"
    return [item["title"], verdict, item["note"], item["by"]]


def _open(row: dict[str, Any]) -> list[str]:
    return [
        row["title"],
        row["subject"],
        str(Severity(row["severity"]).label),
        str(Role(row["owner_role"]).label),
    ]
