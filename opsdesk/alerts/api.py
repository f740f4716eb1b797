from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from opsdesk.alerts.checks import title_for
from opsdesk.alerts.models import Alert
from opsdesk.api import Computed, IdField, MomentFilter, ReadOnlyResource, router

LEVELS = [("0", "0"), ("1", "1"), ("2", "2")]


@extend_schema_field({"type": "string", "enum": [level for level, _title in LEVELS]})
class LevelFilter(ChoiceFilter):
    """As it stands in an address: by its column it would be any number."""


class AlertSerializer(serializers.ModelSerializer):
    """`evidence` holds the values that were compared, never personal data."""

    id = IdField()
    store = IdField(source="store_id")
    assignee = IdField(source="assignee_id", allow_null=True)
    folded_into = IdField(source="folded_into_id", allow_null=True)
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
            "level",
            "escalated_to",
            "climbs_at",
            "days_seen",
            "is_recurring",
            "folded_into",
        ]


class AlertViewSet(ReadOnlyResource):
    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    filterset_fields = [
        "store",
        "state",
        "severity",
        "owner_role",
        "check_code",
        "clause",
        "assignee",
        "escalated_to",
        "is_recurring",
        "folded_into",
    ]
    more_filters = {
        "level": LevelFilter(
            field_name="level",
            choices=LEVELS,
            label="How many steps up the ladder: 0, 1 or 2.",
        ),
        "opened_from": MomentFilter(
            "opened_at", lookup_expr="gte", label="Only what opened then or later."
        ),
        "opened_until": MomentFilter(
            "opened_at", lookup_expr="lt", label="Only what opened before."
        ),
    }


router.register("alerts", AlertViewSet, basename="alerts")
