"""Parcels of the last days: handed over as programs tell it, followed as carriers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from random import Random

from analytics.demo.carriers import Terms, terms_of
from analytics.demo.opening import Demonstration
from fulfillment.models import Progress, Source
from fulfillment.services import shipping, tracking
from fulfillment.services.shipping import Shipment
from fulfillment.services.tracking import Seen
from fulfillment.waybill_forms import gs1, ups
from opsdesk.stores.roles import Role
from orders.models import Reservation

STALLED_SHARE, FAILED_SHARE, RETURNED_SHARE = 0.02, 0.03, 0.008
_HUBS = ["苏州转运中心", "无锡转运中心", "杭州转运中心", "武汉转运中心", "广州转运中心"]
_HUBS_ABROAD = ("Secaucus, NJ", "Edison, NJ", "Philadelphia, PA", "Hartford, CT")


class Dispatch:
    """Labels and follows one store's parcels; draws from a lot of its own."""

    def __init__(self, it: Demonstration) -> None:
        self.it = it
        self.random = Random(f"parcels-{it.store.code}")
        self.numbers = count(1)
        self.turn = count()
        self.ahead: list[tuple[datetime, int, int, Seen]] = []

    def hand_over(self, order_ids: Sequence[int], way: dict[int, timedelta], at: datetime) -> None:
        """The orders leave, a parcel each; `way` is how long they are on it. Raises DomainError."""
        keeper = self.it.people[Role.WAREHOUSE]
        places = dict(
            Reservation.objects.open()
            .filter(line__order__in=order_ids)
            .values_list("line__order_id", "warehouse__code")
        )
        ids = sorted(places)
        for first in range(0, len(ids), shipping.MOST):
            some = ids[first : first + shipping.MOST]
            told = [self._shipment(order_id, places[order_id]) for order_id in some]
            answers = shipping.confirm_shipments(told, store=self.it.store, actor=keeper, at=at)
            for order_id, answer in zip(some, answers, strict=True):
                if answer.refusal is not None:
                    raise answer.refusal
                assert answer.parcel is not None
                self._plan(answer.parcel.pk, way[order_id], at)

    def _shipment(self, order_id: int, warehouse: str) -> Shipment:
        terms = terms_of(self.it)
        (chosen,) = self.random.choices(terms, [one.share for one in terms])
        grams = self.random.randrange(180, 4200, 20)
        return Shipment(
            warehouse=warehouse,
            carrier=chosen.code,
            waybill=waybill_of(chosen.code, next(self.numbers)),
            order_ids=(order_id,),
            weight_grams=grams,
            size_mm=(self.random.randrange(180, 420, 10), 160, 120),
            freight_cost=_cost(chosen, grams),
        )

    def _plan(self, parcel_id: int, way: timedelta, at: datetime) -> None:
        for seen in self._journey(way, at):
            heappush(self.ahead, (seen.at, next(self.turn), parcel_id, seen))

    def _journey(self, way: timedelta, at: datetime) -> Iterator[Seen]:
        """What the carrier will have told by the end of the way, and how it goes wrong."""
        says = _AT_HOME if self.it.is_at_home else _ABROAD
        hubs = _HUBS if self.it.is_at_home else _HUBS_ABROAD
        first, second = self.random.sample(range(len(hubs)), 2)
        fate = self.random.random()

        def seen(state: Progress, share: float, hub: int = first, later: int = 0) -> Seen:
            moment = at + way * share + timedelta(hours=later)
            return Seen(moment, state, says[state].format(hub=hubs[hub]), hubs[hub], state)

        yield seen(Progress.PICKED_UP, 0.02)
        yield seen(Progress.IN_TRANSIT, 0.12)
        if fate < STALLED_SHARE:
            return
        yield seen(Progress.ARRIVED, 0.6, second)
        yield seen(Progress.OUT_FOR_DELIVERY, 0.9, second)
        if fate < STALLED_SHARE + RETURNED_SHARE:
            yield seen(Progress.FAILED, 1.0, second)
            yield seen(Progress.RETURNING, 1.0, second, later=16)
            return
        if fate < STALLED_SHARE + RETURNED_SHARE + FAILED_SHARE:
            yield seen(Progress.FAILED, 1.0, second)
            yield seen(Progress.DELIVERED, 1.0, second, later=21)
            return
        yield seen(Progress.DELIVERED, 1.0, second)

    def follow(self, at: datetime) -> None:
        """What the carriers have told by now is on record."""
        told = list(self._told_by(at))
        if told:
            tracking.store_events(told, store=self.it.store, source=Source.PROGRAM, at=at)

    def _told_by(self, at: datetime) -> Iterator[tuple[int, Seen]]:
        while self.ahead and self.ahead[0][0] <= at:
            _moment, _turn, parcel_id, seen = heappop(self.ahead)
            yield parcel_id, seen


_AT_HOME = {
    Progress.PICKED_UP: "【{hub}】快件已揽收",
    Progress.IN_TRANSIT: "快件已从【{hub}】发出",
    Progress.ARRIVED: "快件已到达【{hub}】",
    Progress.OUT_FOR_DELIVERY: "快件正在派送途中，请保持电话畅通",
    Progress.FAILED: "派送不成功：电话无人接听，将再次派送",
    Progress.RETURNING: "收件人拒收，快件退回中",
    Progress.DELIVERED: "快件已签收，感谢使用",
}
_ABROAD = {
    Progress.PICKED_UP: "Picked up in {hub}",
    Progress.IN_TRANSIT: "Departed from facility, {hub}",
    Progress.ARRIVED: "Arrived at facility, {hub}",
    Progress.OUT_FOR_DELIVERY: "Out for delivery today",
    Progress.FAILED: "The receiver was not available; a second attempt will be made",
    Progress.RETURNING: "Refused by the receiver, returning to sender",
    Progress.DELIVERED: "Delivered, front door",
}


def waybill_of(carrier: str, number: int) -> str:
    """As this carrier writes them; the same number gives the same one."""
    if carrier == "ups":
        serial = f"999AA{number:010d}"
        return f"1Z{serial}{ups(serial)}"
    if carrier == "usps":
        serial = f"94055{number:016d}"
        return f"{serial}{gs1(serial)}"
    forms = {"sf": "SF16{:011d}", "yto": "YT88{:011d}", "zto": "787{:011d}", "jd": "JDVB{:011d}"}
    return forms[carrier].format(number * 7 + 310)


def _cost(terms: Terms, grams: int) -> Decimal:
    """As its price table asks in the middle zone."""
    first, step = terms.prices[min(1, len(terms.prices) - 1)]
    return Decimal(first) + Decimal(step) * max(0, -(-grams // 1000) - 1)
