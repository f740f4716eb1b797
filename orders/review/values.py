"""The values people may set about a check: numbers, lists of words, yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

MOST_WORDS = 500
LONGEST_WORD = 80


class WrongValue(DomainError):
    code = "wrong_value"


@dataclass(frozen=True)
class Number:
    """A number between two limits; whole unless `places` says how many digits follow the point."""

    key: str
    label: str | Promise
    default: int | str
    minimum: int
    maximum: int
    places: int = 0

    def clean(self, value: Any) -> int | str:
        """As it is stored: an integer, or the text of a decimal. Raises WrongValue."""
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not self.minimum <= number <= self.maximum:
            raise WrongValue(
                _("%(label)s: a number from %(minimum)s to %(maximum)s.")
                % {"label": self.label, "minimum": self.minimum, "maximum": self.maximum}
            )
        if number != round(number, self.places):
            raise WrongValue(
                _("%(label)s: no more than %(places)s digits behind the point.")
                % {"label": self.label, "places": self.places}
            )
        return f"{number:.{self.places}f}" if self.places else int(number)

    def field(self) -> forms.Field:
        limits = {"label": self.label, "min_value": self.minimum, "max_value": self.maximum}
        if self.places:
            return forms.DecimalField(decimal_places=self.places, **limits)
        return forms.IntegerField(**limits)

    def shown(self, value: Any) -> Any:
        return value

    def told(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True)
class Words:
    """A list of words, one a line on the form; may be empty."""

    key: str
    label: str | Promise
    default: tuple[str, ...] = ()

    def clean(self, value: Any) -> list[str]:
        """Without blanks around them and repeats. Raises WrongValue."""
        lines: Sequence[Any] = value.splitlines() if isinstance(value, str) else value
        words = list(dict.fromkeys(str(line).strip() for line in lines or [] if str(line).strip()))
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise WrongValue(
                _("%(label)s: no more than %(most)s words of %(length)s letters.")
                % {"label": self.label, "most": MOST_WORDS, "length": LONGEST_WORD}
            )
        return words

    def field(self) -> forms.Field:
        return forms.CharField(
            label=self.label,
            required=False,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text=_("One a line."),
        )

    def shown(self, value: Any) -> str:
        return "\n".join(value or [])

    def told(self, value: Any) -> str:
        return ", ".join(value or [])


@dataclass(frozen=True)
class YesNo:
    key: str
    label: str | Promise
    default: bool

    def clean(self, value: Any) -> bool:
        return bool(value)

    def field(self) -> forms.Field:
        return forms.BooleanField(label=self.label, required=False)

    def shown(self, value: Any) -> bool:
        return bool(value)

    def told(self, value: Any) -> str:
        return _("yes") if value else _("no")


Value = Number | Words | YesNo


def cleaned(values: Sequence[Value], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every value, as it is stored; one that isn't given is the one the check came with.

    Raises WrongValue for one that is out of bounds, and for one the check doesn't have.
    """
    unknown = given.keys() - {value.key for value in values}
    if unknown:
        raise WrongValue(
            _("There is no value called %(names)s.") % {"names": ", ".join(sorted(unknown))}
        )
    return {value.key: value.clean(given.get(value.key, value.default)) for value in values}
