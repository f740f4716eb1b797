import re
from datetime import datetime
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.goods_api import AnyCodeFilter, PriceViewSet, ProductViewSet, SkuViewSet
from catalog.models import (
    CountSession,
    Sku,
    StockDifference,
    StockLevel,
    StockMovement,
    Warehouse,
)
from catalog.purchase_api import PurchaseOrderViewSet, PurchaseReceiptViewSet
from catalog.services import counting, sharing
from catalog.services.statements import Stated, Statement, take_in
from catalog.services.stock import receive_stock
from opsdesk.api import (
    Code,
    CreatesOnce,
    GivenId,
    IdField,
    Moment,
    ReadOnlyResource,
    Text,
    Whole,
    router,
)
from opsdesk.api.problems import NotThere
from opsdesk.errors import DomainError
from opsdesk.stores.models import Channel


class WarehouseSerializer(serializers.ModelSerializer):
    id = IdField()
    store = IdField(source="store_id")

    class Meta:
        model = Warehouse
        fields = ["id", "store", "code", "name", "priority", "is_active", "region"]


class WarehouseViewSet(ReadOnlyResource):
    queryset = Warehouse.objects.all()
    serializer_class = WarehouseSerializer
    filterset_fields = ["store", "code", "is_active"]


class StockLevelSerializer(serializers.ModelSerializer):
    id = IdField()
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    warehouse = IdField(source="warehouse_id")
    allocated = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Pieces of the SKU, in all warehouses, that `channel` may offer; else null.",
    )

    class Meta:
        model = StockLevel
        fields = [
            "id",
            "sku",
            "sku_code",
            "warehouse",
            "available",
            "reserved",
            "shipped",
            "returning",
            "damaged",
            "sold",
            "allocated",
        ]


class StockLevelViewSet(ReadOnlyResource):
    queryset = StockLevel.objects.select_related("sku")
    serializer_class = StockLevelSerializer
    filterset_fields = ["sku", "warehouse", "sku__code"]
    more_filters = {"code": AnyCodeFilter("sku", label="Any code of the SKU.")}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "channel",
                {"type": "string", "pattern": "^[0-9]{1,18}$"},
                description="Only what this channel's store has, with what the channel may offer.",
            )
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet:
        levels = super().get_queryset()
        asked = self.request.query_params.getlist("channel")
        if not asked:
            return levels.annotate(allocated=Value(None, output_field=IntegerField()))
        if len(asked) > 1 or not re.fullmatch("[0-9]{1,18}", asked[0], re.ASCII):
            raise ValidationError({"channel": "Write one id."}, code="invalid")
        channel = Channel.objects.visible_to(self.request.user).filter(pk=asked[0]).first()
        if channel is None:
            return levels.none().annotate(allocated=Value(None, output_field=IntegerField()))
        offered = sharing.offered_on(channel).filter(pk=OuterRef("sku")).values("allocated")
        return levels.filter(sku__store=channel.store_id, sku__is_active=True).annotate(
            allocated=Subquery(offered, output_field=IntegerField())
        )


class StockMovementSerializer(serializers.ModelSerializer):
    """A line of the stock ledger. An empty state is the world outside."""

    id = IdField()
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    warehouse = IdField(source="warehouse_id")

    class Meta:
        model = StockMovement
        fields = [
            "id",
            "sku",
            "sku_code",
            "warehouse",
            "kind",
            "from_state",
            "to_state",
            "quantity",
            "reference",
            "note",
            "at",
        ]


class ReceiptSerializer(serializers.Serializer):
    """Goods that came in: so many pieces of a SKU in a warehouse, available at once."""

    sku = GivenId()
    warehouse = GivenId()
    quantity = Whole(min_value=1, max_value=1_000_000)
    note = Text(max_length=200, required=False)


