from collections import Counter
from decimal import Decimal
from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from opsdesk import days
from opsdesk.api import (
    Code,
    Computed,
    CreatesOnce,
    GivenId,
    IdField,
    Moment,
    ReadOnlyResource,
    router,
)
from opsdesk.api.fields import Strict
from opsdesk.api.problems import NotThere
from opsdesk.errors import DomainError
from opsdesk.readings import figures
from opsdesk.readings.models import Reading
from opsdesk.readings.services.taking import TAKE, Became, Told, take_readings
from opsdesk.stores.models import Channel


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else figures.shortest(value)


class ReadingSerializer(serializers.ModelSerializer):
    """What a channel says of a store in one figure of one business day."""

    id = IdField()
    store = IdField(source="store_id")
    channel = IdField(source="channel_id")
    value = Computed("value", write=_plain)
    industry = Computed("industry", write=_plain, allow_null=True)

    class Meta:
        model = Reading
        fields = [
            "id",
            "store",
            "channel",
            "figure",
            "day",
            "value",
            "industry",
            "source",
            "taken_at",
        ]


class Number(Strict):
    """Up to four decimals, not negative; a string, so that none is lost."""

    pattern = rf"^[0-9]{{1,12}}(\.[0-9]{{1,{figures.PLACES}}})?\Z"
    says = "Write the value as a string of digits with up to four decimals, such as 4.86."

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        return Decimal(text) if isinstance(text, str) else text


class ToldSerializer(serializers.Serializer):
    """One figure of one day; money in the store's currency, a percentage as 3.25."""

    figure = Code(max_length=40)
    day = serializers.DateField(input_formats=["%Y-%m-%d"])
    value = Number()
    industry = Number(required=False, help_text="What the channel says others have.")


class SaidSerializer(serializers.Serializer):
    """What one channel says. All of it is taken, or nothing."""

    channel = GivenId()
    at = Moment(required=False, help_text="When it said so; now, if it is left out.")
    readings = serializers.ListField(child=ToldSerializer(), min_length=1, max_length=500)


class ReadingTakenSerializer(serializers.Serializer):
    """How many are new, replace another value, were the same, or older than what is here."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    outdated = serializers.IntegerField()


@extend_schema_field({"type": "string", "format": "date"})
class DayFilter(django_filters.DateFilter):
    """A day as 2026-03-02."""


class ReadingViewSet(CreatesOnce, ReadOnlyResource):
    queryset = Reading.objects.all()
    serializer_class = ReadingSerializer
    filterset_fields = ["store", "channel", "figure"]
    more_filters = {
        "day": DayFilter(),
        "from": DayFilter("day", "gte"),
        "to": DayFilter("day", "lte"),
    }
    given_class = SaidSerializer
    answer_class = ReadingTakenSerializer
    answers = (200,)
    write_permission = TAKE

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """What a channel says of some days. A later word replaces an earlier one."""
        channels = Channel.objects.visible_to(request.user).filter(pk=given["channel"])
        channel = channels.select_related("store").first()
        if channel is None:
            raise NotThere("There is no such channel.")
        now = timezone.now()
        at = given.get("at", now)
        if at > now or at.date() < days.FIRST:
            raise DomainError("Nothing was said in the future, nor before 1970.")
        told = [
            Told(channel.pk, one["figure"], one["day"], one["value"], one.get("industry"))
            for one in given["readings"]
        ]
        taken = take_readings(
            store=channel.store,
            told=told,
            source=f"program:{request.auth.pk}",
            actor=request.user,
            at=at,
        )
        counts = Counter(each.became for each in taken)
        return Response({became.value: counts[became] for became in Became})


router.register("readings", ReadingViewSet, basename="readings")
