"""Waves are planned: orders grouped by rule, their pieces found in bins, walks laid out (FUL-1).

Who plans a warehouse holds its name (`db.lock_name`) first, then locks orders by id; picks, bins
and stock come after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.models import Bin, Pick, PickLine, Wave, WaveOrder, WaveRule
from fulfillment.services import likely_services
from fulfillment.services.allocating import FreeStock
from fulfillment.services.drafting import (
    MOST_ORDERS,
    Capacity,
    Draft,
    Want,
    draft,
    groups_of,
    stock_for,
    to_pick,
)
from fulfillment.services.walking import NOWHERE, place_in_walk
from opsdesk.db import lock_name, retrying
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User

PLAN = "fulfillment.plan_wave"
BATCH = 2_000

WAVE_ORDERS = Setting(
    key="fulfillment.wave_orders",
    clause="FUL-1",
    title=_("Orders of a wave where no rule says so"),
    default=Decimal(50),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(5_000),
)
WAVE_PIECES = Setting(
    key="fulfillment.wave_pieces",
    clause="FUL-1",
    title=_("Pieces of a wave where no rule says so"),
    default=Decimal(300),
    unit=Unit.PIECES,
    minimum=Decimal(1),
    maximum=Decimal(100_000),
)


@dataclass(frozen=True)
class Stop:
    """Pieces for one order's line, from one bin or from none."""

    want: Want
    bin: Bin | None
    pieces: int


def preview_waves(*, warehouse_id: int, at: datetime) -> tuple[list[Draft], int]:
    """The waves that would be planned now, and how many orders would stay without one.

    Nothing is written, nothing locked.
    """
    warehouse = Warehouse.objects.select_related("store").get(pk=warehouse_id)
    rows = list(to_pick(warehouse).values("pk", "channel_id", "ship_by")[:MOST_ORDERS])
    drafts, _stock = _drafted(warehouse, rows, _rules(warehouse, None), at)
    return drafts, len(rows) - sum(len(one.orders) for one in drafts)


def plan_waves(
    *,
    warehouse_id: int,
    actor: User | None,
    at: datetime,
    rule_ids: Sequence[int] | None = None,
    cut_off: datetime | None = None,
) -> list[Wave]:
    """Every order that can be picked here and fits a rule is in a wave; returns the new ones.

    Orders that are held, in a wave or in a parcel stay where they are: a second run plans nothing.
    `rule_ids` are the rules to plan by, else all that are active. Raises NotAllowed. Locks the
    warehouse's name, then the orders.
    """
    warehouse = Warehouse.objects.select_related("store").get(pk=warehouse_id)
    require_right(PLAN, warehouse, actor)
    return retrying(partial(_plan, warehouse, rule_ids, cut_off, actor=actor, at=at))


@transaction.atomic
def _plan(
    warehouse: Warehouse,
    rule_ids: Sequence[int] | None,
    cut_off: datetime | None,
    *,
    actor: User | None,
    at: datetime,
) -> list[Wave]:
    hold_plan(warehouse.pk)
    rules = _rules(warehouse, rule_ids)
    if rule_ids is not None and not rules:
        return []
    ids = list(to_pick(warehouse).values_list("pk", flat=True)[:MOST_ORDERS])
    locked = Order.objects.filter(pk__in=ids).to_ship().locked()
    ready = list(locked.values_list("pk", flat=True))
    rows = list(to_pick(warehouse).filter(pk__in=ready).values("pk", "channel_id", "ship_by"))
    drafts, stock = _drafted(warehouse, rows, rules, at)
    waves = _write(warehouse, drafts, stock, cut_off, actor=actor, at=at)
    lifecycle.touch_orders([order for one in drafts for order in one.orders])
    return waves


def hold_plan(warehouse_id: int) -> None:
    """Until the end of the transaction nobody else counts on pieces in the warehouse's bins."""
    lock_name(f"fulfillment.waves:{warehouse_id}")


def _rules(warehouse: Warehouse, rule_ids: Sequence[int] | None) -> list[WaveRule]:
    rules = WaveRule.objects.active().filter(warehouse=warehouse)
    return list(rules if rule_ids is None else rules.filter(pk__in=rule_ids))


def _drafted(
    warehouse: Warehouse, rows: list[dict], rules: list[WaveRule], at: datetime
) -> tuple[list[Draft], FreeStock]:
    numbers = procedure.numbers_of(
        [WAVE_ORDERS.key, WAVE_PIECES.key], store=warehouse.store, channel=None, at=at
    )
    capacity = Capacity(int(numbers[WAVE_ORDERS.key].value), int(numbers[WAVE_PIECES.key].value))
    groups = groups_of(warehouse, rows)
    if any(rule.service_id for rule in rules):
        likely_services.foresee(warehouse, groups, at=at)
    stock = stock_for(warehouse, groups)
    return draft(groups, rules, capacity, stock), stock