class StockMovementViewSet(CreatesOnce, ReadOnlyResource):
    queryset = StockMovement.objects.select_related("sku")
    serializer_class = StockMovementSerializer
    filterset_fields = ["sku", "warehouse", "kind", "sku__code"]
    given_class = ReceiptSerializer
    write_permission = "catalog.receive_stock"

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """Receive goods; what else moves stock has a resource of its own."""
        skus = Sku.objects.visible_to(request.user).filter(pk=given["sku"])
        warehouses = Warehouse.objects.visible_to(request.user).filter(pk=given["warehouse"])
        if not (skus.exists() and warehouses.exists()):
            raise NotThere("There is no such SKU or warehouse.")
        line = receive_stock(
            sku_id=given["sku"],
            warehouse_id=given["warehouse"],
            quantity=given["quantity"],
            note=given.get("note", ""),
            actor=request.user,
            at=timezone.now(),
        )
        address = reverse("stock-movements-detail", args=[line.pk], request=request)
        shown = self.get_serializer(self.queryset.get(pk=line.pk)).data
        return Response(shown, status=201, headers={"Location": address})


class CountSessionSerializer(serializers.ModelSerializer):
    """A stock-take. What is on record is not told: pieces are counted blind."""

    id = IdField()
    warehouse = IdField(source="warehouse_id")

    class Meta:
        model = CountSession
        fields = ["id", "warehouse", "name", "prefix", "state", "opened_at", "closed_at"]


class CountedSerializer(serializers.Serializer):
    """So many pieces of a SKU lie on the shelf."""

    sku_code = Code(max_length=80)
    quantity = Whole(min_value=0, max_value=1_000_000)
    counted_at = Moment(required=False, help_text="Not later than now; now, if it is left out.")


class CountsSerializer(serializers.Serializer):
    """Counts of an open stock-take, or of a new one of just these SKUs."""

    warehouse = GivenId()
    session = GivenId(required=False, help_text="Without it a new stock-take is opened.")
    name = Text(max_length=80, required=False, help_text="What a new one is called.")
    lines = serializers.ListField(child=CountedSerializer(), min_length=1, max_length=200)


class StockCountViewSet(CreatesOnce, ReadOnlyResource):
    queryset = CountSession.objects.all()
    serializer_class = CountSessionSerializer
    filterset_fields = ["warehouse", "state"]
    given_class = CountsSerializer
    write_permission = counting.COUNT

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """Counts are put down; a person posts the stock-take."""
        warehouses = Warehouse.objects.visible_to(request.user)
        if not warehouses.filter(pk=given["warehouse"]).exists():
            raise NotThere("There is no such warehouse.")
        now = timezone.now()
        if any(line.get("counted_at", now) > now for line in given["lines"]):
            raise DomainError("Nothing is counted in the future.")
        session_id = self._session_id(request, given, now)
        for line in sorted(given["lines"], key=lambda line: line["sku_code"]):
            counting.record_count(
                session_id=session_id,
                sku_code=line["sku_code"],
                quantity=line["quantity"],
                actor=request.user,
                at=line.get("counted_at", now),
            )
        address = reverse("stock-counts-detail", args=[session_id], request=request)
        shown = self.get_serializer(self.queryset.get(pk=session_id)).data
        return Response(shown, status=201, headers={"Location": address})

    def _session_id(self, request: Request, given: dict[str, Any], now: datetime) -> int:
        if "session" not in given:
            return counting.open_count(
                warehouse_id=given["warehouse"],
                name=given.get("name") or f"REST {now:%Y-%m-%d %H:%M}",
                codes=[line["sku_code"] for line in given["lines"]],
                actor=request.user,
                at=now,
            ).pk
        known = CountSession.objects.visible_to(request.user).filter(warehouse=given["warehouse"])
        if not known.filter(pk=given["session"]).exists():
            raise NotThere("There is no such stock-take in this warehouse.")
        return given["session"]


