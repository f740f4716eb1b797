"""What each service would ask for a parcel, for programs that choose one (FUL-5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.carrier_forms import QUOTE
from fulfillment.models.carrier_papers import PERMITS
from fulfillment.services import offers
from fulfillment.services.offers import Offer, Recommendation
from fulfillment.services.quoting import Refused, Wish
from fulfillment.shipments_shapes import HEAVIEST_GRAMS, LONGEST_MM
from fulfillment.tariff import Load
from opsdesk.api import Code, CreatesOnce, Moment, Money, Whole
from opsdesk.api.problems import NotThere
from opsdesk.api.resources import Allowed
from opsdesk.errors import DomainError

SIDES = ("length_mm", "width_mm", "height_mm")


class QuoteGivenSerializer(serializers.Serializer):
    """A parcel that is to go from a warehouse to a region: all three lengths, or none.

    `insured` is the value to be insured, `collected` what is collected on delivery. Goods that ask
    for permits name them. Without `deliver_by` the quickest has most points for its days.
    """

    warehouse = Code(max_length=40, help_text="Its code.")
    region = Code(max_length=60, help_text="A code (3301), a name (浙江省杭州市), a country.")
    weight_grams = Whole(min_value=1, max_value=HEAVIEST_GRAMS)
    length_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    width_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    height_mm = Whole(min_value=1, max_value=LONGEST_MM, required=False)
    insured = Money(required=False)
    collected = Money(required=False)
    deliver_by = Moment(required=False)
    permits = serializers.ListField(
        child=serializers.ChoiceField(choices=[kind.value for kind in PERMITS]),
        max_length=len(PERMITS),
        required=False,
    )


class QuotePartSerializer(serializers.Serializer):
    """A line of the cost, in words."""

    words = serializers.CharField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)


class QuoteOfferSerializer(serializers.Serializer):
    """Days are from handing over to delivery; `points` of 100 say what is recommended.

    `on_time` of `judged` parcels of the last months came when they should: few say little.
    """

    carrier = serializers.CharField()
    service = serializers.CharField()
    cost = serializers.DecimalField(max_digits=12, decimal_places=2)
    days = serializers.IntegerField()
    arrives_on = serializers.DateField()
    in_time = serializers.BooleanField(allow_null=True)
    points = serializers.DecimalField(max_digits=4, decimal_places=1)
    judged = serializers.IntegerField()
    on_time = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())
    parts = QuotePartSerializer(many=True)


class QuoteRefusedSerializer(serializers.Serializer):
    """A service that can't carry it, and why."""

    carrier = serializers.CharField()
    service = serializers.CharField()
    reason = serializers.CharField()


class QuoteSerializer(serializers.Serializer):
    """Offers, the best first, and who can't carry it. Money is in the store's currency."""

    region = serializers.CharField(help_text="The code of the destination.")
    currency = serializers.CharField()
    offers = QuoteOfferSerializer(many=True)
    refused = QuoteRefusedSerializer(many=True)


class QuoteViewSet(CreatesOnce, viewsets.GenericViewSet):
    """Nothing is kept of a quote but its answer, for whoever asks again with the same key."""

    serializer_class = QuoteSerializer
    given_class = QuoteGivenSerializer
    answer_class = QuoteSerializer
    answers = (200,)
    permission_classes = [Allowed]
    write_permission = QUOTE
    filter_backends: list[Any] = []

    @classmethod
    def permission_for(cls, method: str) -> str:
        return QUOTE

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """What each service asks; unknown regions and half a size are refused."""
        named = Warehouse.objects.visible_to(request.user).in_stores([request.auth.store_id])
        warehouse = named.select_related("store").filter(code=given["warehouse"]).first()
        if warehouse is None:
            raise NotThere("There is no such warehouse.")
        require_right(QUOTE, warehouse, request.user)
        found = offers.recommend(
            _wish(warehouse, given), deliver_by=given.get("deliver_by"), at=timezone.now()
        )
        return Response(QuoteSerializer(_told(found, warehouse.store.currency)).data)


def _wish(warehouse: Warehouse, given: dict[str, Any]) -> Wish:
    sides = [given[side] for side in SIDES if side in given]
    if sides and len(sides) < len(SIDES):
        raise DomainError(_("Give all three lengths, or none."))
    load = Load(
        given["weight_grams"],
        (sides[0], sides[1], sides[2]) if sides else None,
        given.get("insured", Decimal(0)),
        given.get("collected", Decimal(0)),
    )
    return Wish(warehouse, given["region"], load, frozenset(given.get("permits", ())))


def _told(found: Recommendation, currency: str) -> dict[str, Any]:
    return {
        "region": found.region,
        "currency": currency,
        "offers": [_offer(offer) for offer in found.offers],
        "refused": [_refused(one) for one in found.refused],
    }


def _offer(offer: Offer) -> dict[str, Any]:
    price = offer.price
    return {
        "carrier": price.service.carrier.code,
        "service": price.service.code,
        "cost": price.cost,
        "days": price.days,
        "arrives_on": price.arrives_on,
        "in_time": offer.is_in_time,
        "points": offer.points,
        "judged": offer.score.judged,
        "on_time": offer.score.on_time,
        "reasons": offer.reasons,
        "parts": price.charge.parts,
    }


def _refused(one: Refused) -> dict[str, Any]:
    service = one.service
    return {"carrier": service.carrier.code, "service": service.code, "reason": one.reason}
