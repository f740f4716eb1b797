"""What is open right now, whatever the hour: late, nearly late, short of stock, unpaid."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from analytics.demo.catalogue import Article
from analytics.demo.opening import Demonstration
from analytics.demo.shopping import Shop
from analytics.demo.timeline import Timeline
from analytics.demo.week import Fate, Week
from catalog.models import StockLevel, StockMovement, StockState
from catalog.services.stock import Move, move_stock, receive_stock
from opsdesk.stores.roles import Role
from orders import checks
from orders.services import reservation

SOON = timedelta(minutes=1)
DAYS = timedelta(days=3)
UNKNOWN = Article("OUT-YUANXING-35L-OLIVE-061", "远行徒步背包 35 L Trekking backpack", Decimal(369))

# Minutes ago; what is the matter with the order.
PAID_AND_NOT_LOOKED_AT = (4, 9, 14, 21, 27, 41, 66, 118)
# The last two were to leave the day before at the latest.
PACKED_TOO_LATE = (1210, 1335, 1398, 1432, 1475, 1590, 1720, 2005, 2935, 4020)
NOT_PAID = (6, 18, 47, 210, 660, 1205, 1390)
SHORT_OF_STOCK = (2, 5, 8, 19, 34, 76, 160, 330, 610, 905)
OF_UNKNOWN_SKU = (35, 150)
LATE_ABROAD = (11, 24, 52, 95)

SHORTAGES = 3  # SKUs that a count found missing, and one more that has been replenished since
_SHORT_RANKS = (7, 11, 18, 26)  # popular ones, but not the very first


def plan_open_work(week: Week, *, end: datetime) -> None:
    """Orders whose clocks stand where every kind of work is on somebody's desk at `end`."""
    if not week.it.is_at_home:
        (shop,) = week.it.shops.values()
        for minutes in LATE_ABROAD:
            _order(week, shop, end, minutes, looked_at_after=DAYS)
        return
    tmall, own = week.it.shops["tmall"], week.it.shops["own"]
    short = [week.it.articles[rank] for rank in _SHORT_RANKS[:SHORTAGES]]
    for minutes in PAID_AND_NOT_LOOKED_AT:
        _order(week, tmall, end, minutes, looked_at_after=DAYS)
    for minutes in PACKED_TOO_LATE:
        _order(week, tmall, end, minutes, packed_after=DAYS)
    for number, minutes in enumerate(NOT_PAID):
        _order(week, (tmall, own)[number % 2], end, minutes, pays_after=None)
    for number, minutes in enumerate(SHORT_OF_STOCK):
        _order(week, tmall, end, minutes, article=short[number % SHORTAGES])
    for minutes in OF_UNKNOWN_SKU:
        _order(week, own, end, minutes, article=UNKNOWN)


def _order(
    week: Week,
    shop: Shop,
    end: datetime,
    minutes: int,
    *,
    article: Article | None = None,
    pays_after: timedelta | None = timedelta(seconds=15),
    looked_at_after: timedelta = timedelta(minutes=6),
    packed_after: timedelta = timedelta(minutes=25),
) -> None:
    draft = shop.draft(end - timedelta(minutes=minutes), article=article)
    fate = Fate(pays_after, looked_at_after, packed_after, on_the_way=DAYS)
    week.arrives(shop, draft, fate)


class Stockroom:
    """Goods that arrive, are counted and come back during the week."""

    def __init__(self, it: Demonstration, timeline: Timeline) -> None:
        self.it = it
        self.timeline = timeline
        self.keeper = it.people[Role.WAREHOUSE]

    def plan(self, *, start: datetime, end: datetime) -> None:
        skus = dict(self.it.store.skus.values_list("code", "pk"))
        short = [skus[self.it.articles[rank].code] for rank in _SHORT_RANKS]
        self.timeline.plan(end - timedelta(hours=30), partial(self._count_missing, short))
        replenished = short[SHORTAGES]
        self.timeline.plan(end - timedelta(hours=16), partial(self._arrive, replenished, 60))
        self.timeline.plan(end - timedelta(hours=20), self._take_back)
        steady = [skus[article.code] for article in self.it.articles[30:60:3]]
        for number, sku_id in enumerate(steady):
            moment = start + (end - start) * (number + 1) / (len(steady) + 1)
            self.timeline.plan(moment, partial(self._arrive, sku_id, 24))

    def _arrive(self, sku_id: int, quantity: int, at: datetime) -> None:
        receive_stock(
            sku_id=sku_id,
            warehouse_id=self.it.store.warehouses.get(code="main").pk,
            quantity=quantity,
            actor=self.keeper,
            at=at,
            note="Delivery from the supplier",
        )
        reservation.reserve_waiting_orders(at=at, store_id=self.it.store.pk)
        checks.look(at=at)

    def _count_missing(self, sku_ids: list[int], at: datetime) -> None:
        """A count finds shelves empty: what the system held for available is written down."""
        levels = StockLevel.objects.of_skus(sku_ids).filter(available__gt=0).order_by("pk")
        move_stock(
            [
                Move(
                    level.sku_id,
                    level.warehouse_id,
                    StockMovement.Kind.COUNT,
                    level.available,
                    note="Water damage found at the weekly count",
                    states=(StockState.AVAILABLE, ""),
                )
                for level in levels
            ],
            actor=self.keeper,
            at=at,
        )

    def _take_back(self, at: datetime) -> None:
        """Three pieces that were sold come back: one is good, one broken, one under way."""
        level = (
            StockLevel.objects.filter(sku__store=self.it.store, sold__gte=3).order_by("pk").first()
        )
        if level is None:
            return
        place = (level.sku_id, level.warehouse_id)
        kinds = StockMovement.Kind
        moves = [
            Move(*place, kinds.RETURN, 3, note="Returned by buyers"),
            Move(*place, kinds.ACCEPT, 1),
            Move(*place, kinds.REJECT, 1, note="Broken on the way back"),
        ]
        move_stock(moves, actor=self.keeper, at=at)
