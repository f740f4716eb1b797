"""A number we already have arrives again: a copy, news, or a contradiction (ORD-1).

News only moves forward (paid, shipped, delivered, cancelled, refunded more). Files carry no moment
of their own, so for address and unpaid total the copy that arrived last counts; one that was on
record and has been replaced changes nothing when it arrives again. What contradicts the record is
refused and noted, never merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from opsdesk.deadlines import services as deadlines
from opsdesk.stores.models import Channel
from orders.contacts import LABELS
from orders.models import Customer, Order, OrderEvent, OrderLine, SupersededCopy
from orders.services import lifecycle
from orders.services.drafts import OrderDraft

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

Fulfilment = Order.Fulfilment
_PERSONAL = ("region", *LABELS)
_STILL_HERE = (Fulfilment.WAITING, Fulfilment.RESERVED, Fulfilment.NOT_TRACKED)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one arriving copy: duplicate, changed, or conflict with its reason."""

    external_number: str
    outcome: str
    order_id: int
    reason: str = ""


def take_news(
    drafts: Sequence[OrderDraft],
    *,
    store: Store,
    channel: Channel,
    at: datetime,
    actor: User | None,
) -> list[Change]:
    """Each draft's order is up to date with it afterwards, or the contradiction is on record."""
    by_number = {draft.external_number: draft for draft in drafts}
    orders = list(
        Order.objects.filter(store=store, external_number__in=list(by_number))
        .select_related("store", "channel")
        .locked()
    )
    digests = {number: draft.digests() for number, draft in by_number.items()}
    newer = _not_seen_before(orders, digests)
    lines = _lines_of(newer)
    changes = {
        order.external_number: Change(order.external_number, "duplicate", order.pk)
        for order in orders
    }
    for order in newer:
        draft = by_number[order.external_number]
        changes[order.external_number] = _take(
            order, draft, lines.get(order.pk, {}), channel=channel, at=at, actor=actor
        )
    _forget_strays(orders, by_number, store)
    return [changes[draft.external_number] for draft in drafts]


def _forget_strays(orders: Sequence[Order], drafts: Mapping[str, OrderDraft], store: Store) -> None:
    """A copy of an order whose customer was erased brings the buyer's id along: without an order of
    their own they are nobody here."""
    cleared = [order.external_number for order in orders if order.contact_cleared_at is not None]
    buyers = {drafts[number].customer for number in cleared}
    if buyers:
        Customer.objects.filter(store=store, external_id__in=buyers, orders=None).delete()


def _not_seen_before(orders: Sequence[Order], digests: Mapping[str, list[str]]) -> list[Order]:
    """Orders whose arriving copy is neither the one on record nor one that it replaced."""
    changed = [
        order for order in orders if order.content_hash not in digests[order.external_number]
    ]
    superseded = set(
        SupersededCopy.objects.filter(order__in=changed).values_list("order_id", "content_hash")
    )
    return [
        order
        for order in changed
        if superseded.isdisjoint((order.pk, digest) for digest in digests[order.external_number])
    ]


def _lines_of(orders: Sequence[Order]) -> dict[int, dict[str, int]]:
    """Order id → SKU code → pieces."""
    pieces: dict[int, dict[str, int]] = {}
    rows = OrderLine.objects.filter(order__in=orders).values_list(
        "order_id", "sku_code", "quantity"
    )
    for order_id, code, quantity in rows:
        codes = pieces.setdefault(order_id, {})
        codes[code] = codes.get(code, 0) + quantity
    return pieces


def _take(
    order: Order,
    draft: OrderDraft,
    lines: dict[str, int],
    *,
    channel: Channel,
    at: datetime,
    actor: User | None,
) -> Change:
    contradiction = _contradiction(order, draft, lines, channel)
    if contradiction:
        lifecycle.note(
            [order.pk],
            OrderEvent.Kind.CONFLICTED,
            actor=actor,
            at=at,
            data={"reason": contradiction},
        )
        return Change(order.external_number, "conflict", order.pk, contradiction)
    news = _news(order, draft)
    if not news:
        return Change(order.external_number, "duplicate", order.pk)
    _apply(order, draft, news, at=at, actor=actor)
    return Change(order.external_number, "changed", order.pk)


def _contradiction(order: Order, draft: OrderDraft, lines: dict[str, int], channel: Channel) -> str:
    """Why the copy can't be the same order, in words for the person who sent it; else empty."""
    if order.channel_id != channel.pk:
        return _("The number is already taken by an order of channel %(channel)s.") % {
            "channel": order.channel
        }
    if order.placed_at != draft.placed_at:
        return _("Placed at %(ours)s here, at %(theirs)s in the file.") % {
            "ours": order.placed_at.isoformat(),
            "theirs": draft.placed_at.isoformat(),
        }
    # A copy of amounts only says nothing of the articles an order has.
    tells_articles = not draft.is_amount_only or order.is_amount_only
    if tells_articles and _pieces(draft) != lines:
        return _("Its articles or quantities differ from the order recorded here.")
    if order.total_amount != draft.total_amount and order.paid_at is not None:
        return _("Total %(ours)s here, %(theirs)s in the file, and it is already paid.") % {
            "ours": order.total_amount,
            "theirs": draft.total_amount,
        }
    return ""


