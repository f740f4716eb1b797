"""Waves and pick lists, for the warehouse's programs (FUL-1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Warehouse
from fulfillment.elsewhere import NotesElsewhere, has_hidden, note
from fulfillment.models import Pick, PickLine, ShortPick, Wave, WaveOrder
from fulfillment.services import picking, planning, waves
from fulfillment.services.picking import Scan
from opsdesk.api import (
    Code,
    Computed,
    CreatesOnce,
    GivenId,
    IdField,
    ReadOnlyResource,
    Text,
    Whole,
    idempotency,
    taken,
)
from opsdesk.api.filters import IdFilter
from opsdesk.api.problems import NotThere
from opsdesk.errors import DomainError
from opsdesk.stores.models import User

MOST_LINES = 500


class WaveOrderSerializer(serializers.ModelSerializer):
    order = IdField(source="order_id")
    external_number = serializers.CharField(source="order.external_number", read_only=True)

    class Meta:
        model = WaveOrder
        fields = ["order", "external_number", "slot", "left_at", "left_because"]


class WaveSerializer(serializers.ModelSerializer):
    """Orders that are picked together. Those with `left_at` dropped out."""

    id = IdField()
    number = Computed("id", write="W{:09d}".format, help_text="As it is printed and scanned.")
    warehouse = IdField(source="warehouse_id")
    rule = serializers.CharField(source="rule.name", read_only=True, allow_null=True)
    carrier = serializers.CharField(source="carrier.code", read_only=True, allow_null=True)
    orders = WaveOrderSerializer(source="wave_orders", many=True, read_only=True)

    class Meta:
        model = Wave
        fields = [
            "id",
            "number",
            "warehouse",
            "state",
            "rule",
            "carrier",
            "due_at",
            "order_count",
            "piece_count",
            "planned_at",
            "released_at",
            "picked_at",
            "ended_at",
            "orders",
        ]


class PlanSerializer(serializers.Serializer):
    warehouse = Code(max_length=40, help_text="Its code.")


class PlannedSerializer(serializers.Serializer):
    """The new waves, none where nothing waits."""

    waves = WaveSerializer(many=True)


class NothingSerializer(serializers.Serializer):
    """An empty body."""


class RowActs:
    """What actions of a row share: they are narrowed as its lists are."""

    given_class: Any = NothingSerializer
    answer_class: Any = None
    answers: tuple[int, ...] = (200,)

    def _given(self, request: Request) -> dict[str, Any]:
        return taken(self.given_class, request.data)

    def _id(self) -> int:
        """Raises NotThere for a row that the token's person does not see."""
        row = self.get_queryset().filter(pk=self.kwargs["pk"]).values_list("pk").first()
        if row is None:
            raise NotThere("There is no such row.")
        return row[0]

    def _shown(self, pk: int) -> Response:
        return Response(self.serializer_class(self.queryset.get(pk=pk)).data)


class WaveViewSet(NotesElsewhere, RowActs, CreatesOnce, ReadOnlyResource):
    queryset = Wave.objects.select_related("rule", "carrier").prefetch_related("wave_orders__order")
    serializer_class = WaveSerializer
    filterset_fields = ["warehouse", "state"]
    more_filters = {
        "order": IdFilter(field_name="wave_orders__order", label="Id of an order in it.")
    }
    given_class = PlanSerializer
    answer_class = PlannedSerializer
    answers = (201,)
    write_permission = planning.PLAN

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """What can be picked in the warehouse is put into waves: once, however often asked."""
        named = Warehouse.objects.visible_to(request.user).in_stores([request.auth.store_id])
        warehouse = named.filter(code=given["warehouse"]).first()
        if warehouse is None:
            raise NotThere("There is no such warehouse.")
        planned = planning.plan_waves(
            warehouse_id=warehouse.pk, actor=request.user, at=timezone.now()
        )
        found = self.queryset.filter(pk__in=[wave.pk for wave in planned]).order_by("pk")
        return Response({"waves": WaveSerializer(found, many=True).data}, status=201)

    @action(
        detail=True,
        methods=["post"],
        given_class=NothingSerializer,
        answer_class=WaveSerializer,
        answers=(200,),
    )
    def release(self, request: Request, pk: str = "") -> HttpResponse:
        """Its pick lists may be taken."""
        return idempotency.once(request, partial(self._do, waves.release_wave))

    @action(
        detail=True,
        methods=["post"],
        given_class=NothingSerializer,
        answer_class=WaveSerializer,
        answers=(200,),
    )
    def cancel(self, request: Request, pk: str = "") -> HttpResponse:
        """It is given up before a piece is picked; its orders wait for another wave."""
        return idempotency.once(request, partial(self._do, waves.cancel_wave))

    def _do(self, verb: Any) -> Response:
        wave = verb(wave_id=self._id(), actor=self.request.user, at=timezone.now())
        return self._shown(wave.pk)


class PickLineSerializer(serializers.ModelSerializer):
    """`position` is its place in the walk, `slot` the tote; without `bin` it lies in none."""

    id = IdField()
    order = IdField(source="wave_order.order_id")
    order_line = IdField(source="line_id")
    slot = serializers.IntegerField(source="wave_order.slot", read_only=True)
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    bin = serializers.CharField(source="bin.code", read_only=True, allow_null=True)

    class Meta:
        model = PickLine
        fields = [
            "id",
            "position",
            "bin",
            "sku",
            "sku_code",
            "order",
            "order_line",
            "slot",
            "wanted",
            "picked",
            "state",
        ]


