from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.models import Product, Sku, StockLevel, StockMovement, Warehouse
from catalog.services.stock import receive_stock
from opsdesk.api import CreatesOnce, GivenId, IdField, ReadOnlyResource, Text, Whole, router
from opsdesk.api.problems import NotThere


class ProductSerializer(serializers.ModelSerializer):
    id = IdField()
    store = IdField(source="store_id")

    class Meta:
        model = Product
        fields = ["id", "store", "code", "name", "brand", "category", "is_active", "created_at"]


class ProductViewSet(ReadOnlyResource):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filterset_fields = ["store", "code", "is_active"]


class SkuSerializer(serializers.ModelSerializer):
    id = IdField()
    store = IdField(source="store_id")
    product = IdField(source="product_id")

    class Meta:
        model = Sku
        fields = ["id", "store", "product", "code", "spec", "barcode", "list_price", "is_active"]


class SkuViewSet(ReadOnlyResource):
    queryset = Sku.objects.all()
    serializer_class = SkuSerializer
    filterset_fields = ["store", "product", "code", "is_active"]


class WarehouseSerializer(serializers.ModelSerializer):
    id = IdField()
    store = IdField(source="store_id")

    class Meta:
        model = Warehouse
        fields = ["id", "store", "code", "name", "priority", "is_active"]


class WarehouseViewSet(ReadOnlyResource):
    queryset = Warehouse.objects.all()
    serializer_class = WarehouseSerializer
    filterset_fields = ["store", "code", "is_active"]


class StockLevelSerializer(serializers.ModelSerializer):
    id = IdField()
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    warehouse = IdField(source="warehouse_id")

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
        ]


class StockLevelViewSet(ReadOnlyResource):
    queryset = StockLevel.objects.select_related("sku")
    serializer_class = StockLevelSerializer
    filterset_fields = ["sku", "warehouse", "sku__code"]


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


router.register("products", ProductViewSet, basename="products")
router.register("skus", SkuViewSet, basename="skus")
router.register("warehouses", WarehouseViewSet, basename="warehouses")
router.register("stock-levels", StockLevelViewSet, basename="stock-levels")
router.register("stock-movements", StockMovementViewSet, basename="stock-movements")
