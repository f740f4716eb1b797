"""Purchase orders as the warehouse's programs see them: what is expected, and what came in."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.models import PurchaseLine, PurchaseOrder, PurchaseReceipt, PurchaseReceiptLine, Sku
from catalog.services.purchase_receiving import RECEIVE, Came, receive_purchase
from opsdesk.api import Code, CreatesOnce, GivenId, IdField, ReadOnlyResource, Text, Whole
from opsdesk.api.problems import NotThere


class PurchaseLineSerializer(serializers.ModelSerializer):
    """`most` pieces may be received: those that were ordered, and what is taken beyond them."""

    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)

    class Meta:
        model = PurchaseLine
        fields = ["sku", "sku_code", "quantity", "received", "most"]


class PurchaseOrderSerializer(serializers.ModelSerializer):
    """Goods ordered from a supplier. Those of state `sent` and `partly` are expected."""

    id = IdField()
    store = IdField(source="store_id")
    warehouse = IdField(source="warehouse_id")
    supplier_code = serializers.CharField(source="supplier.code", read_only=True)
    lines = PurchaseLineSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseOrder
        fields = [
            "id",
            "store",
            "number",
            "warehouse",
            "supplier_code",
            "state",
            "expected_on",
            "lines",
        ]


class PurchaseOrderViewSet(ReadOnlyResource):
    queryset = PurchaseOrder.objects.select_related("supplier").prefetch_related("lines__sku")
    serializer_class = PurchaseOrderSerializer
    filterset_fields = ["store", "number", "warehouse", "state"]


class PurchaseReceiptLineSerializer(serializers.ModelSerializer):
    sku = IdField(source="line.sku_id")
    sku_code = serializers.CharField(source="line.sku.code", read_only=True)

    class Meta:
        model = PurchaseReceiptLine
        fields = ["sku", "sku_code", "good", "damaged"]


class PurchaseReceiptSerializer(serializers.ModelSerializer):
    """A delivery note of the supplier, booked."""

    id = IdField()
    purchase_order = IdField(source="order_id")
    lines = PurchaseReceiptLineSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseReceipt
        fields = ["id", "purchase_order", "delivery_note", "remark", "received_at", "lines"]


class CameSerializer(serializers.Serializer):
    """So many pieces of a SKU came in good, and so many damaged."""

    sku_code = Code(max_length=80)
    good = Whole(min_value=0, max_value=1_000_000)
    damaged = Whole(min_value=0, max_value=1_000_000, required=False)


class DeliverySerializer(serializers.Serializer):
    """What one delivery note of the supplier brought. Each note of an order is booked once."""

    purchase_order = GivenId()
    delivery_note = Code(max_length=60)
    remark = Text(max_length=200, required=False)
    lines = serializers.ListField(child=CameSerializer(), min_length=1, max_length=500)


class PurchaseReceiptViewSet(CreatesOnce, ReadOnlyResource):
    queryset = PurchaseReceipt.objects.prefetch_related("lines__line__sku")
    serializer_class = PurchaseReceiptSerializer
    filterset_fields = ["order", "delivery_note"]
    given_class = DeliverySerializer
    write_permission = RECEIVE

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """Goods of a purchase order are received, all lines of the note or none."""
        orders = PurchaseOrder.objects.visible_to(request.user).filter(pk=given["purchase_order"])
        order = orders.first()
        if order is None:
            raise NotThere("There is no such purchase order.")
        codes = {line["sku_code"] for line in given["lines"]}
        skus = Sku.objects.filter(store=order.store_id, code__in=codes)
        ids = dict(skus.values_list("code", "pk"))
        if len(ids) < len(codes):
            raise NotThere("There is no such SKU.")
        receipt = receive_purchase(
            order_id=order.pk,
            delivery_note=given["delivery_note"],
            came=[
                Came(ids[line["sku_code"]], line["good"], line.get("damaged", 0))
                for line in given["lines"]
            ],
            remark=given.get("remark", ""),
            actor=request.user,
            at=timezone.now(),
        )
        address = reverse("purchase-receipts-detail", args=[receipt.pk], request=request)
        shown = self.get_serializer(self.queryset.get(pk=receipt.pk)).data
        return Response(shown, status=201, headers={"Location": address})
