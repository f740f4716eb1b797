"""Public holidays, and the weekends that are worked in exchange for them."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import lru_cache

import chinese_calendar
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CHINA = "CN"
SATURDAY = 5


class DayKind(Enum):
    """What the law says of a day, beyond the weekday it is."""

    ORDINARY = "ordinary"
    FREE = "free"
    # A Saturday or Sunday that is worked, so that the days around a holiday hang together.
    MADE_UP = "made_up"


def kind_of(country: str, day: date) -> DayKind:
    """What a day is in a country (ISO 3166 code; empty: no public holidays).

    China's days come from the State Council's yearly notice. For a year that is not announced yet
    only the holidays themselves are known, without the swapped days: see `is_announced`.
    """
    if not country:
        return DayKind.ORDINARY
    if country == CHINA and is_announced(country, day.year):
        is_weekend = day.weekday() >= SATURDAY
        if chinese_calendar.is_workday(day):
            return DayKind.MADE_UP if is_weekend else DayKind.ORDINARY
        return DayKind.ORDINARY if is_weekend else DayKind.FREE
    return DayKind.FREE if day in _holidays(country, day.year) else DayKind.ORDINARY


def is_announced(country: str, year: int) -> bool:
    """Whether all days of the year are known: elsewhere than in China the law says them."""
    if country != CHINA:
        return True
    first, last = _announced_in_china()
    return first <= year <= last


@lru_cache(maxsize=1)
def _announced_in_china() -> tuple[int, int]:
    return min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year


def validate_country(country: str) -> None:
    # Here and below, not above: loading it takes a third of a second, which no program that asks
    # for no holidays should start with.
    import holidays

    if country not in holidays.list_supported_countries():
        raise ValidationError(
            _("“%(code)s” is no country whose holidays are known; write two letters, such as CN."),
            code="country",
            params={"code": country},
        )


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, years=year))
