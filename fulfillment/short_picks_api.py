"""Pieces that were not there, for the warehouse's programs: read, decided, counted (FUL-1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Warehouse
from fulfillment.elsewhere import NotesElsewhere
from fulfillment.models import BackOrder, ShortPick
from fulfillment.services import planning, short_picks
from fulfillment.waves_api import NothingSerializer, RowActs
from opsdesk.api import Code, IdField, ReadOnlyResource, idempotency
from opsdesk.api.filters import IdFilter
from opsdesk.api.problems import NotThere


class BackOrderSerializer(serializers.ModelSerializer):
    """An order that waits for the goods; with `ended_at` it waits no longer."""

    order = IdField(source="order_id")

    class Meta:
        model = BackOrder
        fields = ["order", "pieces", "since", "ended_at", "ended_because"]


class ShortPickSerializer(serializers.ModelSerializer):
    """Pieces that were not where the pick list said."""

    id = IdField()
    warehouse = IdField(source="line.pick.wave.warehouse_id")
    pick = IdField(source="line.pick_id")
    line = IdField(source="line_id")
    order = IdField(source="line.wave_order.order_id")
    sku = IdField(source="line.sku_id")
    sku_code = serializers.CharField(source="line.sku.code", read_only=True)
    bin = serializers.CharField(source="line.bin.code", read_only=True, allow_null=True)
    back_orders = BackOrderSerializer(many=True, read_only=True)

    class Meta:
        model = ShortPick
        fields = [
            "id",
            "warehouse",
            "pick",
            "line",
            "order",
            "sku",
            "sku_code",
            "bin",
            "pieces",
            "reason",
            "note",
            "state",
            "decision",
            "told_at",
            "settled_at",
            "back_orders",
        ]


class DecideSerializer(serializers.Serializer):
    """What becomes of the pieces and their order; `warehouse` is the code of who serves it."""

    decision = serializers.ChoiceField(choices=ShortPick.Decision.choices)
    warehouse = Code(max_length=40, required=False)


class CountFiledSerializer(serializers.Serializer):
    """The stock-take that waits for somebody to count the SKU."""

    count_session = IdField()
    sku_code = serializers.CharField()
    on_record = serializers.IntegerField(allow_null=True)
    proposed = serializers.IntegerField(allow_null=True)


class ShortPickViewSet(NotesElsewhere, RowActs, ReadOnlyResource):
    queryset = ShortPick.objects.select_related(
        "line__sku", "line__bin", "line__pick__wave", "line__wave_order"
    ).prefetch_related("back_orders")
    serializer_class = ShortPickSerializer
    filterset_fields = ["state", "decision"]
    more_filters = {
        "warehouse": IdFilter(
            field_name="line__pick__wave__warehouse", label="Id of its warehouse."
        ),
        "order": IdFilter(field_name="line__wave_order__order", label="Id of its order."),
    }

    @classmethod
    def permission_for(cls, method: str) -> str:
        return planning.PLAN if method == "POST" else super().permission_for(method)

    @action(
        detail=True,
        methods=["post"],
        given_class=DecideSerializer,
        answer_class=ShortPickSerializer,
        answers=(200,),
    )
    def decide(self, request: Request, pk: str = "") -> HttpResponse:
        """Look again, wait, serve from elsewhere, split, ask the buyer, or take out of the wave."""
        return idempotency.once(request, partial(self._decide, request))

    def _decide(self, request: Request) -> Response:
        given = self._given(request)
        short_id = self._id()
        place: Warehouse | None = None
        if "warehouse" in given:
            stores = [request.auth.store_id]
            place = Warehouse.objects.in_stores(stores).filter(code=given["warehouse"]).first()
            if place is None:
                raise NotThere("There is no such warehouse.")
        short_picks.decide(
            short_id=short_id,
            decision=given["decision"],
            warehouse_id=place.pk if place else None,
            actor=request.user,
            at=timezone.now(),
        )
        return self._shown(short_id)

    @action(
        detail=True,
        methods=["post"],
        given_class=NothingSerializer,
        answer_class=CountFiledSerializer,
        answers=(200,),
    )
    def count(self, request: Request, pk: str = "") -> HttpResponse:
        """Its SKU is to be counted; nothing is corrected before somebody has."""
        return idempotency.once(request, partial(self._count, request))

    def _count(self, request: Request) -> Response:
        line = short_picks.have_counted(short_id=self._id(), actor=request.user, at=timezone.now())
        filed: dict[str, Any] = {
            "count_session": line.session_id,
            "sku_code": line.sku.code,
            "on_record": line.book,
            "proposed": line.counted,
        }
        return Response(CountFiledSerializer(filed).data)
