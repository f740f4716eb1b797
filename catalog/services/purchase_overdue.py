"""Whoever orders goods is told of each order whose goods have not come on their day (CAT-8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import PurchaseLine, PurchaseOrder
from catalog.services.purchasing import take_back_refused
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsdesk.schedule.models import Slot

OVERDUE = AlertKind(
    code="catalog.purchase_overdue",
    title=_("Ordered goods have not arrived"),
    clause="CAT-8",
    runbook=_(
        "Ask the supplier. Move the expected arrival, with the reason, or close the order short; "
        "the alert closes by itself then, and once the goods are in."
    ),
    evidence={
        "supplier": _("supplier"),
        "warehouse": _("warehouse"),
        "expected_on": _("expected on"),
        "missing": _("pieces missing"),
    },
)


def look_for_overdue(store: Store, *, at: datetime) -> int:
    """One open alert per order whose goods were expected before today; the others are closed.

    Returns how many are overdue. Locks them, so that what comes in meanwhile closes its alert
    after it was raised. Safe to repeat.
    """
    with transaction.atomic():
        overdue = PurchaseOrder.objects.filter(store=store).overdue(at).locked()
        orders = list(overdue.select_related("supplier", "warehouse"))
        alerts.report(OVERDUE, _findings(orders), store_id=store.pk, at=at)
    return len(orders)


def close_alert(order: PurchaseOrder, *, at: datetime) -> None:
    """Nobody is told any more that the order is overdue. The caller holds the order's lock."""
    alerts.close_themselves(
        store_id=order.store_id, check_code=OVERDUE.code, keys=[_key(order)], at=at
    )


def _findings(orders: Sequence[PurchaseOrder]) -> list[alerts.Finding]:
    content_type = ContentType.objects.get_for_model(PurchaseOrder)
    lines = PurchaseLine.objects.on_order().filter(order__in=orders).order_by()
    rest = F("quantity") - F("received")
    missing = dict(lines.values_list("order").annotate(pieces=Sum(rest)))
    return [
        alerts.Finding(
            key=_key(order),
            subject_type_id=content_type.pk,
            subject_id=order.pk,
            subject_label=order.number,
            owner_role=Role.CATALOG_OPERATOR,
            evidence={
                "supplier": order.supplier.name,
                "warehouse": order.warehouse.name,
                "expected_on": order.expected_on.isoformat() if order.expected_on else "",
                "missing": missing.get(order.pk, 0),
            },
        )
        for order in orders
    ]


def _key(order: PurchaseOrder) -> str:
    return str(order.pk)


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    taken_back = take_back_refused()
    stores = Store.objects.active()
    overdue = sum(look_for_overdue(store, at=at) for store in stores)
    return {"overdue": overdue, "taken_back": taken_back}


JOB = Job(
    "catalog.follow_purchase_orders",
    _("Ordered goods that have not arrived"),
    look,
    every=timedelta(minutes=15),
)
