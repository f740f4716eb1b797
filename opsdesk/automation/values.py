"""The value of a condition: read from JSON as its field's kind wants it, or refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from opsdesk.automation.definition import Value
from opsdesk.automation.fields import SEVERAL, WITHOUT_VALUE, Field, FieldKind, Operator
from opsdesk.stores.models import Store

LONGEST_TEXT = 200
MOST_CHOICES = 50
MOST_DIGITS = 12
MOST_PLACES = 4
MOST_HOURS = Decimal(24 * 366 * 5)


class WrongValue(ValueError):
    """Says to the person what is wrong with what they entered."""


def read_value(field: Field, operator: Operator, raw: Any, store: Store) -> Value:
    """Raises WrongValue."""
    if operator in WITHOUT_VALUE:
        return None
    if operator in SEVERAL:
        return _several(field, raw, store)
    return _READERS[field.kind](field, raw, store)


def text_of(raw: Any, *, longest: int = LONGEST_TEXT) -> str:
    """Raises WrongValue for what is no text, empty or too long."""
    if not isinstance(raw, str) or not raw.strip():
        raise WrongValue(_("Enter a value."))
    if len(raw) > longest:
        raise WrongValue(_("At most %(most)s characters.") % {"most": longest})
    if "\x00" in raw:
        raise WrongValue(_("Leave out control characters."))
    return raw.strip()


def _text(_field: Field, raw: Any, _store: Store) -> str:
    return text_of(raw)


def _tag(_field: Field, raw: Any, _store: Store) -> str:
    """As tags are kept, with single spaces."""
    return " ".join(text_of(raw).split())


def _choice(field: Field, raw: Any, store: Store) -> str:
    if not isinstance(raw, str) or raw not in dict(field.choices_in(store)):
        raise WrongValue(_("Choose one of the values."))
    return raw


def _several(field: Field, raw: Any, store: Store) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        raise WrongValue(_("Choose at least one value."))
    if len(raw) > MOST_CHOICES:
        raise WrongValue(_("Choose at most %(most)s values.") % {"most": MOST_CHOICES})
    known = dict(field.choices_in(store))
    if not all(isinstance(each, str) and each in known for each in raw):
        raise WrongValue(_("Choose one of the values."))
    return tuple(dict.fromkeys(raw))


def _number(_field: Field, raw: Any, _store: Store) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | str) or len(str(raw)) > 40:
        raise WrongValue(_("Enter a number."))
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation as error:
        raise WrongValue(_("Enter a number.")) from error
    if not number.is_finite():
        raise WrongValue(_("Enter a number."))
    if abs(number) >= 10**MOST_DIGITS:
        raise WrongValue(_("The number is too large."))
    if number != round(number, MOST_PLACES):
        raise WrongValue(_("At most %(most)s decimal places.") % {"most": MOST_PLACES})
    return number


def _hours(field: Field, raw: Any, store: Store) -> Decimal:
    hours = _number(field, raw, store)
    if not 0 <= hours <= MOST_HOURS:
        raise WrongValue(_("Enter hours between 0 and %(most)s.") % {"most": MOST_HOURS})
    return hours


def _flag(_field: Field, raw: Any, _store: Store) -> bool:
    if not isinstance(raw, bool):
        raise WrongValue(_("Choose yes or no."))
    return raw


def _moment(_field: Field, raw: Any, store: Store) -> datetime:
    """A day means its beginning in the store; without a zone it is the store's clock."""
    try:
        text = text_of(raw, longest=40)
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = datetime.combine(day, time.min)
    except ValueError as error:
        raise WrongValue(_("Enter a date, or a date and a time.")) from error
    if moment is None or not 2000 <= moment.year < 2200:
        raise WrongValue(_("Enter a date, or a date and a time."))
    return moment if moment.tzinfo else moment.replace(tzinfo=store.zone)


_READERS: Mapping[FieldKind, Callable[[Field, Any, Store], Value]] = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _number,
    FieldKind.FLAG: _flag,
    FieldKind.MOMENT: _moment,
    FieldKind.AGE: _hours,
    FieldKind.CODES: _text,
    FieldKind.TAGS: _tag,
}
