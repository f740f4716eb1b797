"""Shipments: what the warehouse's programs say has left, and what became of it (FUL-3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django_filters import Filter
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from fulfillment.elsewhere import NotesElsewhere, has_hidden, names_elsewhere, note
from fulfillment.models import CarrierService, Parcel
from fulfillment.services import intercepting, packing, relabelling, shipping
from fulfillment.services.handing_over import HAND_OVER
from fulfillment.services.shipping import Confirmed, Line, NotHere, Shipment
from fulfillment.shipments_shapes import (
    AllSettledSerializer,
    CancelGivenSerializer,
    ConfirmedSerializer,
    InterceptGivenSerializer,
    InterceptSerializer,
    RelabelGivenSerializer,
    ShipmentGivenSerializer,
    ShipmentSerializer,
    ShipmentsGivenSerializer,
)
from fulfillment.tracking_api import TracksParcels
from fulfillment.waybills import folded
from opsdesk.api import CreatesOnce, ReadOnlyResource, idempotency, taken
from opsdesk.api.filters import IdFilter, MomentFilter, TextFilter
from opsdesk.api.problems import NotThere
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store


class WaybillFilter(TextFilter):
    """Exactly this waybill, written with blanks or small letters or without."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(waybill=folded(value)).exclude(waybill="") if value else rows


MORE_FILTERS: dict[str, Filter] = {
    "carrier": TextFilter(field_name="carrier__code", label="The carrier's code."),
    "waybill": WaybillFilter(),
    "order": IdFilter(field_name="parcel_orders__order", label="Id of an order it carries."),
    "order_number": TextFilter(
        field_name="parcel_orders__order__external_number", label="Number of an order it carries."
    ),
    "handed_over_from": MomentFilter(field_name="handed_over_at", lookup_expr="gte"),
    "handed_over_before": MomentFilter(field_name="handed_over_at", lookup_expr="lt"),
}


