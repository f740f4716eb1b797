from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from opsdesk import keyset, privacy
from opsdesk.api import (
    Code,
    Computed,
    CreatesOnce,
    IdField,
    Moment,
    Money,
    ReadOnlyResource,
    Text,
    Whole,
    router,
)
from opsdesk.api.problems import NotThere, refused
from opsdesk.errors import Conflict, DomainError
from opsdesk.exchange.problems import BadValue
from opsdesk.stores.models import Channel
from orders.contacts import unseal_masked
from orders.importers.base import LINES_OF_AN_ORDER
from orders.importers.records import AMOUNTS, MOMENTS, complete, draft_of
from orders.models import Order, OrderLine
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders

if TYPE_CHECKING:
    from opsdesk.stores.models import User

LATEST = timedelta(days=1)  # clocks of shops and ours may differ
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
MOST_MONEY = Decimal(10) ** 12
_SEALED = ("sealed_contact", "store_id", "external_number")


def _masked_address(region: str, *sealed: Any) -> str:
    return privacy.mask_address(region, unseal_masked(*sealed).address)


class OrderLineSerializer(serializers.ModelSerializer):
    id = IdField()
    sku = IdField(source="sku_id", allow_null=True)

    class Meta:
        model = OrderLine
        fields = ["id", "position", "sku", "sku_code", "title", "quantity", "unit_price", "amount"]


class OrderSerializer(serializers.ModelSerializer):
    """Recipient, phone and address come masked; there is no way to ask for more."""

    id = IdField()
    store = IdField(source="store_id")
    channel = IdField(source="channel_id")
    recipient = Computed(*_SEALED, write=lambda *sealed: unseal_masked(*sealed).recipient)
    phone = Computed(*_SEALED, write=lambda *sealed: unseal_masked(*sealed).phone)
    address = Computed("region", *_SEALED, write=_masked_address)
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            "id",
            "store",
            "channel",
            "external_number",
            "review_state",
            "payment_state",
            "fulfilment_state",
            "after_sales_state",
            "is_amount_only",
            "currency",
            "total_amount",
            "freight_amount",
            "discount_amount",
            "paid_amount",
            "refunded_amount",
            "placed_at",
            "paid_at",
            "reviewed_at",
            "confirmed_at",
            "shipped_at",
            "delivered_at",
            "cancelled_at",
            "recipient",
            "phone",
            "address",
            "lines",
            "version",
        ]


class LineGivenSerializer(serializers.Serializer):
    sku_code = Code(max_length=80)
    quantity = Whole(min_value=1, max_value=1_000_000)
    unit_price = Money()
    title = Text(max_length=200, required=False)


class OrderGivenSerializer(serializers.Serializer):
    """What is known of an order; the same fields, and the same rules, as in a file of orders.

    Without a total it is the lines' sum plus freight less discount. What is paid without an amount
    is paid in full. Later copies of a number bring news: paid since, shipped since, cancelled.
    """

    channel_code = Code(
        max_length=40, required=False, help_text="May be left out where the store has one channel."
    )
    external_number = Code(max_length=80)
    placed_at = Moment()
    paid_at = Moment(required=False)
    shipped_at = Moment(required=False)
    delivered_at = Moment(required=False)
    cancelled_at = Moment(required=False)
    total_amount = Money(required=False)
    freight_amount = Money(required=False)
    discount_amount = Money(required=False)
    paid_amount = Money(required=False)
    refunded_amount = Money(required=False)
    customer = Text(max_length=120, required=False)
    recipient = Text(max_length=80, required=False)
    phone = Text(max_length=32, required=False)
    region = Text(max_length=120, required=False)
    address = Text(max_length=300, required=False)
    buyer_memo = Text(max_length=500, required=False)
    lines = serializers.ListField(
        child=LineGivenSerializer(), min_length=1, max_length=LINES_OF_AN_ORDER
    )


