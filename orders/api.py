from rest_framework import serializers

from opsdesk.api import IdField, ReadOnlyResource, router
from orders.models import Order, OrderLine


class OrderLineSerializer(serializers.ModelSerializer):
    id = IdField()
    sku = IdField(source="sku_id")

    class Meta:
        model = OrderLine
        fields = ["id", "position", "sku", "sku_code", "title", "quantity", "unit_price", "amount"]


class OrderSerializer(serializers.ModelSerializer):
    """Recipient, phone and address come masked; there is no way to ask for more."""

    id = IdField()
    store = IdField(source="store_id")
    channel = IdField(source="channel_id")
    recipient = serializers.CharField(source="masked_recipient", read_only=True)
    phone = serializers.CharField(source="masked_phone", read_only=True)
    address = serializers.CharField(source="masked_address", read_only=True)
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            "id",
            "store",
            "channel",
            "external_number",
            "review_state",
            "payment_state",
            "fulfilment_state",
            "after_sales_state",
            "is_amount_only",
            "currency",
            "total_amount",
            "freight_amount",
            "discount_amount",
            "paid_amount",
            "refunded_amount",
            "placed_at",
            "paid_at",
            "reviewed_at",
            "confirmed_at",
            "shipped_at",
            "delivered_at",
            "cancelled_at",
            "recipient",
            "phone",
            "address",
            "lines",
            "version",
        ]


class OrderViewSet(ReadOnlyResource):
    queryset = Order.objects.prefetch_related("lines")
    serializer_class = OrderSerializer
    filterset_fields = [
        "store",
        "channel",
        "external_number",
        "review_state",
        "payment_state",
        "fulfilment_state",
        "after_sales_state",
    ]


router.register("orders", OrderViewSet, basename="orders")
