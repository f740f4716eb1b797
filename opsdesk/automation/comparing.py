"""Two versions of a rule side by side, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opsdesk.automation import reading, words
from opsdesk.automation.definition import Condition, Definition
from opsdesk.automation.models import RuleVersion
from opsdesk.automation.reading import WrongRule
from opsdesk.automation.services import writing

if TYPE_CHECKING:
    from opsdesk.stores.models import Store


@dataclass(frozen=True)
class Line:
    """A part of the rule as it was and as it is; `title` only on the first line of its part."""

    title: str
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        return self.before == self.after


def compared(older: RuleVersion, newer: RuleVersion, store: Store) -> list[Line]:
    """When, each condition, each action; what is gone or new stands alone on its line."""
    before, after = _read(older, store), _read(newer, store)
    if isinstance(before, str) or isinstance(after, str):
        return [Line(_("In words"), _told(before), _told(after))]
    return [
        Line(pgettext("a rule", "When"), words.when(before.trigger), words.when(after.trigger)),
        *_side_by_side(
            pgettext("a rule", "If"), _conditions(before, store), _conditions(after, store)
        ),
        *_side_by_side(pgettext("a rule", "Then"), _steps(before, store), _steps(after, store)),
    ]


def _read(version: RuleVersion, store: Store) -> Definition | str:
    try:
        return reading.read(writing.definition_of(version), store=store)
    except WrongRule as refusal:
        return refusal.message


def _told(read: Definition | str) -> str:
    return read if isinstance(read, str) else words.when(read.trigger)


def _conditions(definition: Definition, store: Store) -> list[str]:
    group = definition.conditions
    joined = _("any of these holds") if group.any else _("all of these hold")
    parts = [
        words.one_condition(item, store)
        if isinstance(item, Condition)
        else f"({words.condition_words(item, store)})"
        for item in group.items
    ]
    return [joined, *parts] if len(parts) > 1 else parts or [_("nothing is asked")]


def _steps(definition: Definition, store: Store) -> list[str]:
    return [words.step_words(step, store) for step in definition.steps]


def _side_by_side(title: str, before: list[str], after: list[str]) -> list[Line]:
    """What both have first, in the order of the newer; then what was, then what is new."""
    kept = [part for part in after if part in before]
    gone = [part for part in before if part not in after]
    new = [part for part in after if part not in before]
    pairs = [(part, part) for part in kept]
    pairs += [(part, "") for part in gone] + [("", part) for part in new]
    return [Line(title if not at else "", *pair) for at, pair in enumerate(pairs)]
