"""Money, durations and moments as people read them, in the language of the page."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Word = str | Promise
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$"}


def money(amount: Decimal | None, currency: str, *, decimals: int = 2) -> str:
    """¥1,234.50; a currency without a symbol of its own is named by its code: SEK 1,234.50."""
    if amount is None:
        return ""
    # Thousands are parted in every language: Django groups none in Chinese.
    number = f"{abs(amount):,.{decimals}f}"
    sign = "-" if amount < 0 and number.strip("0.") else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{currency} {sign}{number}"


def whole_money(amount: Decimal | None, currency: str) -> str:
    """Large sums without cents: a figure on a card."""
    decimals = 0 if amount is not None and abs(amount) >= 1000 else 2
    return money(amount, currency, decimals=decimals)


# By size: the two largest units are said.
SPANS: dict[str, Word] = {
    "days": gettext_lazy("%(days)s d"),
    "days_hours": gettext_lazy("%(days)s d %(hours)s h"),
    "hours_minutes": gettext_lazy("%(hours)s h %(minutes)s min"),
    "minutes": gettext_lazy("%(minutes)s min"),
    "seconds": gettext_lazy("%(seconds)s s"),
}
OVER: Word = gettext_lazy("%(duration)s over")
LEFT: Word = gettext_lazy("in %(duration)s")


def duration(span: timedelta) -> str:
    """The two largest units: 2 d 3 h, 45 min, 30 s. The sign is left to the caller."""
    seconds = abs(int(span.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days >= 10:
        size = "days"
    elif days:
        size = "days_hours"
    elif hours:
        size = "hours_minutes"
    else:
        size = "minutes" if minutes else "seconds"
    parts = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    return str(SPANS[size]) % parts


def time_left(span: timedelta) -> str:
    """How long until due, or how long overdue."""
    words = OVER if span < timedelta(0) else LEFT
    return str(words) % {"duration": duration(span)}


def words_of_time() -> dict[str, str]:
    """The same words for the browser, which counts on by itself (`live.js`)."""
    words = {**SPANS, "over": OVER, "left": LEFT}
    return {name: str(each) for name, each in words.items()}


def moment(at: datetime | None, zone: tzinfo | None = None) -> str:
    """Day and minute in that zone (by default the page's): 03-02 10:00, with the year if other."""
    if at is None:
        return ""
    zone = zone or timezone.get_current_timezone()
    local = at.astimezone(zone)
    # Numbers only, the same in every language: Django's own formatting takes ten times as long.
    same_year = local.year == timezone.now().astimezone(zone).year
    return f"{local:%m-%d %H:%M}" if same_year else f"{local:%Y-%m-%d %H:%M}"
