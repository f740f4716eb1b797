"""A program of the store's own: the order as the REST interface takes it, in a signed envelope."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue
from orders.api import OrderGivenSerializer, draft_of_given
from orders.models import SourceFact
from orders.platforms.reading import Node
from orders.services.drafts import Fact, OrderDraft

Kind = SourceFact.Kind
# In the envelope's `type`; each tells the order whole.
TYPES = ("order.created", "order.paid", "order.updated", "order.cancelled")


def order_of(envelope: Node, *, sent_at: datetime, at: datetime) -> OrderDraft:
    """The order under `data`, as of the envelope's `timestamp`, or of when it was sent.

    Raises BadValue and DomainError.
    """
    serializer = OrderGivenSerializer(data=dict(envelope.node("data").content))
    if not serializer.is_valid():
        field = next(iter(serializer.errors))
        raise BadValue(
            "not_an_order",
            _("data.%(field)s: %(reason)s")
            % {"field": field, "reason": str(serializer.errors[field])[:200]},
        )
    draft = draft_of_given(serializer.validated_data, at=at)
    return replace(
        draft,
        stated_at=envelope.moment("timestamp") or sent_at,
        facts=tuple(_facts(draft)),
    )


def _facts(draft: OrderDraft) -> list[Fact]:
    """What happened, so that an older copy can add to it and never take away."""
    facts = [
        Fact(kind, moment)
        for kind, moment in (
            (Kind.CANCELLED, draft.cancelled_at),
            (Kind.SHIPPED, draft.shipped_at),
            (Kind.DELIVERED, draft.delivered_at),
        )
        if moment is not None
    ]
    if draft.paid_at is not None:
        facts.append(Fact(Kind.PAID, draft.paid_at, amount=draft.paid_amount))
        if draft.refunded_amount:
            refunded = draft.refunded_amount
            facts.append(Fact(Kind.REFUND, draft.paid_at, key="sum", amount=refunded))
    return facts
