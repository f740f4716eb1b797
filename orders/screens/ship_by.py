"""The ship-by as lists and pages show it, and the selections by it (FUL-2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, wording
from opsdesk.deadlines.models import Deadline
from opsdesk.lists import Tab
from opsdesk.people import stores_of
from opsdesk.stores.models import Store
from orders import ship_by
from orders.models import Order
from orders.ship_by import ShipBy

FIRST_DUE = keyset.Sorting("ship_by", descending=False, kind=models.DateTimeField())
CSS = {"danger": "od-danger od-strong", "warning": "od-warning od-strong"}

# A store, now, and how long before it a ship-by is near → after and until when it is due.
Window = Callable[[Store, datetime, timedelta], tuple[datetime | None, datetime]]


def _passed(_store: Store, at: datetime, _soon: timedelta) -> tuple[datetime | None, datetime]:
    return None, at


def _near(_store: Store, at: datetime, soon: timedelta) -> tuple[datetime | None, datetime]:
    return at, at + soon


def _today(store: Store, at: datetime, _soon: timedelta) -> tuple[datetime | None, datetime]:
    """What is left of the store's own day."""
    tomorrow = store.business_date(at) + timedelta(days=1)
    return at, store.midnight(tomorrow)


WINDOWS: dict[str, tuple[str | Promise, Window]] = {
    "overdue": (_("Ship-by passed"), _passed),
    "near": (_("Ship-by near"), _near),
    "today": (_("Ship today"), _today),
}


def near_of(request: HttpRequest) -> Mapping[int, timedelta]:
    """Store id → how long before it a ship-by is near, in their stores. One query per request."""
    if not hasattr(request, "_ship_by_near"):
        request._ship_by_near = ship_by.near(stores_of(request), timezone.now())
    return request._ship_by_near


def tabs(request: HttpRequest) -> list[Tab]:
    """Of a list of orders, first due first."""
    return [
        Tab(
            f"ship-{code}",
            title,
            partial(_narrowed, request, window),
            sorting=FIRST_DUE,
            to_count=partial(_clocks_of, request, window),
        )
        for code, (title, window) in WINDOWS.items()
    ]


def _narrowed(request: HttpRequest, window: Window, orders: QuerySet[Order]) -> QuerySet[Order]:
    due = _due(window, stores_of(request), near_of(request), timezone.now())
    return ship_by.with_ship_by(orders.filter(pk__in=due.values("subject_id")))


def _clocks_of(request: HttpRequest, window: Window, orders: QuerySet[Order]) -> QuerySet[Deadline]:
    """One clock due then for each of the orders that has any: read until enough are counted.

    The order is looked up clock by clock. Joined, all that are due would be read first, or all
    orders there ever were. An order has no two open clocks of one rule.
    """
    due = _due(window, stores_of(request), near_of(request), timezone.now())
    order = orders.order_by().filter(pk=OuterRef("subject_id")).values("pk")[:1]
    found = due.alias(order=Subquery(order)).exclude(order=None)
    return found if len(ship_by.codes()) == 1 else found.distinct("subject_id")


def _due(
    window: Window, stores: list[Store], near: Mapping[int, timedelta], at: datetime
) -> QuerySet[Deadline]:
    """The clocks due then, by each store's own day and number; stores that agree in one range."""
    agreeing: dict[tuple[datetime | None, datetime], list[int]] = {}
    for store in stores:
        agreeing.setdefault(window(store, at, near[store.pk]), []).append(store.pk)
    chosen = Q(pk__in=[])
    for (since, until), ids in agreeing.items():
        due = Q(store__in=ids, due_at__lte=until)
        chosen |= due if since is None else due & Q(due_at__gt=since)
    return ship_by.running().filter(chosen)


def cell(shown: ShipBy | None, store: Store, soon: timedelta, at: datetime) -> SafeString | str:
    """What is left, and below it the moment as the store keeps time."""
    if shown is None:
        return "–"
    return format_html(
        '<span class="{}">{}</span><div class="od-dim">{}</div>',
        CSS.get(shown.tone(at, soon), ""),
        shown.words(at),
        wording.moment(shown.due_at, store.zone),
    )


def work_out(request: HttpRequest, orders: list[Order]) -> None:
    """Each of the orders knows its `ship_by_cell`. Two queries, however many."""
    found, at = ship_by.of_orders(order.pk for order in orders), timezone.now()
    near = near_of(request)
    for order in orders:
        soon = near.get(order.store_id, timedelta(0))
        order.ship_by_cell = cell(found.get(order.pk), order.store, soon, at)
