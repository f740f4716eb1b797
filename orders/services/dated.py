"""The newest word of a source on an order we know: what it moves, and its articles (ORD-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from catalog.models import SkuCode
from opsdesk.deadlines import services as deadlines
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import Channel
from orders import tasks
from orders.contacts import LABELS
from orders.models import Order, OrderLine
from orders.services import lifecycle
from orders.services.drafts import OrderDraft

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Fulfilment = Order.Fulfilment
Review = Order.Review
# SKU code → pieces and amount of its lines together.
Articles = dict[str, tuple[int, Decimal]]

HERE = (Fulfilment.WAITING, Fulfilment.RESERVED)
GONE = (Fulfilment.SHIPPED, Fulfilment.DELIVERED)
AMOUNTS = ("total_amount", "freight_amount", "discount_amount")
_TEXTS = ("region", *LABELS)


def articles_of(draft: OrderDraft) -> Articles:
    articles: Articles = {}
    for line in draft.lines:
        pieces, amount = articles.get(line.sku_code, (0, Decimal(0)))
        articles[line.sku_code] = (pieces + line.quantity, amount + line.amount)
    return articles


def pieces_of(articles: Articles) -> dict[str, int]:
    return {code: pieces for code, (pieces, _amount) in articles.items()}


def happened(order: Order, draft: OrderDraft) -> dict[str, Any]:
    """Fields that what happened elsewhere moves → their new value.

    When a thing happened is sometimes known from the first copy only that tells of it: a copy that
    is older, and comes later, knows better.
    """
    news: dict[str, Any] = {}
    for field in ("paid_at", "cancelled_at"):
        ours, theirs = getattr(order, field), getattr(draft, field)
        if theirs is not None and (ours is None or theirs < ours):
            news[field] = theirs
    if order.fulfilment_state in GONE:
        news.pop("cancelled_at", None)
    if "cancelled_at" not in news and order.fulfilment_state != Fulfilment.CANCELLED:
        for field in ("shipped_at", "delivered_at"):
            if getattr(order, field) is None and getattr(draft, field) is not None:
                news[field] = getattr(draft, field)
    if draft.paid_amount > order.paid_amount:
        news["paid_amount"] = draft.paid_amount
    if draft.refunded_amount > order.refunded_amount:
        news["refunded_amount"] = draft.refunded_amount
    return news


def stated(order: Order, draft: OrderDraft, articles: Articles) -> dict[str, Any]:
    """Fields that the newest copy states otherwise → their new value; `lines` are the draft's."""
    news: dict[str, Any] = {
        field: getattr(draft, field)
        for field in AMOUNTS
        if getattr(draft, field) != getattr(order, field)
    }
    if order.fulfilment_state not in GONE and articles != articles_of(draft):
        news["lines"] = draft.lines
    if order.contact_cleared_at is None:
        contact = order.contact
        for field in _TEXTS:
            theirs = getattr(draft, field)
            if theirs != getattr(contact if field in LABELS else order, field):
                news[field] = theirs
    return news


def replace_lines(order: Order, draft: OrderDraft, *, at: datetime, actor: User | None) -> None:
    """The order has the draft's articles, and owes those; the caller saves it.

    What was reserved is free again, and the order waits for its new articles: the worker is told
    after the commit. What had passed the review is to be reviewed again.
    """
    lifecycle.release_reservations([order.pk], actor=actor, at=at)
    order.lines.all().delete()
    codes = {line.sku_code for line in draft.lines}
    known = dict(
        SkuCode.objects.filter(store=order.store_id, code__in=codes, sku__isnull=False).values_list(
            "code", "sku_id"
        )
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                position=position,
                sku_id=known.get(line.sku_code),
                sku_code=line.sku_code,
                title=line.title,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
            )
            for position, line in enumerate(draft.lines, start=1)
        ]
    )
    if order.fulfilment_state in HERE:
        _owe_anew(order, at=at)
        hint(tasks.reserve_waiting_orders, sorted(set(known.values())))


def _owe_anew(order: Order, *, at: datetime) -> None:
    """Clocks that were met for other articles run again, from now on."""
    if order.fulfilment_state == Fulfilment.RESERVED:
        order.fulfilment_state, order.confirmed_at = Fulfilment.WAITING, None
        if order.channel.reserve_on == Channel.ReserveOn.PLACED or order.paid_at is not None:
            _start(order, on="placed_at", reached="confirmed_at", at=at)
    if order.review_state == Review.PASSED:
        order.review_state, order.reviewed_at = Review.WAITING, None
        if order.paid_at is not None:
            _start(order, on="paid_at", reached="reviewed_at", at=at)


def _start(order: Order, *, on: str, reached: str, at: datetime) -> None:
    subject = deadlines.Subject(order.pk, order.external_number, at, order.total_amount)
    deadlines.start(
        Order,
        [subject],
        on=on,
        reached=reached,
        store=order.store,
        channel=order.channel,
        at=at,
    )


def move_clocks(order: Order, news: Mapping[str, Any], was: Mapping[str, Any]) -> None:
    """The order's clocks stand for the amount it has now, and run from when it was really paid."""
    if "total_amount" in news:
        deadlines.revalue(Order, order.pk, order.total_amount)
    if "paid_at" in news and was["paid_at"] is not None:
        deadlines.start_earlier(
            Order, order.pk, believed=was["paid_at"], started_at=news["paid_at"]
        )
