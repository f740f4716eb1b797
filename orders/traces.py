"""The orders in which a SKU was asked for, on the SKU's page (CAT-1)."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from catalog.traces import SHOWN, Step, Trace
from orders.models import OrderLine


def _steps(request: HttpRequest, sku: Sku) -> list[Step]:
    lines = OrderLine.objects.visible_to(request.user).filter(sku=sku)
    return [
        Step(
            line.order.external_number,
            reverse("admin:orders_order_change", args=[line.order_id]),
            line.quantity,
            line.order.placed_at,
        )
        for line in lines.select_related("order").order_by("-pk")[:SHOWN]
    ]


ORDERED = Trace(_("Ordered"), "orders.view_order", _steps)
