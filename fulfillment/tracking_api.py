"""Where a shipment is, as carriers told it, and what programs tell of it (FUL-7)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.models import Parcel, Progress, Source, TrackingEvent
from fulfillment.services import tracking
from fulfillment.services.tracking import Seen, tell_events
from fulfillment.told import without_people
from opsdesk.api import Computed, Moment, Text, idempotency
from opsdesk.api.resources import Allowed
from opsdesk.api.rows import rows_of
from opsdesk.keyset import Sorting

MOST = 200


class TrackingEventSerializer(serializers.ModelSerializer):
    """A carrier's word. Names and telephone numbers of people in its text are masked.

    `mark` is `early` for what is dated ahead of its time, which does not count before that comes,
    and `before` for what the waybill did before it was this shipment's.
    """

    text = Computed("text", write=without_people)

    class Meta:
        model = TrackingEvent
        fields = ["at", "state", "text", "place", "code", "source", "mark", "received_at"]


class SeenGivenSerializer(serializers.Serializer):
    """`at` is the carrier's time, `text` its own words."""

    at = Moment()
    state = serializers.ChoiceField(choices=Progress.choices)
    text = Text(max_length=2_000, required=False)
    place = Text(max_length=120, required=False)
    code = Text(max_length=60, required=False)


class TrackingGivenSerializer(serializers.Serializer):
    events = serializers.ListField(child=SeenGivenSerializer(), min_length=1, max_length=MOST)


class TakenSerializer(serializers.Serializer):
    """`known` where the same was told before."""

    outcome = serializers.ChoiceField(choices=["stored", "known"])
    mark = serializers.ChoiceField(choices=TrackingEvent.Mark.choices, allow_blank=True)


class TrackingAnswerSerializer(serializers.Serializer):
    """The shipment's state now, and what became of each event, in the order they were sent."""

    state = serializers.ChoiceField(choices=Parcel.State.choices)
    results = TakenSerializer(many=True)


class MayTrack(Allowed):
    """Events are read like their shipment; who tells them needs a right of its own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method == "POST" and view.action is not None:
            return request.user.has_perm(view.write_permission)
        return view.action is None or request.user.has_perm(view.permission_for("GET"))


class TracksParcels:
    """Mixed into the shipments: their events to read, newest first, and to add to."""

    @action(
        detail=True,
        methods=["get"],
        permission_classes=[MayTrack],
        write_permission=tracking.TELL,
        filter_backends=[],
        lists_class=TrackingEventSerializer,
        given_class=TrackingGivenSerializer,
        answer_class=TrackingAnswerSerializer,
        answers=(200,),
    )
    def tracking(self: Any, request: Request, pk: str = "") -> Response:
        """What carriers told of the shipment, the newest first."""
        events: QuerySet = TrackingEvent.objects.filter(parcel=self._parcel_id())
        rows = rows_of(self.lists_class)
        return Response(self.paginator.answer(events, request, rows, Sorting("at")))

    @tracking.mapping.post
    def tell_tracking(self: Any, request: Request, pk: str = "") -> HttpResponse:
        """What a carrier said of the shipment is stored, each event once."""

        def tell() -> Response:
            given = self._given(request)["events"]
            told = tell_events(
                parcel_id=self._parcel_id(),
                events=[Seen(**event) for event in given],
                source=Source.PROGRAM,
                actor=request.user,
                at=timezone.now(),
            )
            results = [{"outcome": taken.outcome, "mark": taken.mark} for taken in told.taken]
            return Response({"state": told.state, "results": results})

        return idempotency.once(request, tell)