def _write(
    warehouse: Warehouse,
    drafts: Sequence[Draft],
    stock: FreeStock,
    cut_off: datetime | None,
    *,
    actor: User | None,
    at: datetime,
) -> list[Wave]:
    waves = Wave.objects.bulk_create(
        Wave(
            warehouse=warehouse,
            rule=one.rule,
            carrier_id=one.rule.carrier_id if one.rule else None,
            cut_off=cut_off,
            due_at=one.due_at,
            order_count=len(one.orders),
            piece_count=one.pieces,
            planned_at=at,
            planned_by=actor,
        )
        for one in drafts
    )
    members = WaveOrder.objects.bulk_create(
        (
            WaveOrder(wave=wave, order_id=order, warehouse=warehouse, slot=slot)
            for wave, one in zip(waves, drafts, strict=True)
            for slot, order in enumerate(one.orders, start=1)
        ),
        batch_size=BATCH,
    )
    of_wave: dict[int, dict[int, WaveOrder]] = defaultdict(dict)
    for member in members:
        of_wave[member.wave_id][member.order_id] = member
    _write_picks(_stops_of(waves, drafts, stock), of_wave)
    return waves


def _stops_of(
    waves: Sequence[Wave], drafts: Sequence[Draft], stock: FreeStock
) -> list[tuple[Wave, list[Stop]]]:
    """Each wave with its stops. Waves that are bound to a zone choose first."""
    pairs = sorted(
        zip(waves, drafts, strict=True),
        key=lambda pair: pair[1].rule is None or pair[1].rule.zone_id is None,
    )
    found = {wave.pk: _stops(one, stock) for wave, one in pairs}
    return [(wave, found[wave.pk]) for wave in waves]


def _stops(one: Draft, stock: FreeStock) -> list[Stop]:
    """All pieces of a SKU are taken together, so that a wave comes by as few bins as it can."""
    zone_id = one.rule.zone_id if one.rule else None
    wants: dict[int, list[Want]] = defaultdict(list)
    for group in one.groups:
        for want in group.wants:
            wants[want.sku_id].append(want)
    stops = []
    for sku_id, mine in wants.items():
        taken = stock.take(sku_id, sum(want.pieces for want in mine), zone_id)
        stops += deal(mine, taken)
    return stops


def deal(wants: Iterable[Want], taken: Iterable[tuple[Bin | None, int]]) -> list[Stop]:
    """What was taken is dealt out to those who want it, one after the other."""
    stops = []
    sources = iter(taken)
    place, there = next(sources)
    for want in wants:
        missing = want.pieces
        while missing:
            if not there:
                place, there = next(sources)
            part = min(missing, there)
            stops.append(Stop(want, place, part))
            missing, there = missing - part, there - part
    return stops


def _write_picks(
    waves: Sequence[tuple[Wave, list[Stop]]], of_wave: dict[int, dict[int, WaveOrder]]
) -> None:
    walks = [
        (wave, zone_id, stops) for wave, all_ in waves for zone_id, stops in _walks(wave, all_)
    ]
    picks = Pick.objects.bulk_create(Pick(wave=wave, zone_id=zone) for wave, zone, _stops in walks)
    lines = [
        PickLine(
            pick=pick,
            wave_order=of_wave[wave.pk][stop.want.order_id],
            line_id=stop.want.line_id,
            sku_id=stop.want.sku_id,
            bin=stop.bin,
            wanted=stop.pieces,
            position=position,
        )
        for pick, (wave, _zone, stops) in zip(picks, walks, strict=True)
        for position, stop in in_walking_order(stops, of_wave[wave.pk])
    ]
    PickLine.objects.bulk_create(lines, batch_size=BATCH)


def _walks(wave: Wave, stops: list[Stop]) -> list[tuple[int | None, list[Stop]]]:
    """(zone, stops) of each walk: one for all zones, or one for each as the rule says."""
    if wave.rule is None or not wave.rule.splits_by_zone:
        return [(None, stops)]
    zones: dict[int | None, list[Stop]] = defaultdict(list)
    for stop in stops:
        zones[stop.bin.zone_id if stop.bin else None].append(stop)
    return sorted(zones.items(), key=lambda item: (item[0] is None, item[0] or 0))


def in_walking_order(
    stops: Iterable[Stop], members: dict[int, WaveOrder]
) -> list[tuple[int, Stop]]:
    """(position, stop): the same bin and SKU share a position, totes in their order."""

    def key(stop: Stop) -> tuple:
        place = place_in_walk(stop.bin) if stop.bin else NOWHERE
        return (place, stop.want.sku_id, members[stop.want.order_id].slot, stop.want.line_id)

    placed: list[tuple[int, Stop]] = []
    last, position = None, 0
    for stop in sorted(stops, key=key):
        here = (stop.bin.pk if stop.bin else None, stop.want.sku_id)
        position += here != last
        last = here
        placed.append((position, stop))
    return placed
