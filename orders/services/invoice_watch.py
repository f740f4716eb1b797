"""A refund after the invoice: whoever issues them is told that a red one is due (ORD-8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import Invoice, Order

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

RED_DUE = AlertKind(
    code="orders.red_invoice_due",
    title=_("Refunded after the invoice: a red one is due"),
    clause="ORD-8",
    runbook=_(
        "Void an invoice of the order; its red one is made by that. Then ask for an invoice on "
        "what is left. The alert closes once no more is invoiced than was paid and kept."
    ),
    evidence={"invoiced": _("invoiced"), "kept": _("paid less refunds")},
)


def too_much_invoiced() -> QuerySet[Order]:
    """Orders with more on valid invoices (`invoiced`) than they were paid less refunds."""
    valid = Q(invoices__state__in=Invoice.VALID, invoices__original=None)
    return (
        Order.objects.filter(valid)
        .annotate(invoiced=Sum("invoices__gross"), kept=F("paid_amount") - F("refunded_amount"))
        .filter(invoiced__gt=F("kept"))
        .order_by("pk")
    )


def look_for_refunded(store: Store, *, at: datetime) -> int:
    """One open alert per order of the store that has too much invoiced. Returns how many.

    Safe to repeat.
    """
    found = [_finding(order) for order in too_much_invoiced().filter(store=store)]
    alerts.report(RED_DUE, found, store_id=store.pk, at=at)
    return len(found)


def look_at(order: Order, *, at: datetime) -> None:
    """The order's alert closes by itself if it is settled now. The caller holds its lock."""
    if not too_much_invoiced().filter(pk=order.pk).exists():
        alerts.close_themselves(
            store_id=order.store_id, check_code=RED_DUE.code, keys=[str(order.pk)], at=at
        )


def _finding(order: Any) -> alerts.Finding:
    invoiced: Decimal = order.invoiced
    return alerts.Finding(
        key=str(order.pk),
        subject_type_id=ContentType.objects.get_for_model(Order).pk,
        subject_id=order.pk,
        subject_label=order.external_number,
        owner_role=Role.FINANCE,
        evidence={"invoiced": f"{invoiced:.2f}", "kept": f"{order.kept:.2f}"},
        money_at_risk=invoiced - order.kept,
    )


def _look(_slot: Slot, at: datetime) -> dict[str, Any]:
    stores = Store.objects.active()
    return {"red_due": sum(look_for_refunded(store, at=at) for store in stores)}


JOB = Job(
    "orders.watch_invoices",
    _("Refunds after the invoice"),
    _look,
    every=timedelta(minutes=15),
)
