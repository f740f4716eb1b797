"""When people buy: by hour, by weekday, a little more each week, and the one big day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

Key = TypeVar("Key")

# Shares of a day's orders by local hour: asleep at four, busy before noon, busiest at nine.
HOURS = (
    24,
    14,
    8,
    5,
    4,
    6,
    13,
    26,
    44,
    66,
    78,
    72,
    64,
    62,
    64,
    66,
    64,
    60,
    62,
    78,
    100,
    108,
    88,
    52,
)
# Monday first.
WEEKDAYS = (1.0, 0.95, 0.95, 1.0, 1.1, 1.25, 1.2)
GROWTH = 0.35
# Around the big day people first wait, then buy, then are done: day offset → factor.
PEAK = {-2: 0.85, -1: 0.6, 0: 4.5, 1: 1.9, 2: 1.3, 3: 0.9}
FESTIVALS = ((11, 11), (6, 18), (12, 12))


def big_day(first: date, last: date) -> date:
    """The festival that lies in the period, else a day a month before its end."""
    for month, day in FESTIVALS:
        for year in range(first.year, last.year + 1):
            festival = date(year, month, day)
            if first + timedelta(days=3) <= festival <= last - timedelta(days=3):
                return festival
    return max(first, last - timedelta(days=30))


def day_weights(first: date, until: datetime, zone: ZoneInfo) -> dict[date, float]:
    """Business day → how much is bought on it; of the last day only what lies before `until`."""
    last = until.astimezone(zone).date()
    length = (last - first).days + 1
    peak = big_day(first, last)
    weights = {}
    for offset in range(length):
        day = first + timedelta(days=offset)
        weights[day] = (
            WEEKDAYS[day.weekday()]
            * (1 + GROWTH * offset / length)
            * PEAK.get((day - peak).days, 1.0)
        )
    hours = hours_before(until, last, zone)
    weights[last] *= sum(hours) / sum(HOURS)
    return weights


def spread(total: int, weights: Mapping[Key, float]) -> dict[Key, int]:
    """Share out `total` by weight in whole numbers whose sum is `total`."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: shares[key] - exact[key])
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


def hours_before(until: datetime, day: date, zone: ZoneInfo) -> list[float]:
    """The day's hourly weights, cut off at `until`."""
    local = until.astimezone(zone)
    if day != local.date():
        return list(HOURS)
    passed = [float(weight) for weight in HOURS[: local.hour]]
    return [*passed, HOURS[local.hour] * local.minute / 60 + 0.001]


def moment_in(day: date, random: Random, *, zone: ZoneInfo, until: datetime) -> datetime:
    """A moment of that business day before `until`, by the curve of the hours. UTC."""
    hours = hours_before(until, day, zone)
    (hour,) = random.choices(range(len(hours)), weights=hours)
    local = datetime.combine(day, time(hour), tzinfo=zone)
    seconds = 3600.0
    if len(hours) < len(HOURS) and hour == len(hours) - 1:
        seconds = max((until - local).total_seconds(), 1.0)
    return (local + timedelta(seconds=int(random.random() * seconds))).astimezone(UTC)
