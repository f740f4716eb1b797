"""Carriers and their services, for programs that label parcels (FUL-3, FUL-5)."""

from __future__ import annotations

from rest_framework import serializers

from fulfillment.elsewhere import NotesElsewhere
from fulfillment.models import Carrier, CarrierService
from opsdesk.api import IdField, ReadOnlyResource


class CarrierServiceSerializer(serializers.ModelSerializer):
    id = IdField()

    class Meta:
        model = CarrierService
        fields = ["id", "code", "name", "usual_days", "is_cold", "is_active"]


class CarrierSerializer(serializers.ModelSerializer):
    """A carrier with the ways in which it carries. `usual_days` are from hand-over to delivery."""

    id = IdField()
    store = IdField(source="store_id")
    services = CarrierServiceSerializer(many=True, read_only=True)

    class Meta:
        model = Carrier
        fields = ["id", "store", "code", "name", "phone", "is_active", "services"]


class CarrierViewSet(NotesElsewhere, ReadOnlyResource):
    queryset = Carrier.objects.prefetch_related("services")
    serializer_class = CarrierSerializer
    filterset_fields = ["store", "code", "is_active"]
