"""What was sold before the store worked with OpsDesk: taken over as history, day by day.

History holds no stock: what left before the opening count was not in it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from analytics.demo import curves
from analytics.demo.opening import Demonstration
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders

UNPAID_SHARE = 0.04
CANCELLED_SHARE = 0.02
REFUND_SHARE = 0.035
LATE_SHARE = 0.03
WAVES = (time(10, 30), time(14, 30), time(17, 30))


def take_over_history(
    it: Demonstration, counts: dict[date, int], *, big_day: date, end: datetime
) -> int:
    """So many orders a business day, all of them finished before `end`. Returns how many."""
    zone = it.store.zone
    for day, count in counts.items():
        evening = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        for code, share in curves.spread(count, it.shop_shares()).items():
            shop = it.shops[code]
            moments = sorted(
                curves.moment_in(day, it.random, zone=zone, until=evening) for _n in range(share)
            )
            drafts = [
                _finished(shop.draft(moment, on_sale=day == big_day), it.random, zone)
                for moment in moments
            ]
            place_orders(drafts, store=it.store, channel=shop.channel, at=min(evening, end))
    return sum(counts.values())


def _finished(draft: OrderDraft, random: Random, zone: ZoneInfo) -> OrderDraft:
    fate = random.random()
    if fate < UNPAID_SHARE:
        return replace(draft, cancelled_at=draft.placed_at + timedelta(hours=24))
    paid_at = draft.placed_at + timedelta(seconds=random.randint(8, 400))
    paid = replace(draft, paid_at=paid_at, paid_amount=draft.total_amount)
    if fate < UNPAID_SHARE + CANCELLED_SHARE:
        cancelled_at = paid_at + timedelta(minutes=random.randint(20, 300))
        return replace(paid, cancelled_at=cancelled_at, refunded_amount=paid.paid_amount)
    return _delivered(paid, paid_at, random, zone)


def _delivered(paid: OrderDraft, paid_at: datetime, random: Random, zone: ZoneInfo) -> OrderDraft:
    def late() -> bool:
        return random.random() < LATE_SHARE

    confirmed_at = paid_at + timedelta(seconds=random.randint(2, 40))
    if late():
        confirmed_at = paid_at + timedelta(minutes=random.randint(14, 120))
    reviewed_at = paid_at + timedelta(minutes=random.randint(2, 26))
    if late():
        reviewed_at = paid_at + timedelta(minutes=random.randint(35, 300))
    ready_at = max(confirmed_at, reviewed_at) + timedelta(minutes=20)
    if late():
        ready_at += timedelta(hours=20)
    shipped_at = next_wave(ready_at, zone)
    delivered_at = shipped_at + timedelta(hours=random.uniform(20, 74))
    return replace(
        paid,
        confirmed_at=confirmed_at,
        reviewed_at=reviewed_at,
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        refunded_amount=refund_of(paid, random),
    )


def refund_of(paid: OrderDraft, random: Random) -> Decimal:
    """Mostly nothing; now and then one line or the whole order."""
    if random.random() >= REFUND_SHARE:
        return Decimal(0)
    whole = len(paid.lines) == 1 or random.random() < 0.4
    return min(paid.paid_amount, paid.paid_amount if whole else paid.lines[0].amount)


def next_wave(after: datetime, zone: ZoneInfo) -> datetime:
    """When the warehouse next hands parcels over."""
    day = after.astimezone(zone).date()
    while True:
        for wave in WAVES:
            moment = datetime.combine(day, wave, tzinfo=zone)
            if moment >= after:
                return moment
        day += timedelta(days=1)