class ShipmentViewSet(NotesElsewhere, TracksParcels, CreatesOnce, ReadOnlyResource):
    queryset = Parcel.objects.select_related("carrier", "service", "eta").prefetch_related(
        "parcel_orders__order", "items__line", "items__sku"
    )
    serializer_class = ShipmentSerializer
    filterset_fields = ["store", "warehouse", "state"]
    more_filters = MORE_FILTERS
    given_class = ShipmentGivenSerializer
    answer_class = ConfirmedSerializer
    answers = (201, 200)
    write_permission = HAND_OVER
    order_ids: Sequence[int] = ()

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """A parcel has left, packed and labelled: once, however often it is told (FUL-3)."""
        self.order_ids = given.get("order_ids", ())
        (confirmed,) = self._confirm(request, [given])
        if confirmed.refusal is not None:
            self._refuse(confirmed.refusal)
        assert confirmed.parcel is not None
        address = reverse("shipments-detail", args=[confirmed.parcel.pk], request=request)
        status = 201 if confirmed.is_new else 200
        return Response(_told(confirmed), status=status, headers={"Location": address})

    @action(
        detail=False,
        methods=["post"],
        given_class=ShipmentsGivenSerializer,
        answer_class=AllSettledSerializer,
        answers=(200,),
    )
    def bulk(self, request: Request) -> HttpResponse:
        """Up to 100 parcels have left; each is settled for itself."""

        def settle() -> Response:
            given = self._given(request)["shipments"]
            outcomes = list(zip(given, self._confirm(request, given), strict=True))
            missed = [one for one, got in outcomes if isinstance(got.refusal, NotHere)]
            if any(names_elsewhere(one, request.user) for one in missed) or has_hidden(
                Order, [pk for one in missed for pk in one.get("order_ids", ())], request.user
            ):
                note(request)
            return Response({"results": [_settled(one["waybill"], got) for one, got in outcomes]})

        return idempotency.once(request, settle)

    @action(
        detail=True,
        methods=["post"],
        given_class=CancelGivenSerializer,
        answer_class=ShipmentSerializer,
        answers=(200,),
    )
    def cancel(self, request: Request, pk: str = "") -> HttpResponse:
        """A parcel that has not left holds nothing any more; its goods are packed anew."""
        return idempotency.once(request, partial(self._cancel, request))

    def _cancel(self, request: Request) -> Response:
        given = self._given(request)
        parcel = packing.cancel_parcel(
            parcel_id=self._parcel_id(),
            reason=given["reason"],
            actor=request.user,
            at=timezone.now(),
        )
        return self._shown(parcel)

    @action(
        detail=True,
        methods=["post"],
        given_class=RelabelGivenSerializer,
        answer_class=ShipmentSerializer,
        answers=(201,),
    )
    def relabel(self, request: Request, pk: str = "") -> HttpResponse:
        """A new shipment with the same content and another waybill; the old one is cancelled."""
        return idempotency.once(request, partial(self._relabel, request))

    def _relabel(self, request: Request) -> Response:
        given = self._given(request)
        services = CarrierService.objects.active().visible_to(request.user)
        named = services.filter(carrier__code=given["carrier"], code=given["service"])
        service = named.first()
        if service is None:
            raise NotThere("There is no such carrier service.")
        parcel = relabelling.relabel_parcel(
            parcel_id=self._parcel_id(),
            label=packing.Label(service.pk, given["waybill"]),
            reason=given["reason"],
            actor=request.user,
            at=timezone.now(),
        )
        return self._shown(parcel, status=201)

    @action(
        detail=True,
        methods=["post"],
        given_class=InterceptGivenSerializer,
        answer_class=InterceptSerializer,
        answers=(201,),
    )
    def intercept(self, request: Request, pk: str = "") -> HttpResponse:
        """The carrier is to stop a shipment that is under way; people ask it, against a clock."""
        return idempotency.once(request, partial(self._intercept, request))

    def _intercept(self, request: Request) -> Response:
        given = self._given(request)
        asked = intercepting.ask_to_intercept(
            parcel_id=self._parcel_id(),
            reason=given["reason"],
            actor=request.user,
            at=timezone.now(),
        )
        return Response(InterceptSerializer(asked).data, status=201)

    def asks_elsewhere(self) -> bool:
        return super().asks_elsewhere() or has_hidden(Order, self.order_ids, self.request.user)

    def _given(self, request: Request) -> dict[str, Any]:
        return taken(self.given_class, request.data)

    def _parcel_id(self) -> int:
        """Raises NotThere for a parcel that the token's person does not see."""
        parcel_id = self.get_queryset().filter(pk=self.kwargs["pk"]).values_list("pk").first()
        if parcel_id is None:
            raise NotThere("There is no such shipment.")
        return parcel_id[0]

    def _confirm(self, request: Request, given: list[dict[str, Any]]) -> list[Confirmed]:
        store: Store = request.auth.store
        shipments = [_shipment(each) for each in given]
        return shipping.confirm_shipments(
            shipments, store=store, actor=request.user, at=timezone.now()
        )

    def _refuse(self, refusal: Exception) -> NoReturn:
        if isinstance(refusal, NotHere):
            raise NotThere(str(refusal))
        raise refusal

    def _shown(self, parcel: Parcel, status: int = 200) -> Response:
        address = reverse("shipments-detail", args=[parcel.pk], request=self.request)
        shown = ShipmentSerializer(self.queryset.get(pk=parcel.pk)).data
        return Response(shown, status=status, headers={"Location": address})


def _shipment(given: dict[str, Any]) -> Shipment:
    sides = [given.get(name) for name in ("length_mm", "width_mm", "height_mm")]
    length, width, height = sides
    is_measured = length is not None and width is not None and height is not None
    return Shipment(
        warehouse=given["warehouse"],
        carrier=given["carrier"],
        waybill=given["waybill"],
        orders=tuple(given.get("orders", ())),
        order_ids=tuple(given.get("order_ids", ())),
        service=given.get("service", ""),
        weight_grams=given.get("weight_grams"),
        size_mm=(length, width, height) if is_measured else None,
        freight_cost=given.get("freight_cost"),
        items=tuple(
            Line(item["sku_code"], item["quantity"], item.get("order", ""))
            for item in given.get("items", ())
        ),
    )


def _told(confirmed: Confirmed) -> dict[str, Any]:
    parcel = confirmed.parcel
    assert parcel is not None
    return {
        "outcome": "created" if confirmed.is_new else "known",
        "id": str(parcel.pk),
        "number": parcel.number,
        "state": parcel.state,
        "waybill": parcel.waybill,
    }


def _settled(waybill: str, confirmed: Confirmed) -> dict[str, Any]:
    if confirmed.refusal is None:
        return {**_told(confirmed), "code": None, "detail": None}
    return {
        "outcome": "refused",
        "id": None,
        "number": None,
        "state": None,
        "waybill": waybill,
        "code": confirmed.refusal.code,
        "detail": str(confirmed.refusal.message),
    }
