"""Dates and times in files: ISO order only, in the store's zone unless they name another."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.values import trim

_DIGITS = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:[.,][0-9]+)?)?"
    r"\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
).fullmatch
_TURNED = re.compile(
    r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2}|[0-9]{4})(?:[T ].*)?"
).fullmatch
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?").fullmatch
_TEN_YEARS_BEFORE_THE_WEB = 1990


class MomentReader:
    """Reads moments of one file into ISO text with an offset, as `2026-02-20T23:59:54+08:00`.

    `zone` is where times without an offset were written; `latest` the last moment that is
    believable. In the hour that a change of clocks repeats, the earlier one is meant.
    """

    def __init__(self, zone: tzinfo, latest: datetime) -> None:
        self.zone = zone
        self.latest = latest.astimezone(zone).replace(tzinfo=None)
        self._offsets: dict[str, str] = {}

    def read(self, text: str) -> str:
        """The moment in a cell. Raises BadValue with how to write it."""
        if len(text) == 19 and text[10] == " ":
            day = text[:10]
            offset = self._offsets.get(day) or self._whole_day_offset(day)
            if offset and _TIME_OF_DAY(text, 11):
                return f"{day}T{text[11:]}{offset}"
        return self._read_slowly(trim(text))

    def _whole_day_offset(self, day: str) -> str:
        """The offset of a day on which no clock changes; empty where the day needs a look."""
        try:
            start = datetime.fromisoformat(day) if _DAY(day) else None
        except ValueError:
            return ""
        # The year first: the last day there is has no next one.
        if start is None or not _TEN_YEARS_BEFORE_THE_WEB <= start.year <= self.latest.year:
            return ""
        end = start + timedelta(days=1)
        if end > self.latest:
            return ""
        first, last = start.replace(tzinfo=self.zone), end.replace(tzinfo=self.zone)
        if first.utcoffset() != last.utcoffset():
            return ""
        self._offsets[day] = first.isoformat()[19:]
        return self._offsets[day]

    def _read_slowly(self, text: str) -> str:
        found = _DIGITS(text)
        if not found:
            raise _explained(text)
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=self.zone)
            self._check_year(moment, text)
            if found[7]:
                moment = datetime.fromisoformat(
                    f"{moment.replace(tzinfo=None).isoformat()}{found[7]}"
                )
            is_to_come = moment.astimezone(self.zone).replace(tzinfo=None) > self.latest
        except (ValueError, OverflowError) as error:
            raise BadValue(
                "no_such_moment",
                _("“%(value)s”: there is no such day or time.") % {"value": text[:40]},
            ) from error
        if is_to_come:
            raise _in_the_future(text)
        return moment.isoformat()

    def _check_year(self, moment: datetime, text: str) -> None:
        """Before anything is reckoned with it: at the ends of the calendar that goes wrong."""
        if moment.year < _TEN_YEARS_BEFORE_THE_WEB:
            raise BadValue(
                "too_old", _("“%(value)s” is too long ago to be right.") % {"value": text[:40]}
            )
        if moment.year > self.latest.year + 1:
            raise _in_the_future(text)


def _in_the_future(text: str) -> BadValue:
    return BadValue("in_the_future", _("“%(value)s” lies in the future.") % {"value": text[:40]})


def _explained(text: str) -> BadValue:
    facts = {"value": text[:40]}
    turned = _TURNED(text)
    if turned:
        return _turned(turned, facts)
    if _SERIAL(text):
        return BadValue(
            "serial_date",
            _("“%(value)s” is Excel's number of a day. Format the column as 2026-02-20 23:59:54.")
            % facts,
        )
    return BadValue(
        "not_a_moment",
        _("“%(value)s” is no date and time. Write it as 2026-02-20 23:59:54.") % facts,
    )


def _turned(turned: re.Match[str], facts: dict[str, str]) -> BadValue:
    first, second = int(turned[1]), int(turned[2])
    year = turned[3]
    is_ambiguous = len(year) == 2 or (first <= 12 and second <= 12 and first != second)
    if is_ambiguous:
        return BadValue(
            "ambiguous_date",
            _("“%(value)s” can be several days. Write the year first: 2026-02-20.") % facts,
        )
    day, month = (first, second) if second <= 12 else (second, first)
    try:
        proper = datetime(int(year), month, day).date()  # noqa: DTZ001 (a day, no moment)
    except ValueError:
        return BadValue("no_such_moment", _("“%(value)s”: there is no such day or time.") % facts)
    facts["proper"] = proper.isoformat()
    return BadValue("day_first", _("“%(value)s”: write the year first, %(proper)s.") % facts)
