"""What programs read of goods: products, SKUs and what they sell for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Price, Product, Sku, SkuCode
from opsdesk.api import Computed, IdField, MomentFilter, ReadOnlyResource, TextFilter

if TYPE_CHECKING:
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange


class AnyCodeFilter(TextFilter):
    """Rows of the SKU that has, had or is also known by this code (CAT-1)."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        return rows.filter(**{f"{self.field_name}__in": self._held(value).values("sku")})

    def _held(self, value: str) -> QuerySet[SkuCode]:
        codes = SkuCode.objects.visible_to(self.parent.request.user)
        return codes.filter(code=value, sku__isnull=False)


class ProductCodeFilter(AnyCodeFilter):
    """The product with this code, or the one whose SKU has it."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        return rows.filter(Q(code=value) | Q(pk__in=self._held(value).values("sku__product")))


class ProductSerializer(serializers.ModelSerializer):
    id = IdField()
    store = IdField(source="store_id")

    class Meta:
        model = Product
        fields = ["id", "store", "code", "name", "brand", "category", "is_active", "created_at"]


class ProductViewSet(ReadOnlyResource):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filterset_fields = ["store", "is_active"]
    more_filters = {
        "code": ProductCodeFilter(label="Its own code, or any code of one of its SKUs.")
    }


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
    filterset_fields = ["store", "product", "is_active"]
    more_filters = {
        "code": AnyCodeFilter("pk", label="Any of its codes: its own, a former one, an alias.")
    }


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _begins(valid: DateTimeTZRange) -> str | None:
    return _written(valid.lower)


def _ends(valid: DateTimeTZRange) -> str | None:
    return _written(valid.upper)


@extend_schema_field({"type": "string", "format": "date-time", "readOnly": True})
class Begins(Computed):
    """When the price began to hold."""


@extend_schema_field({"type": "string", "format": "date-time", "nullable": True, "readOnly": True})
class Ends(Computed):
    """When it ends or ended; null where no end is known."""


class PriceSerializer(serializers.ModelSerializer):
    """What a SKU sells for from one moment to another, on one channel or, without one, on all."""

    id = IdField()
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)
    channel = IdField(source="channel_id", allow_null=True)
    valid_from = Begins("valid", write=_begins)
    valid_until = Ends("valid", write=_ends)

    class Meta:
        model = Price
        fields = ["id", "sku", "sku_code", "channel", "amount", "valid_from", "valid_until"]


class PriceViewSet(ReadOnlyResource):
    queryset = Price.objects.select_related("sku")
    serializer_class = PriceSerializer
    filterset_fields = ["sku", "channel"]
    more_filters = {
        "code": AnyCodeFilter("sku", label="Any code of the SKU."),
        "at": MomentFilter(
            "valid", lookup_expr="contains", label="Only what holds, or held, at this moment."
        ),
    }
