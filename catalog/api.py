from rest_framework import serializers

from catalog.models import Sku, StockLevel
from opsdesk.api import IdField, ReadOnlyResource, router


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


router.register("skus", SkuViewSet, basename="skus")
router.register("stock-levels", StockLevelViewSet, basename="stock-levels")
