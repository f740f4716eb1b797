"""What raises alerts: each check has a title, a clause and a word on what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules

if TYPE_CHECKING:
    from opsdesk.alerts.models import Alert


@dataclass(frozen=True)
class AlertKind:
    """A source of alerts. `runbook` tells the person what to do, in a sentence or two."""

    code: str
    title: str | Promise
    clause: str = ""
    runbook: str | Promise = ""


MANUAL = AlertKind(code="manual", title=_("Raised by hand"))

_kinds: dict[str, AlertKind] = {MANUAL.code: MANUAL}


def register(*kinds: AlertKind) -> None:
    for kind in kinds:
        known = _kinds.setdefault(kind.code, kind)
        if known != kind:
            raise ValueError(f"Two alert kinds are called {kind.code}.")


def title_of(alert: Alert) -> str:
    """In the reader's language: the check's or rule's title, or what the person wrote."""
    if alert.check_code == MANUAL.code:
        return str(alert.evidence.get("title", MANUAL.title))
    if alert.check_code in _kinds:
        return str(_kinds[alert.check_code].title)
    return str(rules.get(alert.check_code).title)


def runbook_of(alert: Alert) -> str:
    kind = _kinds.get(alert.check_code)
    return str(kind.runbook) if kind else ""
