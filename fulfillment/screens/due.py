"""By when what people work on has to leave, as lists and pages show it (FUL-1, FUL-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from fulfillment.models import Parcel, Pick, Wave
from opsdesk import wording
from opsdesk.stores.models import Store
from orders import ship_by
from orders.screens.ship_by import cell, near_of
from orders.ship_by import ShipBy


def of_wave(request: HttpRequest, wave: Wave) -> SafeString | str:
    """What is left until its first ship-by, and when that is; the moment only, once it is over."""
    store = wave.warehouse.store
    return _cell(request, wave.due_at, store, is_open=wave.state in Wave.OPEN)


def of_parcel(request: HttpRequest, parcel: Parcel) -> SafeString | str:
    """The first ship-by of its orders; nothing once it has left. Two queries."""
    if parcel.state not in Parcel.HERE:
        return ""
    orders = [link.order_id for link in parcel.parcel_orders.all()]
    first = ship_by.first_running(orders)
    return cell(first, parcel.store, near_of(request).get(parcel.store_id, timedelta(0)), _now())


def work_out_waves(request: HttpRequest, waves: Iterable[Any]) -> None:
    """Each knows its `ship_by_cell`."""
    for wave in waves:
        wave.ship_by_cell = of_wave(request, wave)


def work_out_picks(request: HttpRequest, picks: Iterable[Any]) -> None:
    """Each knows its `ship_by_cell`: the wave's, while it is to be picked."""
    for pick in picks:
        wave: Wave = pick.wave
        is_open = pick.state in Pick.OPEN
        pick.ship_by_cell = _cell(request, wave.due_at, wave.warehouse.store, is_open=is_open)


def _cell(
    request: HttpRequest, due_at: datetime | None, store: Store, *, is_open: bool
) -> SafeString | str:
    if due_at is None:
        return "–"
    if not is_open:
        return wording.moment(due_at, store.zone)
    soon = near_of(request).get(store.pk, timedelta(0))
    return cell(ShipBy(due_at), store, soon, _now())


def _now() -> datetime:
    return timezone.now()