def _pieces(draft: OrderDraft) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for line in draft.lines:
        pieces[line.sku_code] = pieces.get(line.sku_code, 0) + line.quantity
    return pieces


def _news(order: Order, draft: OrderDraft) -> dict[str, Any]:
    """Fields of the order that the copy moves forward → their new value."""
    news = {
        field: getattr(draft, field)
        for field in _open_moments(order)
        if getattr(draft, field) is not None and getattr(order, field) is None
    }
    if order.paid_at is None and draft.total_amount != order.total_amount:
        news["total_amount"] = draft.total_amount
    if "paid_at" in news:
        news["paid_amount"] = draft.paid_amount
    if draft.refunded_amount > order.refunded_amount:
        news["refunded_amount"] = draft.refunded_amount
        news["paid_amount"] = max(order.paid_amount, draft.paid_amount)
    if order.fulfilment_state in _STILL_HERE and order.contact_cleared_at is None:
        contact = order.contact
        for field in _PERSONAL:
            theirs = getattr(draft, field)
            if theirs and theirs != getattr(contact if field in LABELS else order, field):
                news[field] = theirs
    return news


def _open_moments(order: Order) -> list[str]:
    """Timestamps that may still come. What has ended doesn't end again."""
    if order.fulfilment_state in (Fulfilment.DELIVERED, Fulfilment.CANCELLED):
        return ["paid_at"]
    return ["paid_at", "shipped_at", "delivered_at", "cancelled_at"]


def _apply(
    order: Order, draft: OrderDraft, news: dict[str, Any], *, at: datetime, actor: User | None
) -> None:
    columns = [field for field in news if field not in LABELS]
    before = {field: getattr(order, field) for field in columns}
    for field in columns:
        setattr(order, field, news[field])
    contact = {field: news[field] for field in news if field in LABELS}
    if contact:
        order.contact = replace(order.contact, **contact)
        columns += ["sealed_contact", "phone_digest"]
    if order.paid_at is not None:
        order.payment_state = _payment_state(order)
    SupersededCopy.objects.bulk_create(
        [SupersededCopy(order=order, content_hash=order.content_hash)], ignore_conflicts=True
    )
    order.content_hash = draft.digest()
    order.version += 1
    _move_goods(order, news, at=at, actor=actor)
    order.updated_at = Now()
    order.save(
        update_fields=[
            *columns,
            "payment_state",
            "fulfilment_state",
            "content_hash",
            "version",
            "updated_at",
        ]
    )
    lifecycle.note(
        [order.pk],
        OrderEvent.Kind.CHANGED,
        actor=actor,
        at=at,
        data={"fields": {field: _shown(field, before.get(field), news[field]) for field in news}},
    )
    _move_clocks(order, news, at=at)


def _payment_state(order: Order) -> str:
    if not order.refunded_amount:
        return Order.Payment.PAID
    if order.refunded_amount < order.paid_amount:
        return Order.Payment.PART_REFUNDED
    return Order.Payment.REFUNDED


def _move_goods(order: Order, news: dict[str, Any], *, at: datetime, actor: User | None) -> None:
    """The channel says it is shipped, delivered or cancelled: state and stock follow."""
    ids = [order.pk]
    if "cancelled_at" in news:
        lifecycle.release_reservations(ids, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.CANCELLED
        return
    if "shipped_at" in news and order.fulfilment_state != Fulfilment.NOT_TRACKED:
        lifecycle.ship_reserved(ids, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.SHIPPED
    if "delivered_at" in news and order.fulfilment_state == Fulfilment.SHIPPED:
        lifecycle.deliver_shipped(ids, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.DELIVERED


def _move_clocks(order: Order, news: dict[str, Any], *, at: datetime) -> None:
    ids = [order.pk]
    still_owed = order.fulfilment_state in (Fulfilment.WAITING, Fulfilment.RESERVED)
    is_timed = not order.is_amount_only and (still_owed or "shipped_at" in news)
    if "paid_at" in news and is_timed:
        _start_paid_clocks(order, paid_at=news["paid_at"], at=at)
    if "shipped_at" in news:
        for moment in ("confirmed_at", "shipped_at"):
            deadlines.reach(Order, ids, reached=moment, at=news["shipped_at"])
    if "cancelled_at" in news:
        deadlines.cancel(Order, ids, at=at)


def _start_paid_clocks(order: Order, *, paid_at: datetime, at: datetime) -> None:
    """Where stock is reserved on payment, the clock to confirm it starts with the payment too."""
    paid = deadlines.Subject(order.pk, order.external_number, paid_at, order.total_amount)
    reserves_now = order.channel.reserve_on == Channel.ReserveOn.PAID
    for moment in ("paid_at", "placed_at") if reserves_now else ("paid_at",):
        deadlines.start(Order, [paid], on=moment, store=order.store, channel=order.channel, at=at)


def _shown(field: str, before: Any, after: Any) -> list[str | None]:
    """Before and after as text; of personal data only that it changed."""
    if field in _PERSONAL:
        return [None, None]
    return [None if value is None else str(value) for value in (before, after)]
