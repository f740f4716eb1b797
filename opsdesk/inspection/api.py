from rest_framework import serializers

from opsdesk.api import IdField, ReadOnlyResource, router
from opsdesk.inspection.models import CheckResult, InspectionRun


class CheckResultSerializer(serializers.ModelSerializer):
    """`new`, `persisting` and `cleared` compare with the store's last result of this check."""

    class Meta:
        model = CheckResult
        fields = [
            "code",
            "outcome",
            "reason",
            "new",
            "persisting",
            "cleared",
            "figures",
            "milliseconds",
            "at",
        ]


class InspectionSerializer(serializers.ModelSerializer):
    """`codes` are the checks of the inspection, `position` how many of them are done."""

    id = IdField()
    store = IdField(source="store_id")
    results = CheckResultSerializer(many=True, read_only=True)

    class Meta:
        model = InspectionRun
        fields = [
            "id",
            "store",
            "business_date",
            "is_scheduled",
            "state",
            "codes",
            "position",
            "requested_at",
            "started_at",
            "finished_at",
            "results",
        ]


class InspectionViewSet(ReadOnlyResource):
    queryset = InspectionRun.objects.all()
    serializer_class = InspectionSerializer
    filterset_fields = ["store", "business_date", "state"]


router.register("inspections", InspectionViewSet, basename="inspections")
