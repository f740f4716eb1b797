"""Fields as the interface writes and reads them: ids and money are strings, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

# Not `$`, which a line end may follow.
_LINE = r"^[^\x00-\x1f\x7f]*\Z"
# Blanks are spelt out: which characters `\s` stands for differs between languages.
_BLANKS = r" \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_CODE = rf"^[^{_BLANKS}{_CONTROLS}]([^{_CONTROLS}]*[^{_BLANKS}{_CONTROLS}])?\Z"
_MONEY = r"^[0-9]{1,12}\.[0-9]{2}\Z"
ID = r"^[0-9]{1,18}\Z"


class IdField(serializers.CharField):
    """Ids are strings: clients must not calculate with them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


class Computed(serializers.CharField):
    """A text that `write` makes of these columns of the row."""

    def __init__(self, *columns: str, write: Callable[..., str], **kwargs: Any) -> None:
        self.columns, self.write = columns, write
        super().__init__(**{"read_only": True, "source": "*", **kwargs})

    def to_representation(self, value: Any) -> str:
        return self.write(*(getattr(value, column) for column in self.columns))


class Strict(serializers.CharField):
    """A string, as it stands: numbers are not taken for texts, blanks around it are not cut."""

    pattern = _LINE
    says = "Control characters can't be taken."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.validators.append(RegexValidator(self.pattern, self.says))

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(Strict):
    """One line of text; may be empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, **kwargs})


class Code(Strict):
    """A number or code that people and machines know something by."""

    pattern = _CODE
    says = "Write it without blanks around it and without control characters."


class GivenId(Strict):
    """The id of something, as the interface has written it."""

    pattern = ID
    says = "An id is a string of up to 18 digits."

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        return int(text) if isinstance(text, str) else text


class Money(Strict):
    """An amount in the store's currency: a string with two decimals, not negative."""

    pattern = _MONEY
    says = "Write the amount as a string with two decimals, such as 12.50."

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        return Decimal(text) if isinstance(text, str) else text


class Whole(serializers.IntegerField):
    """A whole number; not a string, not a truth value."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "date-time"})
class Moment(serializers.Field):
    """A moment in ISO 8601 with its zone."""

    default_error_messages = {
        "invalid": "Write the moment with its zone, such as 2026-03-01T09:00:00+08:00."
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            moment = None
        if moment is None or timezone.is_naive(moment):
            self.fail("invalid")
        return moment

    def to_representation(self, value: datetime) -> datetime:
        return value
