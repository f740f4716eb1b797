"""How shipments are written and read by REST."""

from __future__ import annotations

from rest_framework import serializers

from fulfillment.models import Intercept, Parcel, ParcelItem, ParcelOrder
from fulfillment.services import intercepting, packing
from fulfillment.services.shipping import MOST
from opsdesk.api import Code, Computed, GivenId, IdField, Money, Text, Whole

MOST_ORDERS, MOST_ITEMS = 20, 200
HEAVIEST_GRAMS, LONGEST_MM = 1_000_000, 10_000


class ShipmentOrderSerializer(serializers.ModelSerializer):
    order = IdField(source="order_id")
    external_number = serializers.CharField(source="order.external_number", read_only=True)

    class Meta:
        model = ParcelOrder
        fields = ["order", "external_number"]


class ShipmentItemSerializer(serializers.ModelSerializer):
    order = IdField(source="line.order_id")
    sku = IdField(source="sku_id")
    sku_code = serializers.CharField(source="sku.code", read_only=True)

    class Meta:
        model = ParcelItem
        fields = ["order", "sku", "sku_code", "quantity"]


class ShipmentSerializer(serializers.ModelSerializer):
    """A parcel. Weight in grams; what it costs, in the store's currency.

    It is expected to arrive between `expected_from` and `expected_until`, by what others took on
    its lane or by what was promised; both stay once it has arrived.
    """

    id = IdField()
    store = IdField(source="store_id")
    number = Computed("id", write="P{:09d}".format, help_text="As it is printed and scanned.")
    warehouse = IdField(source="warehouse_id")
    carrier = serializers.CharField(source="carrier.code", read_only=True, allow_null=True)
    service = serializers.CharField(source="service.code", read_only=True, allow_null=True)
    replaces = IdField(source="replaces_id", allow_null=True)
    expected_from = serializers.DateTimeField(
        source="eta.earliest", read_only=True, allow_null=True
    )
    expected_until = serializers.DateTimeField(source="eta.latest", read_only=True, allow_null=True)
    orders = ShipmentOrderSerializer(source="parcel_orders", many=True, read_only=True)
    items = ShipmentItemSerializer(many=True, read_only=True)

    class Meta:
        model = Parcel
        fields = [
            "id",
            "store",
            "number",
            "warehouse",
            "state",
            "carrier",
            "service",
            "waybill",
            "weight_grams",
            "freight_cost",
            "opened_at",
            "packed_at",
            "handed_over_at",
            "ended_at",
            "expected_from",
            "expected_until",
            "cancelled_at",
            "replaces",
            "orders",
            "items",
        ]


class ItemGivenSerializer(serializers.Serializer):
    """So many pieces of a SKU; `order` says of which order, where several have it."""

    sku_code = Code(max_length=80)
    quantity = Whole(min_value=1, max_value=1_000_000)
    order = Code(max_length=80, required=False)


class ShipmentGivenSerializer(serializers.Serializer):
    """A parcel that has left: of one order, or of several, by number or by id.

    Without `items` it holds all that its orders are owed from this warehouse. Parcels of an order
    leave together: the first ones are `packed` until the last one is told.
    """

    orders = serializers.ListField(
        child=Code(max_length=80), max_length=MOST_ORDERS, required=False
    )
    order_ids = serializers.ListField(child=GivenId(), max_length=MOST_ORDERS, required=False)
    warehouse = Code(max_length=40, help_text="Its code.")
    carrier = Code(max_length=40, help_text="Its code.")
    service = Code(max_length=40, required=False, help_text="Needed where the carrier has several.")
    waybill = Code(max_length=60)
    weight_grams = Whole(min_value=1, max_value=HEAVIEST_GRAMS, required=False)
    length_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    width_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    height_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    freight_cost = Money(required=False)
    items = serializers.ListField(
        child=ItemGivenSerializer(), max_length=MOST_ITEMS, required=False
    )


class ShipmentsGivenSerializer(serializers.Serializer):
    shipments = serializers.ListField(
        child=ShipmentGivenSerializer(), min_length=1, max_length=MOST
    )


class ConfirmedSerializer(serializers.Serializer):
    """`created`; `known` where the waybill was told before with the same content."""

    outcome = serializers.ChoiceField(choices=["created", "known"])
    id = IdField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Parcel.State.choices)
    waybill = serializers.CharField()


class SettledSerializer(serializers.Serializer):
    """What became of one of many: a shipment, or the refusal's `code` and `detail`."""

    outcome = serializers.ChoiceField(choices=["created", "known", "refused"])
    id = IdField(allow_null=True)
    number = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Parcel.State.choices, allow_null=True)
    waybill = serializers.CharField()
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


class AllSettledSerializer(serializers.Serializer):
    """In the order in which they were sent."""

    results = SettledSerializer(many=True)


class CancelGivenSerializer(serializers.Serializer):
    reason = Text(max_length=packing.MOST_REASON, min_length=1, allow_blank=False)


class RelabelGivenSerializer(serializers.Serializer):
    """Another waybill for the same content; the old shipment is cancelled."""

    carrier = Code(max_length=40, help_text="Its code.")
    service = Code(max_length=40, help_text="Its code.")
    waybill = Code(max_length=60)
    reason = Text(max_length=packing.MOST_REASON, min_length=1, allow_blank=False)


class InterceptGivenSerializer(serializers.Serializer):
    reason = Text(max_length=intercepting.MOST_REASON, min_length=1, allow_blank=False)


class InterceptSerializer(serializers.ModelSerializer):
    """The carrier is asked to stop the shipment; its answer is put down on the site."""

    id = IdField()
    shipment = IdField(source="parcel_id")

    class Meta:
        model = Intercept
        fields = ["id", "shipment", "state", "reason", "asked_at"]
