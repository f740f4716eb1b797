"""How a parcel stands, as the packing station shows it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from catalog.models import ProductPicture, Sku
from fulfillment.models import Parcel
from fulfillment.packing_hints import hints_of
from fulfillment.services import offers, packing
from opsdesk import wording
from orders import ship_by

if TYPE_CHECKING:
    from collections.abc import Iterable

ITEMS, WEIGH, LABEL, DONE = "items", "weigh", "label", "done"
MOST_OFFERS = 3


def step_of(parcel: Parcel, *, is_whole: bool) -> str:
    """What the station does next with it."""
    if parcel.state == Parcel.State.OPEN:
        return WEIGH if is_whole else ITEMS
    return DONE if parcel.waybill else LABEL


def shown(parcel: Parcel) -> dict[str, Any]:
    """The parcel with its progress, item by item. Nobody's name, phone or address is in it."""
    orders = list(parcel.parcel_orders.select_related("order").order_by("order_id"))
    ids = [link.order_id for link in orders]
    left: Counter[int] = Counter()
    if parcel.state == Parcel.State.OPEN:
        for (_line, sku), pieces in packing.owed(ids, parcel.warehouse_id).items():
            left[sku] += pieces
    inside: Counter[int] = Counter()
    for sku, pieces in parcel.items.values_list("sku_id", "quantity"):
        inside[sku] += pieces
    lines = _lines(left, inside)
    step = step_of(parcel, is_whole=not left and bool(inside))
    return {
        "id": parcel.pk,
        "number": parcel.number,
        "step": step,
        "orders": [link.order.external_number for link in orders],
        "lines": lines,
        "pieces": sum(inside.values()),
        "wanted": sum(inside.values()) + sum(left.values()),
        "weight_grams": parcel.weight_grams,
        "waybill": parcel.waybill,
        "label": _label(parcel) if parcel.waybill else "",
        "hints": _hints(parcel, ids, step, left + inside, is_empty=not inside),
        "ship_by": _ship_by(parcel, ids),
        "offers": _offers(parcel) if parcel.packed_at and not parcel.waybill else [],
    }


def _hints(
    parcel: Parcel, order_ids: list[int], step: str, wanted: Counter[int], *, is_empty: bool
) -> list[str] | None:
    """When packing begins and before the scale; None: those that were shown stay."""
    if step not in (ITEMS, WEIGH):
        return []
    return hints_of(parcel, order_ids, wanted) if is_empty or step == WEIGH else None


def _ship_by(parcel: Parcel, order_ids: list[int]) -> dict[str, Any] | None:
    """By when it leaves, in words; None where no clock says so, or it has left."""
    first = ship_by.first_running(order_ids) if parcel.state in Parcel.HERE else None
    if first is None:
        return None
    at = timezone.now()
    return {
        "words": first.words(at),
        "moment": wording.moment(first.due_at),
        "is_over": first.tone(at, timedelta(0)) == "danger",
    }


def _offers(parcel: Parcel) -> list[dict[str, Any]]:
    """Who may carry it, the best first, each with what it costs and why."""
    recommended = offers.for_parcel(parcel.pk, at=timezone.now())
    return [
        {
            "service": offer.price.service.pk,
            "name": str(offer.price.service),
            "cost": wording.money(offer.price.cost, offer.price.table.currency),
            "reasons": [str(reason) for reason in offer.reasons],
        }
        for offer in recommended.offers[:MOST_OFFERS]
    ]


def _label(parcel: Parcel) -> str:
    return reverse("admin:fulfillment_parcel_label", args=[parcel.pk])


def _lines(left: Counter[int], inside: Counter[int]) -> list[dict[str, Any]]:
    skus = Sku.objects.filter(pk__in={*left, *inside}).select_related("product").order_by("code")
    pictures = _pictures(sku.product_id for sku in skus)
    return [
        {
            "code": sku.code,
            "barcode": sku.barcode,
            "name": str(sku.product),
            "spec": sku.spec,
            "picture": pictures.get(sku.product_id, ""),
            "packed": inside[sku.pk],
            "wanted": inside[sku.pk] + left[sku.pk],
        }
        for sku in skus
    ]


def _pictures(product_ids: Iterable[int]) -> dict[int, str]:
    """The first picture of each product."""
    rows = ProductPicture.objects.filter(product__in=set(product_ids))
    first = rows.order_by("product_id", "place").distinct("product_id")
    return {
        product: reverse("admin:catalog_productpicture_image", args=[pk]) + "?size=small"
        for product, pk in first.values_list("product_id", "pk")
    }
