"""What the orders chapter looks for by itself."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.inspection.checks import Check, Seen
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import Order

SHORTAGE = AlertKind(
    code="orders.shortage",
    title=_("Waiting orders need more stock"),
    clause="INS-3",
    runbook=_(
        "Order the missing pieces or move them from another warehouse; once they are received the "
        "orders are served by themselves, the oldest first."
    ),
    evidence={
        "wanted": _("pieces wanted"),
        "available": _("pieces available"),
        "orders": _("orders"),
    },
    acts_on=ListPlace("admin:catalog_stocklevel_changelist", "catalog.view_stocklevel", "sku"),
)
UNKNOWN_SKU = AlertKind(
    code="orders.unknown_sku",
    title=_("Orders with an unknown SKU code"),
    clause="CAT-1",
    runbook=_("Create the SKU with exactly this code; the orders can then be reserved."),
    evidence={"orders": _("orders")},
)

# Per SKU: pieces that waiting orders want, what is available, and the money that waits.
_SHORT = """
SELECT l.sku_id, k.code, sum(l.quantity) AS wanted, count(DISTINCT o.id) AS orders,
       sum(l.amount) AS money,
       COALESCE((SELECT sum(s.available) FROM catalog_stocklevel s WHERE s.sku_id = l.sku_id), 0)
FROM orders_order o
JOIN orders_orderline l ON l.order_id = o.id
JOIN catalog_sku k ON k.id = l.sku_id
WHERE o.fulfilment_state = 'waiting' AND o.store_id = %s
GROUP BY l.sku_id, k.code
HAVING sum(l.quantity) >
       COALESCE((SELECT sum(s.available) FROM catalog_stocklevel s WHERE s.sku_id = l.sku_id), 0)
"""

_UNKNOWN = """
SELECT l.sku_code, count(DISTINCT o.id), sum(l.amount)
FROM orders_order o
JOIN orders_orderline l ON l.order_id = o.id
WHERE o.fulfilment_state = 'waiting' AND o.store_id = %s AND l.sku_id IS NULL
GROUP BY l.sku_code
"""


def look_for_shortages(store: Store, *, at: datetime) -> int:
    """One alert per SKU that waiting orders lack; it closes itself when they are covered.

    Returns how many SKUs are short. Three statements, whatever the number of orders.
    """
    content_type = ContentType.objects.get_for_model(Sku)
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, [store.pk])
        findings = [
            alerts.Finding(
                key=code,
                subject_type_id=content_type.pk,
                subject_id=sku_id,
                subject_label=code,
                owner_role=Role.CATALOG_OPERATOR,
                evidence={
                    "wanted": int(wanted),
                    "available": int(available),
                    "orders": orders,
                },
                money_at_risk=money,
            )
            for sku_id, code, wanted, orders, money, available in cursor.fetchall()
        ]
    alerts.report(SHORTAGE, findings, store_id=store.pk, at=at)
    return len(findings)


def look_for_unknown_skus(store: Store, *, at: datetime) -> int:
    """One alert per SKU code that waiting orders name and the catalog lacks."""
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [store.pk])
        findings = [
            alerts.Finding(
                key=code,
                subject_label=code,
                owner_role=Role.CATALOG_OPERATOR,
                evidence={"orders": orders},
                money_at_risk=money,
            )
            for code, orders, money in cursor.fetchall()
        ]
    alerts.report(UNKNOWN_SKU, findings, store_id=store.pk, at=at)
    return len(findings)


def _covered(store: Store, at: datetime) -> Seen:
    unknown = look_for_unknown_skus(store, at=at)
    short = look_for_shortages(store, at=at)
    waiting = Order.objects.filter(store=store, fulfilment_state=Order.Fulfilment.WAITING)
    return Seen(figures={"waiting": waiting.count(), "short": short, "unknown": unknown})


COVERED = Check(
    code="INS-3.covered",
    title=_("Every open order is covered by stock"),
    looks_at=_("The goods that waiting orders want against what is available in all warehouses."),
    steps=(
        _("Open the finding: it names the SKU, the pieces wanted and those available."),
        _("Order the missing pieces from the supplier, or move them from another warehouse."),
        _("Where none will come in time, tell the customers: change, wait or cancel."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    kinds=(SHORTAGE, UNKNOWN_SKU),
    look=_covered,
    figures={
        "waiting": _("orders that wait for stock"),
        "short": _("SKUs short"),
        "unknown": _("unknown SKU codes"),
    },
)
CHECKS = (COVERED,)


def look(*, at: datetime) -> dict[str, int]:
    """All of the chapter's live checks, over every active store."""
    stores = list(Store.objects.active())
    return {
        "short": sum(look_for_shortages(store, at=at) for store in stores),
        "unknown": sum(look_for_unknown_skus(store, at=at) for store in stores),
    }
