"""The last days as they were lived: orders come in, people and the system do their work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from analytics.demo import curves, history
from analytics.demo.opening import Demonstration
from analytics.demo.parcels import Dispatch
from analytics.demo.shopping import Shop
from analytics.demo.timeline import Timeline
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services import lifecycle, reservation
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders

PAYS_LATER_SHARE = 0.14
NEVER_PAYS_SHARE = 0.05
DIFFICULT_SHARE = 0.02
LEFT_BEHIND_SHARE = 0.02
REVIEW_EVERY = timedelta(minutes=12)
REVIEW_HOURS = range(8, 24)
UNPAID_LIMIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Fate:
    """How long an order takes: to be paid (None: never), looked at, packed and delivered."""

    pays_after: timedelta | None
    looked_at_after: timedelta
    packed_after: timedelta
    on_the_way: timedelta


class Week:
    """One store at work. Knows of every order that comes in how long it will take."""

    def __init__(self, it: Demonstration, timeline: Timeline) -> None:
        self.it = it
        self.timeline = timeline
        self.random = it.random
        self.fates: dict[int, Fate] = {}
        self.dispatch = Dispatch(it)

    # -- planning

    def plan_orders(self, counts: dict[date, int], *, big_day: date, end: datetime) -> None:
        zone = self.it.store.zone
        for day, count in counts.items():
            for code, share in curves.spread(count, self.it.shop_shares()).items():
                for _n in range(share):
                    moment = curves.moment_in(day, self.random, zone=zone, until=end)
                    shop = self.it.shops[code]
                    draft = shop.draft(moment, on_sale=day == big_day)
                    self.arrives(shop, draft, self._usual_fate())

    def plan_work(self, *, start: datetime, end: datetime) -> None:
        moment = start
        while moment <= end:
            if moment.astimezone(self.it.store.zone).hour in REVIEW_HOURS:
                self.timeline.plan(moment, self._review)
            moment += REVIEW_EVERY
        wave = history.next_wave(start, self.it.store.zone)
        while wave <= end:
            self.timeline.plan(wave, self._hand_over)
            wave = history.next_wave(wave + timedelta(minutes=1), self.it.store.zone)
        hour = start.replace(minute=7, second=0, microsecond=0) + timedelta(hours=1)
        while hour <= end:
            self.timeline.plan(hour, self._cancel_unpaid)
            self.timeline.plan(hour, self.dispatch.follow)
            hour += timedelta(hours=1)

    def arrives(self, shop: Shop, draft: OrderDraft, fate: Fate) -> None:
        """The order comes in seconds after it was placed; a later payment as news of it."""
        if fate.pays_after is not None and fate.pays_after < timedelta(minutes=2):
            draft = _paid(draft, draft.placed_at + fate.pays_after)
        known_at = (draft.paid_at or draft.placed_at) + timedelta(seconds=2)
        self.timeline.plan(known_at, partial(self._take_in, shop, draft, fate))

    def _usual_fate(self) -> Fate:
        random = self.random
        pays_after: timedelta | None = timedelta(seconds=random.randint(6, 80))
        kind = random.random()
        if kind < NEVER_PAYS_SHARE:
            pays_after = None
        elif kind < NEVER_PAYS_SHARE + PAYS_LATER_SHARE:
            pays_after = timedelta(minutes=random.randint(3, 240))
        looked_at_after = timedelta(minutes=random.randint(2, 12))
        if random.random() < DIFFICULT_SHARE:
            looked_at_after = timedelta(minutes=random.randint(50, 400))
        packed_after = timedelta(minutes=25)
        if random.random() < LEFT_BEHIND_SHARE:
            packed_after = timedelta(hours=random.randint(20, 40))
        return Fate(
            pays_after,
            looked_at_after,
            packed_after,
            on_the_way=timedelta(hours=random.uniform(20, 74)),
        )

    # -- what happens

    def _take_in(self, shop: Shop, draft: OrderDraft, fate: Fate, at: datetime) -> None:
        (placed,) = place_orders([draft], store=self.it.store, channel=shop.channel, at=at)
        self.fates[placed.order_id] = fate
        if draft.paid_at is None and fate.pays_after is not None:
            paid = _paid(draft, draft.placed_at + fate.pays_after)
            self.timeline.plan(paid.paid_at + timedelta(seconds=2), partial(self._news, shop, paid))
            draft = paid
        refund = history.refund_of(draft, self.random) if draft.paid_at else 0
        if refund:
            refunded = replace(draft, refunded_amount=refund)
            after = fate.on_the_way + timedelta(days=1)
            self.timeline.plan(at + after, partial(self._news, shop, refunded))

    def _news(self, shop: Shop, draft: OrderDraft, at: datetime) -> None:
        place_orders([draft], store=self.it.store, channel=shop.channel, at=at)
        reservation.reserve_waiting_orders(at=at, store_id=self.it.store.pk)

    def _review(self, at: datetime) -> None:
        waiting = self._mine().to_review().paid().exclude(fulfilment_state="cancelled")
        ready = [
            pk
            for pk, paid_at in waiting.values_list("pk", "paid_at")
            if at >= paid_at + self.fates[pk].looked_at_after
        ]
        if ready:
            reviewer = self.it.people[Role.ORDER_REVIEWER]
            lifecycle.review_orders(order_ids=ready, actor=reviewer, at=at)

    def _hand_over(self, at: datetime) -> None:
        packed = self._mine().to_ship().paid().filter(review_state=Order.Review.PASSED)
        ready = [
            pk
            for pk, reviewed_at in packed.values_list("pk", "reviewed_at")
            if at >= reviewed_at + self.fates[pk].packed_after
        ]
        way = {pk: self.fates[pk].on_the_way for pk in ready}
        self.dispatch.hand_over(ready, way, at)

    def _cancel_unpaid(self, at: datetime) -> None:
        expired = self._mine().filter(payment_state="unpaid", placed_at__lt=at - UNPAID_LIMIT)
        ids = _ids(expired.exclude(fulfilment_state="cancelled"))
        if ids:
            lifecycle.cancel_orders(
                order_ids=ids, reason="Not paid within 24 hours", actor=None, at=at
            )

    def _mine(self):
        return Order.objects.filter(store=self.it.store).order_by("pk")


def _paid(draft: OrderDraft, at: datetime) -> OrderDraft:
    return replace(draft, paid_at=at, paid_amount=draft.total_amount)


def _ids(orders: Iterable[Order]) -> list[int]:
    return [order.pk for order in orders]