class PickSerializer(serializers.ModelSerializer):
    """A pick list: one walk of one person."""

    id = IdField()
    number = Computed("id", write="K{:09d}".format, help_text="As it is printed and scanned.")
    wave = IdField(source="wave_id")
    warehouse = IdField(source="wave.warehouse_id")
    zone = serializers.CharField(source="zone.code", read_only=True, allow_null=True)
    assigned_to = serializers.CharField(
        source="assigned_to.username", read_only=True, allow_null=True
    )
    lines = PickLineSerializer(many=True, read_only=True)

    class Meta:
        model = Pick
        fields = [
            "id",
            "number",
            "wave",
            "warehouse",
            "zone",
            "state",
            "assigned_to",
            "started_at",
            "ended_at",
            "lines",
        ]


class AssignSerializer(serializers.Serializer):
    """To whom; without a name, to the token's person."""

    username = Code(max_length=150, required=False)


class LineDoneSerializer(serializers.Serializer):
    """So many more pieces are picked; with `short` the rest of the line is not to be had.

    Codes that were scanned are checked where they are given.
    """

    line = GivenId()
    picked = Whole(min_value=0, max_value=1_000_000, required=False)
    bin_code = Code(max_length=40, required=False)
    sku_code = Code(max_length=80, required=False)
    short = serializers.ChoiceField(choices=ShortPick.Reason.choices, required=False)
    note = Text(max_length=200, required=False)


class LinesDoneSerializer(serializers.Serializer):
    lines = serializers.ListField(child=LineDoneSerializer(), min_length=1, max_length=MOST_LINES)


class LineSettledSerializer(serializers.Serializer):
    """What became of one of many: the line as it is now, or the refusal's `code` and `detail`."""

    outcome = serializers.ChoiceField(choices=["done", "refused"])
    line = IdField()
    state = serializers.ChoiceField(choices=PickLine.State.choices, allow_null=True)
    picked = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


class LinesSettledSerializer(serializers.Serializer):
    """In the order in which they were sent."""

    state = serializers.ChoiceField(choices=Pick.State.choices)
    results = LineSettledSerializer(many=True)


class PickViewSet(NotesElsewhere, RowActs, ReadOnlyResource):
    queryset = Pick.objects.select_related("wave", "zone", "assigned_to").prefetch_related(
        "lines__wave_order", "lines__sku", "lines__bin"
    )
    serializer_class = PickSerializer
    filterset_fields = ["wave", "state"]
    more_filters = {
        "warehouse": IdFilter(field_name="wave__warehouse", label="Id of its warehouse.")
    }

    @classmethod
    def permission_for(cls, method: str) -> str:
        return waves.PICK if method == "POST" else super().permission_for(method)

    @action(
        detail=True,
        methods=["post"],
        given_class=AssignSerializer,
        answer_class=PickSerializer,
        answers=(200,),
    )
    def assign(self, request: Request, pk: str = "") -> HttpResponse:
        """The pick list is somebody's to walk; of two who want it the second is refused."""
        return idempotency.once(request, partial(self._assign, request))

    def _assign(self, request: Request) -> Response:
        name = self._given(request).get("username", request.user.username)
        pick_id = self._id()
        to = User.objects.filter(username=name, memberships__store=request.auth.store_id).first()
        if to is None:
            raise NotThere("Nobody of the store has this name.")
        waves.assign_pick(pick_id=pick_id, to_id=to.pk, actor=request.user, at=timezone.now())
        return self._shown(pick_id)

    @action(
        detail=True,
        methods=["post"],
        given_class=LinesDoneSerializer,
        answer_class=LinesSettledSerializer,
        answers=(200,),
    )
    def lines(self, request: Request, pk: str = "") -> HttpResponse:
        """Up to 500 lines are picked or short; each is settled for itself."""
        return idempotency.once(request, partial(self._settle, request))

    def _settle(self, request: Request) -> Response:
        given = self._given(request)["lines"]
        pick_id = self._id()
        results = [_settled(pick_id, each, request.user) for each in given]
        refused = [int(each["line"]) for each in results if each["outcome"] == "refused"]
        if has_hidden(PickLine, refused, request.user):
            note(request)
        return Response({"state": Pick.objects.get(pk=pick_id).state, "results": results})


def _settled(pick_id: int, given: dict[str, Any], actor: User) -> dict[str, Any]:
    """One line in a savepoint of its own: what is refused leaves the others as they are."""
    found = {"line": str(given["line"]), "state": None, "picked": None, "code": None}
    try:
        with transaction.atomic():
            _carry_out(pick_id, given, actor)
    except DomainError as refusal:
        told = {"outcome": "refused", "code": refusal.code, "detail": str(refusal.message)}
        return found | told
    line = PickLine.objects.get(pk=given["line"])
    return found | {
        "outcome": "done",
        "state": line.state,
        "picked": line.picked,
        "detail": None,
    }


def _carry_out(pick_id: int, given: dict[str, Any], actor: User) -> None:
    pieces, reason = given.get("picked", 0), given.get("short", "")
    at = timezone.now()
    line_id = int(given["line"])
    if pieces or not reason:
        picking.pick_pieces(
            pick_id=pick_id,
            line_id=line_id,
            pieces=pieces,
            scan=Scan(given.get("bin_code"), given.get("sku_code")),
            actor=actor,
            at=at,
        )
    if reason:
        picking.report_short(
            pick_id=pick_id,
            line_id=line_id,
            reason=reason,
            note=given.get("note", ""),
            actor=actor,
            at=at,
        )
