"""The page of a channel's day: orders and money of the last months, and what is usual."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from analytics.usual import DAY, FIGURES, series_of
from opsdesk.readings.page import DAYS, History, points_of, present
from opsdesk.readings.watching import Usual

if TYPE_CHECKING:
    from analytics.models import DailySales


def histories_of(row: DailySales, *, at: datetime) -> list[tuple[History, str]]:
    """(history, its value on the row's day) of each figure, up to yesterday: today is not over."""
    store, usual = row.store, Usual.of(row.store, at)
    last = max(store.business_date(at) - DAY, row.date)
    days = [last - number * DAY for number in range(DAYS + 7 * usual.weeks)]
    series = series_of(store, days).get(row.channel_id, {})
    found = []
    for figure in FIGURES:
        values = series.get(figure.code, {})
        history = present(points_of(values, usual, last=last), figure, store.currency)
        found.append((history, figure.shown(values.get(row.date), store.currency)))
    return found
