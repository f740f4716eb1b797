from rest_framework import serializers

from opsdesk.api import IdField, ReadOnlyResource, router
from opsdesk.stores.models import Store


class StoreSerializer(serializers.ModelSerializer):
    id = IdField()

    class Meta:
        model = Store
        fields = ["id", "code", "name", "timezone", "currency", "is_active"]


class StoreViewSet(ReadOnlyResource):
    queryset = Store.objects.all()
    serializer_class = StoreSerializer
    filterset_fields = ["code", "is_active"]


router.register("stores", StoreViewSet, basename="stores")
