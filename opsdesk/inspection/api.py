from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from opsdesk.alerts.checks import title_for
from opsdesk.alerts.models import Severity
from opsdesk.api import Computed, IdField, ReadOnlyResource, router
from opsdesk.api.filters import ColumnFilters, ColumnFilterSet, TextFilter, TruthFilter
from opsdesk.api.problems import NotThere
from opsdesk.api.rows import rows_of
from opsdesk.inspection.models import CheckFinding, CheckResult, InspectionRun
from opsdesk.keyset import Sorting

# As the checks saw them, of each check the gravest first.
AS_SEEN = Sorting(descending=False)


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


class FindingSerializer(serializers.ModelSerializer):
    """An alert that a check saw, as it stood then; `evidence` never holds personal data."""

    id = IdField()
    check_code = serializers.CharField(source="result.code")
    alert = IdField(source="alert_id")
    kind = serializers.CharField(source="alert.check_code")
    title = Computed("alert__check_code", "evidence", write=title_for)
    owner_role = serializers.CharField(source="alert.owner_role")

    class Meta:
        model = CheckFinding
        fields = [
            "id",
            "check_code",
            "alert",
            "kind",
            "title",
            "subject_label",
            "severity",
            "owner_role",
            "is_new",
            "evidence",
        ]


@extend_schema_field({"type": "string", "enum": Severity.values})
class SeverityFilter(ChoiceFilter):
    """One of the severities."""


class FindingFilterSet(ColumnFilterSet):
    check_code = TextFilter(field_name="result__code", label="Findings of this check.")
    severity = SeverityFilter(choices=Severity.choices)
    is_new = TruthFilter()


class FindingFilters(ColumnFilters):
    """Those of the findings, whatever the inspections are narrowed by."""

    def get_filterset_class(self, view: Any, queryset: QuerySet | None = None) -> Any:
        return FindingFilterSet


class InspectionViewSet(ReadOnlyResource):
    queryset = InspectionRun.objects.all()
    serializer_class = InspectionSerializer
    filterset_fields = ["store", "business_date", "state"]

    @action(
        detail=True,
        filter_backends=[FindingFilters],
        lists_class=FindingSerializer,
    )
    def findings(self, request: Request, pk: str = "") -> Response:
        """What its checks found, as many of each as are kept, in the order of the checks."""
        run = self.get_queryset().filter(pk=int(pk)).first()
        if run is None:
            raise NotThere("There is no such inspection.")
        rows = CheckFinding.objects.filter(result__run=run)
        found = self.filter_queryset(rows)
        return Response(self.paginator.answer(found, request, rows_of(self.lists_class), AS_SEEN))


router.register("inspections", InspectionViewSet, basename="inspections")
