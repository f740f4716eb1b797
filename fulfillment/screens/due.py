"""By when what people work on has to leave, as lists and pages show it (FUL-1, FUL-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from fulfillment.models import Parcel, ParcelOrder, Pick, Wave
from opsdesk import wording
from opsdesk.stores.models import Store
from orders import ship_by
from orders.screens.ship_by import cell, near_of
from orders.ship_by import ShipBy


def here(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Parcels that are here with `ship_by`; without a clock it is when they were begun."""
    return _with_due(parcels).annotate(ship_by=Coalesce("due", F("opened_at")))


def overdue(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Those of them whose ship-by has passed."""
    return _with_due(parcels).filter(due__lte=timezone.now()).annotate(ship_by=F("due"))


def _with_due(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    of_parcel = ParcelOrder.objects.filter(parcel=OuterRef(OuterRef("pk"))).values("order")
    running = ship_by.running().filter(subject_id__in=of_parcel)
    first = running.order_by("due_at").values("due_at")[:1]
    return parcels.filter(state__in=Parcel.HERE).annotate(due=Subquery(first))


def of_wave(request: HttpRequest, wave: Wave) -> SafeString | str:
    """What is left until its first ship-by, and when that is; the moment only, once it is over."""
    store = wave.warehouse.store
    return _cell(request, wave.due_at, store, is_open=wave.state in Wave.OPEN)


def of_parcel(request: HttpRequest, parcel: Any) -> SafeString | str:
    """The first ship-by of its orders; nothing once it has left. Two queries."""
    if parcel.state not in Parcel.HERE:
        return ""
    work_out_parcels(request, [parcel])
    return parcel.ship_by_cell


def work_out_parcels(request: HttpRequest, parcels: Iterable[Any]) -> None:
    """Each knows its `ship_by_cell`. Two queries, however many."""
    orders = {
        parcel.pk: [link.order_id for link in parcel.parcel_orders.all()]
        for parcel in parcels
        if parcel.state in Parcel.HERE
    }
    found = ship_by.of_orders({order for ids in orders.values() for order in ids})
    near = near_of(request)
    for parcel in parcels:
        of_it = (found[order] for order in orders.get(parcel.pk, ()) if order in found)
        soon = near.get(parcel.store_id, timedelta(0))
        parcel.ship_by_cell = cell(ship_by.first_among(of_it), parcel.store, soon, _now())


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