class PlacedSerializer(serializers.Serializer):
    """`created`; `duplicate` where the number was known and says nothing new; `changed`."""

    outcome = serializers.ChoiceField(choices=["created", "duplicate", "changed"])
    order = IdField(source="order_id")
    external_number = serializers.CharField()


class NotPossible(DomainError):
    """The fields contradict each other, or what they say can't be."""

    def __init__(self, code: str, message: str, field: str) -> None:
        super().__init__(message, field=field)
        self.code = code


def draft_of_given(given: dict[str, Any], *, at: datetime) -> OrderDraft:
    """As a row of a file becomes one: by the same rules. Raises NotPossible."""
    data = {name: value for name, value in given.items() if name not in ("channel_code", "lines")}
    for name in MOMENTS:
        if name in data:
            data[name] = _text_of(data[name], name, at=at)
    for name in AMOUNTS:
        if name in data:
            data[name] = str(data[name])
    data["lines"] = [_line(line) for line in given["lines"]]
    number = data.pop("external_number")
    try:
        complete(data)
    except BadValue as error:
        raise NotPossible(error.code, error.message, getattr(error, "field", "")) from error
    if Decimal(data["total_amount"]) >= MOST_MONEY:
        raise NotPossible("too_large", "The total is too large to be right.", "total_amount")
    return draft_of(number, data)


def _text_of(moment: datetime, name: str, *, at: datetime) -> str:
    if moment.year < EARLIEST.year:
        raise NotPossible("too_old", "This is too long ago to be right.", name)
    # The year first: at the end of the calendar nothing can be reckoned.
    if moment.year > at.year + 1 or moment > at + LATEST:
        raise NotPossible("in_the_future", "This lies in the future.", name)
    return moment.astimezone(UTC).isoformat()


def _line(line: dict[str, Any]) -> list[Any]:
    """As the importers stage it: code, pieces, unit price, amount, title."""
    amount = line["quantity"] * line["unit_price"]
    if amount >= MOST_MONEY:
        raise NotPossible("too_large", "The amount of a line is too large to be right.", "lines")
    price = line["unit_price"]
    return [line["sku_code"], line["quantity"], str(price), str(amount), line.get("title", "")]


class OrderViewSet(CreatesOnce, ReadOnlyResource):
    queryset = Order.objects.prefetch_related("lines")
    serializer_class = OrderSerializer
    sorting = keyset.Sorting("placed_at")
    filterset_fields = [
        "store",
        "channel",
        "external_number",
        "review_state",
        "payment_state",
        "fulfilment_state",
        "after_sales_state",
    ]
    given_class = OrderGivenSerializer
    answer_class = PlacedSerializer
    answers = (201, 200)
    write_permission = "orders.add_order"

    def write(self, request: Request, given: dict[str, Any]) -> Response:
        """Take an order in: once, whoever sends it and however often (ORD-1)."""
        at = timezone.now()
        channel = _channel(request.user, given.get("channel_code"))
        (placed,) = place_orders(
            [draft_of_given(given, at=at)],
            store=channel.store,
            channel=channel,
            at=at,
            actor=request.user,
        )
        if placed.outcome == "conflict":
            # Answered, not raised: that it came is noted on the order's timeline.
            return refused(Conflict(placed.reason, order=str(placed.order_id)))
        address = reverse("orders-detail", args=[placed.order_id], request=request)
        return Response(
            PlacedSerializer(placed).data,
            status=201 if placed.outcome == "created" else 200,
            headers={"Location": address},
        )


def _channel(user: User, code: str | None) -> Channel:
    channels = Channel.objects.visible_to(user).filter(is_active=True).select_related("store")
    if code is not None:
        channels = channels.filter(code=code)
    found = list(channels[:2])
    if not found:
        raise NotThere("There is no such channel.")
    if len(found) > 1:
        raise NotPossible("channel_needed", "Say by which channel the order came.", "channel_code")
    return found[0]


router.register("orders", OrderViewSet, basename="orders")
