"""Rules and what they did, as programs read them; and trials, which they may ask for."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from opsdesk.api import CreatesOnce, GivenId, IdField, ReadOnlyResource, router
from opsdesk.api.problems import NotThere
from opsdesk.automation.models import Firing, FiringEffect, Rule, RuleTrial, RuleVersion
from opsdesk.automation.services import trying


class RuleVersionSerializer(serializers.ModelSerializer):
    """A wording of the rule as it was saved; `number` is that of the rule's `version` for one."""

    class Meta:
        model = RuleVersion
        fields = [
            "number",
            "trigger",
            "conditions",
            "actions",
            "note",
            "came_from",
            "written_at",
        ]


class RuleSerializer(serializers.ModelSerializer):
    """When something happens, and it is so, then this is done. `version` is the one that counts."""

    id = IdField()
    store = IdField(source="store_id")
    versions = RuleVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Rule
        fields = [
            "id",
            "store",
            "name",
            "state",
            "version",
            "on_since",
            "parked_at",
            "parked_because",
            "fired_at",
            "created_at",
            "versions",
        ]


class RuleViewSet(ReadOnlyResource):
    queryset = Rule.objects.prefetch_related("versions")
    serializer_class = RuleSerializer
    filterset_fields = ["store", "state", "name"]


class EffectSerializer(serializers.ModelSerializer):
    """What one action did; `reason` says why it was refused."""

    class Meta:
        model = FiringEffect
        fields = ["position", "action", "outcome", "reason"]


class FiringSerializer(serializers.ModelSerializer):
    """A rule acted on a subject, once for each `cause`. `chain` are the rules that led to it."""

    id = IdField()
    rule = IdField(source="rule_id")
    version = serializers.IntegerField(source="version.number", read_only=True)
    subject_id = IdField()
    effects = EffectSerializer(many=True, read_only=True)

    class Meta:
        model = Firing
        fields = [
            "id",
            "rule",
            "version",
            "cause",
            "subject_id",
            "subject_label",
            "chain",
            "outcome",
            "at",
            "effects",
        ]


class FiringViewSet(ReadOnlyResource):
    queryset = Firing.objects.select_related("version").prefetch_related("effects")
    serializer_class = FiringSerializer
    filterset_fields = ["rule", "outcome"]


class TrialSerializer(serializers.ModelSerializer):
    """What the rule's version would have done from `since` to `until`, once its state is `done`."""

    id = IdField()
    rule = IdField(source="version.rule_id")
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = RuleTrial
        fields = [
            "id",
            "rule",
            "version",
            "since",
            "until",
            "state",
            "percent",
            "result",
            "error",
            "asked_at",
            "finished_at",
        ]


class GivenTrialSerializer(serializers.Serializer):
    """The rule whose version that counts is to be tried."""

    rule = GivenId()


class TrialViewSet(CreatesOnce, ReadOnlyResource):
    queryset = RuleTrial.objects.select_related("version")
    serializer_class = TrialSerializer
    filterset_fields = ["state"]
    given_class = GivenTrialSerializer
    write_permission = trying.TRY

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """The rule is tried on the last days; one trial that waits or runs is answered again."""
        rule = Rule.objects.visible_to(request.user).filter(pk=given["rule"]).first()
        if rule is None:
            raise NotThere("There is no such rule.")
        trial = trying.ask_for_trial(rule_id=rule.pk, actor=request.user, at=timezone.now())
        address = reverse("automation-trials-detail", args=[trial.pk], request=request)
        return Response(self.get_serializer(trial).data, status=201, headers={"Location": address})


router.register("automation-rules", RuleViewSet, basename="automation-rules")
router.register("automation-runs", FiringViewSet, basename="automation-runs")
router.register("automation-trials", TrialViewSet, basename="automation-trials")
