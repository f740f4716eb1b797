"""The warehouse beyond orders: a stock-take, goods under way, another system that disagrees."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from catalog.models import ChannelShare, StockLevel, StockLevelQuerySet
from catalog.services.counting import open_count, record_count
from catalog.services.statements import Stated, compare_statement
from catalog.services.transferring import receive_transfer, send_transfer
from opsdesk.stores.roles import Role

# Pieces that the other system has more (or fewer), SKU by SKU.
_OFF_BY = (0, 2, 0, -3, 0, 1, 0, 0)
_LEAST = 30


def plan_shelves(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    timeline.plan(end - timedelta(hours=50), partial(_send, it, True))
    timeline.plan(end - timedelta(hours=28), partial(_compare, it))
    timeline.plan(end - timedelta(hours=6), partial(_count, it))
    timeline.plan(end - timedelta(hours=4), partial(_send, it, False))


def _stocked(it: Demonstration) -> StockLevelQuerySet:
    main = it.store.warehouses.order_by("priority", "pk").first()
    levels = StockLevel.objects.filter(warehouse=main, available__gte=_LEAST)
    return levels.select_related("sku").order_by("sku__code")


def _send(it: Demonstration, arrives: bool, at: datetime) -> None:
    """To the second warehouse; of what arrives, one piece is missing."""
    level = _stocked(it).last()
    target = it.store.warehouses.order_by("priority", "pk").last()
    if level is None or target is None or target.pk == level.warehouse_id:
        return
    keeper = it.people[Role.WAREHOUSE]
    transfer = send_transfer(
        source_id=level.warehouse_id,
        target_id=target.pk,
        pieces={level.sku_id: 6},
        actor=keeper,
        at=at,
        note="For orders of the south",
    )
    if arrives:
        receive_transfer(
            transfer_id=transfer.pk,
            received={level.sku_id: 5},
            note="One tin was crushed on the way",
            actor=keeper,
            at=at + timedelta(hours=20),
        )


def _compare(it: Demonstration, at: datetime) -> None:
    levels = list(_stocked(it)[: len(_OFF_BY)])
    stated = [
        Stated(number, level.sku.code, level.warehouse_id, level.available + off, is_free=True)
        for number, (level, off) in enumerate(zip(levels, _OFF_BY, strict=False))
    ]
    compare_statement(stated, store=it.store, source="Warehouse system", at=at, now=at)
    channel = it.store.channels.order_by("pk").last()
    ChannelShare.objects.create(channel=channel, percent=60, kept_back=2)


def _count(it: Demonstration, at: datetime) -> None:
    """Half counted; one piece is missing."""
    levels = list(_stocked(it)[:6])
    if not levels:
        return
    keeper = it.people[Role.WAREHOUSE]
    session = open_count(
        warehouse_id=levels[0].warehouse_id,
        name="Weekly count, shelf 1",
        codes=[level.sku.code for level in levels],
        actor=keeper,
        at=at,
    )
    for number, level in enumerate(levels[:3]):
        on_shelf = level.available + level.reserved
        record_count(
            session_id=session.pk,
            sku_code=level.sku.code,
            quantity=on_shelf - 1 if number == 1 else on_shelf,
            actor=keeper,
            at=at + timedelta(minutes=4 * number + 4),
        )
