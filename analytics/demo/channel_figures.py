"""What the demonstration's channels say of it: three quiet months, and a morning with questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from analytics.demo.opening import Demonstration
from opsdesk.readings import figures
from opsdesk.readings.services.taking import Told, take_readings
from opsdesk.stores.models import Channel

DAYS = 90
DAY = timedelta(days=1)
SOURCE = "demo"
SAID_AT = time(6, 30)
# Channel → visitors and ad spend on a usual day.
SIZES = {"tmall": (4_200, 1_800), "douyin": (2_600, 1_200), "own": (420, 150)}
WEEK = (0.96, 0.92, 0.94, 1.0, 1.08, 1.22, 1.18)
# Nobody has heard from the own site's payment provider since.
SILENT_FOR = 3

Value = tuple[str, float, float | None]


def say_figures(it: Demonstration, *, at: datetime) -> None:
    """Each morning channels tell of the day before, and how things stand.

    Yesterday half of Douyin's visitors stayed away and Tmall took much back; today its ads run out
    of money, its deliveries are rated lower, and some things wait for an answer.
    """
    channels = [each for each in it.store.channels.order_by("pk") if each.code in SIZES]
    today = it.store.business_date(at)
    for days in reversed(range(DAYS)):
        day = today - days * DAY
        said = datetime.combine(day, SAID_AT, tzinfo=it.store.zone).astimezone(UTC)
        told = [one for channel in channels for one in _morning(channel, day, days)]
        take_readings(store=it.store, told=told, source=SOURCE, actor=None, at=min(said, at))


def _morning(channel: Channel, day: date, days_ago: int) -> Iterator[Told]:
    chance = Random(f"{channel.code} {days_ago}")
    for figure, value, industry in _of_the_day(channel.code, day - DAY, days_ago, chance.uniform):
        yield _told(channel, figure, day - DAY, value, industry)
    for figure, value, industry in _as_it_stands(channel.code, days_ago, chance.uniform):
        yield _told(channel, figure, day, value, industry)


def _told(channel: Channel, code: str, day: date, value: float, industry: float | None) -> Told:
    places = Decimal(1) if figures.get(code).measure == figures.Measure.COUNT else Decimal("0.01")
    others = None if industry is None else Decimal(str(industry)).quantize(places)
    return Told(channel.pk, code, day, Decimal(str(value)).quantize(places), others)


def _of_the_day(
    channel: str, day: date, days_ago: int, near: Callable[[float, float], float]
) -> Iterator[Value]:
    visitors, spend = SIZES[channel]
    is_odd = days_ago == 0
    uv = visitors * WEEK[day.weekday()] * near(0.96, 1.04)
    uv *= 0.4 if is_odd and channel == "douyin" else 1
    yield "uv", uv, None
    yield "pv", uv * near(3.1, 3.3), None
    yield "conversion", near(2.9, 3.2), 2.8
    yield "refund_rate", 9.4 if is_odd and channel == "tmall" else near(3.8, 4.4), 4.6
    yield "ad_spend", spend * near(0.95, 1.05), None


def _as_it_stands(
    channel: str, days_ago: int, near: Callable[[float, float], float]
) -> Iterator[Value]:
    _visitors, spend = SIZES[channel]
    is_short = days_ago == 0 and channel == "tmall"
    yield "ad_balance", 620.5 if is_short else spend * near(3, 9), None
    if channel == "own":
        if days_ago >= SILENT_FOR:
            yield "payment_methods_failing", 0, None
        return
    yield "payment_methods_failing", 0, None
    yield "complaints_open", 2 if is_short else 0, None
    yield "reviews_unanswered", 6 if is_short else 0, None
    yield "violations_open", 1 if days_ago == 0 and channel == "douyin" else 0, None
    yield "points_deducted", 0, None
    yield "dsr_description", near(4.84, 4.86), 4.79
    yield "dsr_service", near(4.86, 4.88), 4.80
    yield "dsr_logistics", 4.71 if is_short else near(4.82, 4.84), 4.78
    yield "after_sales_index", near(91, 91.6), 88
