"""What all sources have in common: JSON that may be wrong, moments that may lack their zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson
from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue

# More of one waybill than any carrier tells.
MOST_EVENTS = 1_000
MOST_TEXT, MOST_PLACE, MOST_CODE = 2_000, 120, 60
_EARLIEST = 1990
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffd\ufeff]+")


def object_of(text: bytes | str) -> dict[str, Any]:
    """The JSON object. Raises BadValue."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadValue("not_json", _("The body is no JSON.")) from error
    if not isinstance(found, dict):
        raise BadValue("not_an_object", _("The body is no JSON object."))
    return found


def part_of(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under that name; empty where there is none."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def list_of(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects under that name. Raises BadValue for anything else, and for too many."""
    value = content.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadValue("not_a_list", _("%(name)s should be a list of objects.") % {"name": name})
    if len(value) > MOST_EVENTS:
        raise BadValue(
            "too_many", _("%(name)s has more entries than belong to one waybill.") % {"name": name}
        )
    return value


def text_of(content: dict[str, Any], name: str, limit: int = MOST_TEXT) -> str:
    """Free text on one line, as much of it as fits; empty where there is none."""
    value = content.get(name)
    if value is None or isinstance(value, dict | list | bool):
        return ""
    return _CONTROL.sub(" ", str(value)).strip()[:limit].rstrip()


def moment_of(text: str, zone: tzinfo) -> datetime:
    """In UTC; one without an offset was read off a clock in that zone. Raises BadValue."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValue(
            "not_a_moment", _("“%(value)s” is no date and time.") % {"value": text[:40]}
        ) from error
    if moment.year < _EARLIEST:
        raise BadValue("no_such_moment", _("“%(value)s” can't be right.") % {"value": text[:40]})
    return moment
