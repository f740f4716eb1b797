"""What raises alerts: each check has a title, a clause and a word on what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules

if TYPE_CHECKING:
    from opsdesk.alerts.models import Alert


@dataclass(frozen=True)
class ListPlace:
    """A list on which something is done, searched by what the alert is about, or a tab of it."""

    view: str
    permission: str
    parameter: str = ""
    tab: str = ""

    def query_for(self, subject_label: str) -> dict[str, str]:
        """What the list's address says of an alert."""
        asked = {self.parameter: subject_label, "tab": self.tab}
        return {name: value for name, value in asked.items() if name and value}


@dataclass(frozen=True)
class AlertKind:
    """A source of alerts. `runbook` tells the person what to do, in a sentence or two.

    `evidence` names the values it compares, by their key in an alert's evidence; `words` says what
    a value that is a code is called, by the same key. `acts_on` is where it is mended, if that
    isn't the page of the alert's subject. `titled_by` is the value that holds an alert's own title,
    where people wrote it.
    """

    code: str
    title: str | Promise
    clause: str = ""
    runbook: str | Promise = ""
    evidence: Mapping[str, str | Promise] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str | Promise]] = field(default_factory=dict)
    acts_on: ListPlace | None = None
    titled_by: str = ""


MANUAL = AlertKind(
    code="manual", title=_("Raised by hand"), evidence={"title": _("What is wrong?")}
)

STORM = AlertKind(
    code="alerts.storm",
    title=_("Many at once"),
    runbook=_(
        "One check found so much within a short time that a row each would bury the desk. Look for "
        "the common cause first. Resolving this resolves all it stands for; it ends by itself when "
        "none of them is open."
    ),
    evidence={"check": _("check"), "examples": _("the first of them")},
)

# What the alert of an overdue clock tells of it.
OF_A_CLOCK: Mapping[str, str | Promise] = {
    "started_at": _("started"),
    "due_at": _("due"),
    "allowed_minutes": _("allowed minutes"),
}

_kinds: dict[str, AlertKind] = {MANUAL.code: MANUAL, STORM.code: STORM}


def register(*kinds: AlertKind) -> None:
    for kind in kinds:
        known = _kinds.setdefault(kind.code, kind)
        if known != kind:
            raise ValueError(f"Two alert kinds are called {kind.code}.")


def all_kinds() -> list[AlertKind]:
    return [_kinds[code] for code in sorted(_kinds)]


def codes_of(*names: str) -> list[str]:
    """The codes of all that raises alerts of these clauses; a code stands for itself."""
    found = {kind.code for kind in _kinds.values() if {kind.clause, kind.code} & set(names)}
    found |= {rule.code for rule in rules.all_rules() if {rule.clause, rule.code} & set(names)}
    return sorted(found)


def title_of(alert: Alert) -> str:
    """In the reader's language: the check's or rule's title, or what the person wrote."""
    return title_for(alert.check_code, alert.evidence)


def title_for(check_code: str, evidence: Mapping[str, Any]) -> str:
    if check_code == MANUAL.code:
        return str(evidence.get("title", MANUAL.title))
    if check_code == STORM.code and "check" in evidence:
        return gettext("Many at once: %(title)s") % {"title": title_for(evidence["check"], {})}
    if check_code in _kinds:
        kind = _kinds[check_code]
        return str(evidence.get(kind.titled_by) or kind.title)
    try:
        return str(rules.get(check_code).title)
    except rules.UnknownRule:
        # Of a kind that no app declares any more: the alert stays, under its code.
        return check_code


def titles() -> list[tuple[str, str]]:
    """(code, title) of everything that raises alerts, by title."""
    found = [(kind.code, str(kind.title)) for kind in all_kinds()]
    found += [(rule.code, f"{rule.clause} {rule.title}") for rule in rules.all_rules()]
    return sorted(found, key=lambda entry: entry[1])


def list_to_act_on(alert: Alert) -> ListPlace | None:
    kind = _kinds.get(alert.check_code)
    return kind.acts_on if kind else None


def runbook_of(alert: Alert) -> str:
    kind = _kinds.get(alert.check_code)
    return str(kind.runbook) if kind else ""


def word_for(alert: Alert, name: str, value: Any) -> Any:
    """What this value of the alert's evidence is called, if it is a code; else as it stands."""
    kind = _kinds.get(alert.check_code)
    return kind.words.get(name, {}).get(value, value) if kind else value


def name_of(alert: Alert, value: str) -> str:
    """A key of the alert's evidence as people read it."""
    kind = _kinds.get(alert.check_code)
    names = kind.evidence if kind else OF_A_CLOCK
    return str(names.get(value, value.replace("_", " ")))
