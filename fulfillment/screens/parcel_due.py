"""By when parcels that are here have to leave: by the first ship-by of their orders (FUL-2)."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from fulfillment.models import Parcel, ParcelOrder
from opsdesk import keyset
from opsdesk.deadlines.models import Deadline
from orders import ship_by
from orders.screens.ship_by import cell, near_of

FIRST_DUE = keyset.Sorting("ship_by", descending=False, kind=models.DateTimeField())


def here(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Parcels that are here with `ship_by`; without a clock it is when they were begun."""
    return _with_due(parcels).annotate(ship_by=Coalesce("due", F("opened_at")))


def overdue(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Those of them whose ship-by has passed."""
    return _with_due(parcels).filter(due__lte=timezone.now()).annotate(ship_by=F("due"))


def _with_due(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    of_parcel = ParcelOrder.objects.filter(parcel=OuterRef(OuterRef("pk"))).values("order")
    running = ship_by.clocks().filter(state=Deadline.State.RUNNING, subject_id__in=of_parcel)
    first = running.order_by("due_at").values("due_at")[:1]
    return parcels.filter(state__in=Parcel.HERE).annotate(due=Subquery(first))


def work_out(request: HttpRequest, parcels: list[Parcel]) -> None:
    """Each of the parcels knows its `ship_by_cell`. Two queries, however many."""
    standing = [parcel for parcel in parcels if parcel.state in Parcel.HERE]
    orders = {p.pk: [link.order_id for link in p.parcel_orders.all()] for p in standing}
    found = ship_by.of_orders({order for ids in orders.values() for order in ids})
    at, near = timezone.now(), near_of(request)
    for parcel in parcels:
        due = [found[order] for order in orders.get(parcel.pk, ()) if order in found]
        # What is paused waits for somebody else: the one that runs is what the parcel is late for.
        first = min(due, key=lambda each: (each.is_paused, each.due_at), default=None)
        soon = near.get(parcel.store_id, timedelta(0))
        parcel.ship_by_cell = cell(first, parcel.store, soon, at)
