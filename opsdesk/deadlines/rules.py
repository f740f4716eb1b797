"""Rules: "reach this state within so long". Apps register theirs; the numbers are settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from opsdesk.stores import procedure
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.procedure import Setting


@dataclass(frozen=True)
class Rule:
    """A promise with a clock.

    `code` names it for ever (it is stored on every clock), `setting` is the key of its number,
    `subject` the model it runs on ("orders.order"), `owner_role` whose desk it is on. `starts` and
    `reached` name the subject's timestamps at which the clock starts and is met.
    `alerts` says whether a breach raises an alert besides being on the desk.
    """

    code: str
    clause: str
    title: str | Promise
    setting: str
    subject: str
    starts: str
    reached: str
    owner_role: Role
    severity: str = "warning"
    alerts: bool = True

    @property
    def number(self) -> Setting:
        return procedure.get(self.setting)


class UnknownRule(LookupError):
    """No app registers a rule with this code."""


_rules: dict[str, Rule] = {}


def register(*rules: Rule) -> None:
    for rule in rules:
        known = _rules.setdefault(rule.code, rule)
        if known != rule:
            raise ValueError(f"Two deadline rules are called {rule.code}.")


def all_rules() -> list[Rule]:
    return sorted(_rules.values(), key=lambda rule: (rule.clause, rule.code))


def for_subject(label: str) -> list[Rule]:
    """The rules whose clocks run on this model, such as "orders.order"."""
    return [rule for rule in all_rules() if rule.subject == label]


def get(code: str) -> Rule:
    try:
        return _rules[code]
    except KeyError as error:
        raise UnknownRule(f"No deadline rule is called {code}.") from error
