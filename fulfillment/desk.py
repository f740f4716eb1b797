"""What the fulfilment chapter brings to order pages and to the command search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from unfold.dataclasses import SearchResult

from fulfillment import starts
from fulfillment.models import Parcel, ParcelOrder
from fulfillment.services import claims
from fulfillment.services.claims import Stage
from fulfillment.tones import tone
from fulfillment.waybills import folded
from opsdesk import command
from opsdesk.lists import pill
from orders import extras

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.models import Order

VIEW = "fulfillment.view_parcel"
SEE_INSURANCE = "fulfillment.view_freightinsurance"
CLAIM_TONES = {Stage.NONE: "", Stage.OPEN: "warning", Stage.SETTLED: "good"}
MOST_FOUND = 1_000


def parcels_of(order: Order, user: User) -> dict[str, Any] | None:
    """The order's parcels that this person may see, the first one first."""
    if not user.has_perm(VIEW, order):
        return None
    parcels = Parcel.objects.visible_to(user).filter(parcel_orders__order=order)
    rows = parcels.select_related("carrier", "service", "replaces", "progress").order_by("pk")
    shown = [(parcel, tone(parcel.state)) for parcel in rows]
    return {"parcels": shown} if shown else None


def insurance_of(order: Order, user: User) -> dict[str, Any] | None:
    """What the order's freight insurance covers and what is claimed of it (FUL-8)."""
    if not user.has_perm(SEE_INSURANCE, order):
        return None
    claim = claims.claim_of(order)
    if claim is None:
        return None
    sees_cases = user.has_perm("fulfillment.view_parcelcase", order)
    return {
        "insurance": claim.insurance,
        "premium": claim.premium,
        "claimed": claim.claimed,
        "insured": claim.insured,
        "beyond": claim.beyond,
        "cases": claim.seen_by(user) if sees_cases else [],
        "standing": pill(claim.stage.label, CLAIM_TONES[claim.stage]),
        "currency": order.store.currency,
        "number": order.external_number,
    }


def orders_with_waybill(words: str) -> QuerySet:
    """Ids of orders with a parcel whose waybill begins like this."""
    parcels = Parcel.objects.standing().filter(waybill__startswith=folded(words))
    first = parcels.order_by("pk").values("pk")[:MOST_FOUND]
    return ParcelOrder.objects.filter(parcel__in=first).values("order")


def find_parcels(request: HttpRequest, words: str) -> list[SearchResult]:
    """By waybill or by the number printed on it; each leads to its order."""
    mine = Parcel.objects.viewable_by(request.user)
    by_waybill = mine.filter(waybill__startswith=folded(words)).exclude(waybill="")
    rows = (by_waybill | mine.numbered(words)).select_related("carrier").order_by("pk")
    rows = rows.prefetch_related("parcel_orders")
    return [
        SearchResult(
            title=parcel.waybill or parcel.number,
            description=gettext("Parcel · %(carrier)s · %(state)s")
            % {"carrier": parcel.carrier or "–", "state": parcel.get_state_display()},
            link=reverse("admin:orders_order_change", args=[first.order_id]),
            icon="package_2",
        )
        for parcel in rows[: command.EACH]
        for first in list(parcel.parcel_orders.all())[:1]
    ]


def register() -> None:
    """Called once, when the admin's screens are made."""
    extras.register_panel(extras.Panel("fulfillment/order_parcels.html", parcels_of))
    extras.register_panel(extras.Panel("fulfillment/order_insurance.html", insurance_of))
    extras.register_finder(orders_with_waybill)
    command.register(VIEW, find_parcels)
    starts.register()
