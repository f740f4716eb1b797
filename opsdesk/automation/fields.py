"""What can be asked of a row, and how: each kind of field has its operators, compiled to SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.expressions import BaseExpression
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Choices = Sequence[tuple[str, str | Promise]]
_asked: ContextVar[dict[tuple[Any, int], list[tuple[str, str]]] | None] = ContextVar(
    "choices", default=None
)


@contextmanager
def choices_once() -> Iterator[None]:
    """Within the block what can be chosen in a store is asked once: for pages of many rules."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def choices_in(choices: Callable[[Store], Choices], store: Store) -> list[tuple[str, str]]:
    """(code, title) in the reader's language."""
    known = _asked.get()
    if known is None:
        return [(code, str(title)) for code, title in choices(store)]
    key = (choices, store.pk)
    if key not in known:
        known[key] = [(code, str(title)) for code, title in choices(store)]
    return known[key]


class FieldKind(models.TextChoices):
    TEXT = "text", _("text")
    CHOICE = "choice", _("choice")
    NUMBER = "number", _("number")
    MONEY = "money", _("money")
    FLAG = "flag", _("yes or no")
    MOMENT = "moment", _("moment")
    AGE = "age", _("hours since")
    CODES = "codes", _("codes")
    TAGS = "tags", _("tags")


class Operator(models.TextChoices):
    IS = "is", pgettext_lazy("a condition", "is")
    IS_NOT = "is_not", pgettext_lazy("a condition", "is not")
    ONE_OF = "one_of", pgettext_lazy("a condition", "is one of")
    NONE_OF = "none_of", pgettext_lazy("a condition", "is none of")
    CONTAINS = "contains", pgettext_lazy("a condition", "contains")
    STARTS_WITH = "starts_with", pgettext_lazy("a condition", "starts with")
    AT_LEAST = "at_least", pgettext_lazy("a condition", "is at least")
    AT_MOST = "at_most", pgettext_lazy("a condition", "is at most")
    MORE_THAN = "more_than", pgettext_lazy("a condition", "is more than")
    LESS_THAN = "less_than", pgettext_lazy("a condition", "is less than")
    AFTER = "after", pgettext_lazy("a condition", "is after")
    BEFORE = "before", pgettext_lazy("a condition", "is before")
    HAS = "has", pgettext_lazy("a condition", "has")
    HAS_NOT = "has_not", pgettext_lazy("a condition", "has not")
    IS_KNOWN = "is_known", pgettext_lazy("a condition", "is known")
    IS_UNKNOWN = "is_unknown", pgettext_lazy("a condition", "is not known")


_KNOWN = (Operator.IS_KNOWN, Operator.IS_UNKNOWN)
_SIZES = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)
_SAME = (Operator.IS, Operator.IS_NOT)
SEVERAL = (Operator.ONE_OF, Operator.NONE_OF)
WITHOUT_VALUE = _KNOWN

OPERATORS: Mapping[FieldKind, tuple[Operator, ...]] = {
    FieldKind.TEXT: (*_SAME, Operator.CONTAINS, Operator.STARTS_WITH),
    FieldKind.CHOICE: (*_SAME, *SEVERAL),
    FieldKind.NUMBER: (*_SIZES, *_SAME),
    FieldKind.MONEY: (*_SIZES, *_SAME),
    FieldKind.FLAG: (Operator.IS,),
    FieldKind.MOMENT: (Operator.AFTER, Operator.BEFORE, *_KNOWN),
    FieldKind.AGE: (Operator.MORE_THAN, Operator.LESS_THAN, *_KNOWN),
    FieldKind.CODES: (Operator.HAS, Operator.HAS_NOT),
    FieldKind.TAGS: (Operator.HAS, Operator.HAS_NOT),
}


@dataclass(frozen=True)
class Field:
    """Something a condition may ask of a subject. `code` is stored for ever.

    `path` leads from the subject to a column; `expression(at)` is asked where no column says it.
    An age is asked of the column of its beginning. `having(value)` is the condition of one that is
    asked for codes; tags bring their own. Choices are a store's; money names in `currency` the
    path of its currency, or nothing where it is the store's. None holds personal data: whoever may
    look at a rule's runs sees what it asked.
    """

    code: str
    title: str | Promise
    kind: FieldKind
    path: str = ""
    expression: Callable[[datetime], BaseExpression] | None = None
    having: Callable[[str], Q] | None = None
    choices: Callable[[Store], Choices] | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        ways = [bool(self.path), self.expression is not None, self.having is not None]
        if sum(ways) != (self.kind != FieldKind.TAGS):
            raise ValueError(f"Field {self.code}: say one of path, expression and having.")
        if (self.kind == FieldKind.CODES) != (self.having is not None):
            raise ValueError(f"Field {self.code}: codes, and they alone, are asked by `having`.")
        if self.kind == FieldKind.CHOICE and self.choices is None:
            raise ValueError(f"Field {self.code}: a choice names its choices.")

    @property
    def operators(self) -> tuple[Operator, ...]:
        return OPERATORS[self.kind]

    @property
    def column(self) -> str:
        """What it is called in a query: its path, or the name it is annotated under."""
        return self.path or f"of_rules_{self.code}"

    @property
    def has_a_value(self) -> bool:
        """Whether it can be told of a row, as in a message."""
        return self.having is None and self.kind != FieldKind.TAGS

    def choices_in(self, store: Store) -> list[tuple[str, str]]:
        assert self.choices is not None
        return choices_in(self.choices, store)


def of(choices: type[models.TextChoices]) -> Callable[[Store], Choices]:
    """The choices of an enumeration, the same in every store."""
    return lambda _store: choices.choices
