"""What rules can do: each app registers its actions with what must be said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.automation.fields import Choices, choices_in

if TYPE_CHECKING:
    from opsdesk.automation.subjects import Subject
    from opsdesk.stores.models import Store


class ParameterKind(models.TextChoices):
    LINE = "line", _("a line of text")
    WORDS = "words", _("text with variables")
    CHOICE = "choice", _("choice")
    FLAG = "flag", _("yes or no")


@dataclass(frozen=True)
class Parameter:
    """What an action must be told. Values are stored as text, flags as true and false.

    In `WORDS` the variables of the rule's subject may stand (`texts.variables_of`). `clean` makes
    of a value what is kept, or raises DomainError.
    """

    code: str
    title: str | Promise
    kind: ParameterKind = ParameterKind.LINE
    choices: Callable[[Store], Choices] | None = None
    is_required: bool = True
    default: str | bool = ""
    longest: int = 200
    help_text: str | Promise = ""
    clean: Callable[[str], str] | None = None

    def choices_in(self, store: Store) -> list[tuple[str, str]]:
        return choices_in(self.choices, store) if self.choices else []


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing of a batch: its id, and what it is about."""

    pk: int
    subject_id: int
    label: str


@dataclass(frozen=True)
class Batch:
    """What one version of a rule acts on now, in one transaction. `position` is the action's."""

    store: Store
    rule_id: int
    rule_name: str
    version: int
    position: int
    subject: Subject
    fired: Sequence[Fired]
    at: datetime


@dataclass(frozen=True)
class Did:
    """The action was done for a firing, and this row came of it, if one did."""

    effect: type[models.Model] | None = None
    effect_id: int | None = None


@dataclass(frozen=True)
class Refused:
    """The action was not done for a firing, because … (words for the run log)."""

    reason: str


Values = Mapping[str, str | bool]
Done = Mapping[int, Did | Refused]


@dataclass(frozen=True)
class Action:
    """Something done for every subject of a batch, set-wise.

    `apply` returns, by the id of the firing, what it did; it left alone those it doesn't name. It
    may raise DomainError for the batch as a whole: it is then asked for halves of it. It locks in
    the house's order and repeats nothing: it runs in the transaction that writes the firings.
    `permission` is what whoever saves the rule must hold in the store. `subjects` are the codes it
    is for; None: all, or all that can be tagged. `would` says of which subjects it would do it,
    as they are now; without it, of all.
    """

    code: str
    title: str | Promise
    permission: str
    apply: Callable[[Batch, Values], Done]
    parameters: tuple[Parameter, ...] = ()
    subjects: tuple[str, ...] | None = None
    needs_tags: bool = False
    would: Callable[[], Q] | None = None

    def suits(self, subject: Subject) -> bool:
        if self.needs_tags and not subject.is_taggable:
            return False
        return self.subjects is None or subject.code in self.subjects


class UnknownAction(LookupError):
    """No app registers an action with this code."""


_actions: dict[str, Action] = {}


def register(*actions: Action) -> None:
    for action in actions:
        known = _actions.setdefault(action.code, action)
        if known != action:
            raise ValueError(f"Two actions are called {action.code}.")


def all_actions() -> list[Action]:
    return list(_actions.values())


def get(code: str) -> Action:
    try:
        return _actions[code]
    except KeyError as error:
        raise UnknownAction(f"No action is called {code}.") from error


def title_of(code: str) -> str:
    return str(_actions[code].title) if code in _actions else code
