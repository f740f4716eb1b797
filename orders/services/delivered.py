"""Deliveries by webhook become orders, or add to what is known of them (ORD-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.errors import DomainError
from opsdesk.exchange.models import InboundDelivery, WebhookSource
from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.services.inbox import Handler
from opsdesk.stores.roles import Role
from orders.importers.records import draft_of, fact_of
from orders.models import Order
from orders.platforms import generic, shopify, woocommerce
from orders.platforms.reading import Node
from orders.services.drafts import OrderDraft
from orders.services.intake import Placed, place_orders, tell_facts

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel

State = InboundDelivery.State
# Clocks of platforms and ours may differ.
LATEST = timedelta(days=1)

REFUSED = AlertKind(
    code="orders.copy_refused",
    title=gettext_lazy("A channel tells an order otherwise than it is here"),
    runbook=gettext_lazy(
        "Compare the order with the channel's own page. What was sent already can't follow: settle "
        "it with the customer, or mend it at the channel. The alert closes with the next copy that "
        "fits."
    ),
    evidence={"source": pgettext_lazy("of data", "source"), "reason": gettext_lazy("reason")},
)

SHOPIFY_ORDERS = {"orders/create", "orders/paid", "orders/updated", "orders/cancelled"}
# Topic → what reads its part of an order: the order's number, and facts.
SHOPIFY_PARTS: dict[str, Callable[[Node], tuple[str, list[dict[str, Any]]]]] = {
    "refunds/create": shopify.refund_of,
    "fulfillments/create": shopify.fulfillment_of,
    "fulfillments/update": shopify.fulfillment_of,
}
WOOCOMMERCE_ORDERS = {"order.created", "order.updated", "order.restored"}


def take_shopify(delivery: InboundDelivery, at: datetime) -> State | None:
    """By its topic: a whole order, or a refund or fulfilment of one, which may come before it."""
    topic = delivery.headers.get("x-shopify-topic", "")
    if topic in SHOPIFY_ORDERS:
        document, currency = _document(delivery, at), delivery.store.currency
        # Shopify's samples stand under `order`, as REST hands an order out.
        wrapped = document.node("order")
        number, data = shopify.order_of(wrapped if wrapped.content else document, currency=currency)
        _place(delivery, draft_of(number, data), at)
        return None
    if topic in SHOPIFY_PARTS:
        number, facts = SHOPIFY_PARTS[topic](_document(delivery, at))
        tell_facts(
            number=number, facts=[fact_of(each) for each in facts], store=delivery.store, at=at
        )
        return None
    return State.IGNORED


def take_woocommerce(delivery: InboundDelivery, at: datetime) -> State | None:
    if delivery.headers.get("x-wc-webhook-topic", "") not in WOOCOMMERCE_ORDERS:
        return State.IGNORED
    currency = delivery.store.currency
    number, data = woocommerce.order_of(_document(delivery, at), currency=currency)
    _place(delivery, draft_of(number, data), at)
    return None


def take_generic(delivery: InboundDelivery, at: datetime) -> State | None:
    envelope = _document(delivery, at)
    if envelope.text("type", limit=80) not in generic.TYPES:
        return State.IGNORED
    sent_at = datetime.fromtimestamp(int(delivery.headers["webhook-timestamp"]), UTC)
    _place(delivery, generic.order_of(envelope, sent_at=sent_at, at=at), at)
    return None


def _document(delivery: InboundDelivery, at: datetime) -> Node:
    """The object that was delivered. Raises BadValue: a person looks at it then."""
    try:
        content = orjson.loads(bytes(delivery.body or b""))
    except orjson.JSONDecodeError as error:
        raise BadValue("not_json", _("The body is no JSON.")) from error
    if not isinstance(content, dict):
        raise BadValue("not_an_object", _("The body is no JSON object."))
    return Node(content, max(at, delivery.received_at) + LATEST)


def _place(delivery: InboundDelivery, draft: OrderDraft, at: datetime) -> None:
    (placed,) = place_orders([draft], store=delivery.store, channel=_channel(delivery), at=at)
    _tell(delivery, placed, at)


def _channel(delivery: InboundDelivery) -> Channel:
    """The one that the webhook was set up for, as it is now. Raises DomainError."""
    known = WebhookSource.objects.filter(store=delivery.store, source=delivery.source)
    source = known.select_related("channel").first()
    if source is None:
        raise DomainError(_("The webhook is not set up any more."))
    return source.channel


def _tell(delivery: InboundDelivery, placed: Placed, at: datetime) -> None:
    """What contradicts the record is an alert until the source tells what fits."""
    key = f"{Order._meta.label_lower}:{placed.order_id}"
    if placed.outcome != "conflict":
        if placed.outcome != "created":
            alerts.close_themselves(
                store_id=delivery.store_id, check_code=REFUSED.code, keys=[key], at=at
            )
        return
    alerts.raise_findings(
        store_id=delivery.store_id,
        check_code=REFUSED.code,
        findings=[
            alerts.Finding(
                key=key,
                subject_label=placed.external_number,
                owner_role=Role.ORDER_REVIEWER,
                severity=Severity.WARNING,
                evidence={"source": delivery.source, "reason": placed.reason},
            )
        ],
        at=at,
    )


HANDLERS = (
    Handler("shopify", take_shopify, headers=("x-shopify-topic",)),
    Handler("woocommerce", take_woocommerce, headers=("x-wc-webhook-topic",)),
    Handler("generic", take_generic, headers=("webhook-timestamp",)),
)
