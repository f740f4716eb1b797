"""What the channel says of an order that was split here: it knows one order, we ship several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from opsdesk.deadlines import services as deadlines
from orders.contacts import LABELS
from orders.models import ChannelSays, Order
from orders.services import lifecycle, parcels, refunding
from orders.services.amounts import payment_state
from orders.services.drafts import OrderDraft
from orders.services.editing import record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Fulfilment = Order.Fulfilment
_HERE = (Fulfilment.WAITING, Fulfilment.RESERVED)


def share_news(
    order: Order,
    draft: OrderDraft,
    news: dict[str, Any],
    parts: Sequence[Order],
    *,
    at: datetime,
    actor: User | None,
) -> dict[str, Any]:
    """The parts have their share of what the copy says; returns what of it is the order's own.

    A cancellation is for every part that is still here, a new contact for every part that has the
    order's; money that went back is taken from the order first. That it is shipped moves no goods:
    which parcel that was is known here only, each is shipped by hand. The caller holds all locks.
    """
    own = dict(news)
    if "paid_amount" in own or "refunded_amount" in own:
        _share_money(order, draft, own, parts, at=at)
    if draft.cancelled_at is not None:
        _cancel([part for part in parts if part.fulfilment_state in _HERE], draft, at, actor)
    contact = {name: own[name] for name in own if name in (*LABELS, "region")}
    if contact:
        _follow_contact(contact, parts, at=at)
    _ship_by_hand(order, own, parts, at=at)
    return own


def _share_money(
    order: Order, draft: OrderDraft, own: dict[str, Any], parts: Sequence[Order], *, at: datetime
) -> None:
    family = [order, *parts]
    paid = sum((member.paid_amount for member in family), Decimal(0))
    more = max(draft.paid_amount - paid, Decimal(0))
    back = draft.refunded_amount - sum((member.refunded_amount for member in family), Decimal(0))
    own.pop("paid_amount", None)
    own.pop("refunded_amount", None)
    if more:
        own["paid_amount"] = order.paid_amount + more
        ChannelSays.objects.filter(order=order).update(paid_amount=paid + more)
    room = own.get("paid_amount", order.paid_amount) - order.refunded_amount
    if back > 0 and room:
        own["refunded_amount"] = order.refunded_amount + min(back, room)
        back -= min(back, room)
    for part in parts:
        share = min(back, part.paid_amount - part.refunded_amount)
        if share > 0:
            _refund(part, share, at=at)
            back -= share


def _refund(part: Order, share: Decimal, *, at: datetime) -> None:
    before = part.refunded_amount
    part.refunded_amount += share
    part.payment_state = payment_state(part)
    record_change(
        part,
        "channel_says",
        actor=None,
        at=at,
        columns=["refunded_amount", "payment_state"],
        fields={"refunded_amount": [str(before), str(part.refunded_amount)]},
    )
    refunding.settle_by_channel(part, at=at)


def _cancel(parts: Sequence[Order], draft: OrderDraft, at: datetime, actor: User | None) -> None:
    ids = [part.pk for part in parts]
    lifecycle.release_reservations(ids, actor=actor, at=at)
    for part in parts:
        part.fulfilment_state, part.cancelled_at = Fulfilment.CANCELLED, draft.cancelled_at
        columns = ["fulfilment_state", "cancelled_at"]
        fields = {"cancelled_at": [None, str(draft.cancelled_at)]}
        record_change(part, "channel_says", actor=actor, at=at, columns=columns, fields=fields)
    deadlines.cancel(Order, ids, at=at)
    parcels.leave(ids, at=at)


def _follow_contact(contact: dict[str, str], parts: Sequence[Order], *, at: datetime) -> None:
    """Parts whose own recipient was changed here keep it."""
    edited = set(
        ChannelSays.objects.filter(order__in=parts)
        .exclude(contact={})
        .values_list("order_id", flat=True)
    )
    for part in parts:
        if part.fulfilment_state not in _HERE or part.pk in edited:
            continue
        part.contact = replace(
            part.contact, **{name: value for name, value in contact.items() if name in LABELS}
        )
        part.region = contact.get("region", part.region)
        record_change(
            part,
            "channel_says",
            actor=None,
            at=at,
            columns=["region", "sealed_contact", "phone_digest"],
            fields={name: [None, None] for name in contact},
        )
        parcels.leave([part.pk], at=at)


def _ship_by_hand(
    order: Order, own: dict[str, Any], parts: Sequence[Order], *, at: datetime
) -> None:
    """Of a family that has not left whole the channel's word on parcels is only noted."""
    says = [name for name in ("shipped_at", "delivered_at") if name in own]
    if says and any(member.fulfilment_state in _HERE for member in [order, *parts]):
        for name in says:
            del own[name]
        record_change(order, "channel_ships_whole", actor=None, at=at)
