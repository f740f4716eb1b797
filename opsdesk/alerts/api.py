from rest_framework import serializers

from opsdesk.alerts.checks import title_for
from opsdesk.alerts.models import Alert
from opsdesk.api import Computed, IdField, ReadOnlyResource, router


class AlertSerializer(serializers.ModelSerializer):
    """`evidence` holds the values that were compared, never personal data."""

    id = IdField()
    store = IdField(source="store_id")
    assignee = IdField(source="assignee_id", allow_null=True)
    title = Computed("check_code", "evidence", write=title_for)

    class Meta:
        model = Alert
        fields = [
            "id",
            "store",
            "check_code",
            "clause",
            "title",
            "subject_label",
            "severity",
            "owner_role",
            "assignee",
            "state",
            "evidence",
            "money_at_risk",
            "opened_at",
            "deadline_at",
            "snoozed_until",
            "resolved_at",
            "times_reopened",
        ]


class AlertViewSet(ReadOnlyResource):
    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    filterset_fields = ["store", "state", "severity", "owner_role", "check_code"]


router.register("alerts", AlertViewSet, basename="alerts")