class StockDifferenceSerializer(serializers.ModelSerializer):
    """Pieces free to sell, by our record and by another system's, at one moment."""

    id = IdField()
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    warehouse = IdField(source="warehouse_id")

    class Meta:
        model = StockDifference
        fields = [
            "id",
            "sku",
            "sku_code",
            "warehouse",
            "source",
            "ours",
            "theirs",
            "at",
            "state",
            "note",
            "settled_at",
        ]


class StatedSerializer(serializers.Serializer):
    """Pieces of a SKU in the warehouse."""

    sku_code = Code(max_length=80)
    quantity = Whole(min_value=0, max_value=9_999_999)


class StatementSerializer(serializers.Serializer):
    """What a warehouse's or channel's system has in stock at a moment."""

    warehouse = GivenId()
    source = Code(max_length=60, help_text="What the system is called.")
    at = Moment(required=False, help_text="Not later than now; now, if it is left out.")
    counts_reserved = serializers.BooleanField(
        default=True, help_text="Whether the pieces that orders have reserved are among them."
    )
    takes_over = serializers.BooleanField(
        default=False, help_text="Correct our stock within the limits, instead of only comparing."
    )
    lines = serializers.ListField(child=StatedSerializer(), min_length=1, max_length=1000)


class TakenInSerializer(serializers.Serializer):
    """How many lines agreed, differ and wait to be settled, were corrected, name no SKU of ours."""

    same = serializers.IntegerField()
    different = serializers.IntegerField()
    corrected = serializers.IntegerField()
    unknown = serializers.ListField(child=serializers.CharField())
    refused = serializers.ListField(
        child=serializers.CharField(), help_text="Orders have taken more than the statement leaves."
    )


class StockDifferenceViewSet(CreatesOnce, ReadOnlyResource):
    queryset = StockDifference.objects.select_related("sku")
    serializer_class = StockDifferenceSerializer
    filterset_fields = ["sku", "warehouse", "state", "sku__code"]
    given_class = StatementSerializer
    answer_class = TakenInSerializer
    answers = (200,)
    write_permission = "catalog.compare_stock"

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """A statement of stock is compared with ours, or taken over."""
        warehouses = Warehouse.objects.visible_to(request.user)
        warehouse = warehouses.filter(pk=given["warehouse"]).select_related("store").first()
        if warehouse is None:
            raise NotThere("There is no such warehouse.")
        now = timezone.now()
        at = given.get("at", now)
        codes = [line["sku_code"] for line in given["lines"]]
        if at > now:
            raise DomainError("No statement speaks of the future.")
        if len(set(codes)) < len(codes):
            raise DomainError("Name each SKU once.")
        is_free = not given["counts_reserved"]
        lines = [
            Stated(number, line["sku_code"], warehouse.pk, line["quantity"], is_free)
            for number, line in enumerate(given["lines"])
        ]
        statement = Statement(warehouse.store, given["source"], lines, at, given["takes_over"])
        settled = take_in(statement, actor=request.user, now=now)

        def codes_of(*outcomes: str) -> list[str]:
            return [codes[each.number] for each in settled if each.outcome in outcomes]

        answer = {
            "same": len(codes_of("same")),
            "different": len(codes_of("different", "large")),
            "corrected": len(codes_of("corrected", "new")),
            "unknown": codes_of("unknown"),
            "refused": codes_of("short"),
        }
        return Response(answer)


router.register("products", ProductViewSet, basename="products")
router.register("skus", SkuViewSet, basename="skus")
router.register("prices", PriceViewSet, basename="prices")
router.register("warehouses", WarehouseViewSet, basename="warehouses")
router.register("stock-levels", StockLevelViewSet, basename="stock-levels")
router.register("stock-movements", StockMovementViewSet, basename="stock-movements")
router.register("stock-counts", StockCountViewSet, basename="stock-counts")
router.register("stock-differences", StockDifferenceViewSet, basename="stock-differences")
router.register("purchase-orders", PurchaseOrderViewSet, basename="purchase-orders")
router.register("purchase-receipts", PurchaseReceiptViewSet, basename="purchase-receipts")
