"""A number we already have arrives again: a copy, news, or a contradiction (ORD-1).

News only moves forward (paid, shipped, delivered, cancelled, refunded more). Files carry no moment
of their own, so for address and unpaid total the copy that arrived last counts; one that was on
record and has been replaced changes nothing when it arrives again. Platforms say as of when a copy
holds: the newest counts, its articles and amounts too while the goods are here, and of an older one
only what happened (`sources.py`). What contradicts the record is refused and noted, never merged.
Of an order that was changed here a copy is compared with what the channel said before: our change
stays, and what the channel changes after it is noted (ORD-5).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from opsdesk.deadlines import services as deadlines
from opsdesk.stores.models import Channel
from orders.contacts import LABELS
from orders.models import (
    Customer,
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    SourceFact,
    SupersededCopy,
)
from orders.services import (
    channel_word,
    contradictions,
    dated,
    families,
    lifecycle,
    parcels,
    refunding,
    releasing,
    sources,
)
from orders.services.amounts import payment_state
from orders.services.channel_word import Known
from orders.services.dated import Articles
from orders.services.drafts import Fact, LineDraft, OrderDraft

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

Fulfilment = Order.Fulfilment
Review = Order.Review
_PERSONAL = channel_word.PERSONAL


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
    outdated: Collection[str] = (),
) -> list[Change]:
    """Each draft's order is up to date with it afterwards, or the contradiction is on record.

    Of the `outdated` numbers the record is newer than the draft: only what happened is taken.
    """
    by_number = {draft.external_number: draft for draft in drafts}
    orders = list(
        Order.objects.filter(store=store, external_number__in=list(by_number))
        .select_related("store", "channel")
        .locked()
    )
    digests = {number: draft.digests() for number, draft in by_number.items()}
    newer = _not_seen_before(orders, digests, by_number)
    lines = _lines_of(newer)
    known = channel_word.known_of(newer) if newer else {}
    changes = {
        order.external_number: Change(order.external_number, "duplicate", order.pk)
        for order in orders
    }
    for order in newer:
        draft = by_number[order.external_number]
        if order.external_number in outdated:
            changes[order.external_number] = _take_facts(
                order, draft, known[order.pk], at=at, actor=actor
            )
            continue
        changes[order.external_number] = _take(
            order,
            draft,
            known[order.pk],
            lines.get(order.pk, {}),
            channel=channel,
            at=at,
            actor=actor,
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


def _not_seen_before(
    orders: Sequence[Order], digests: Mapping[str, list[str]], drafts: Mapping[str, OrderDraft]
) -> list[Order]:
    """Orders whose arriving copy is neither the one on record nor one that it replaced.

    Where copies have moments these decide: what a source says again may have been changed back.
    """
    of_a_moment = [order for order in orders if drafts[order.external_number].stated_at is not None]
    changed = [
        order
        for order in orders
        if drafts[order.external_number].stated_at is None
        and order.content_hash not in digests[order.external_number]
    ]
    superseded = set(
        SupersededCopy.objects.filter(order__in=changed).values_list("order_id", "content_hash")
    )
    return of_a_moment + [
        order
        for order in changed
        if superseded.isdisjoint((order.pk, digest) for digest in digests[order.external_number])
    ]


def _lines_of(orders: Sequence[Order]) -> dict[int, Articles]:
    """Order id → its articles."""
    found: dict[int, Articles] = {}
    rows = OrderLine.objects.filter(order__in=orders).values_list(
        "order_id", "sku_code", "quantity", "amount"
    )
    for order_id, code, quantity, amount in rows:
        articles = found.setdefault(order_id, {})
        pieces, sum_of_amounts = articles.get(code, (0, Decimal(0)))
        articles[code] = (pieces + quantity, sum_of_amounts + amount)
    return found


def take_facts(order: Order, facts: Sequence[Fact], *, at: datetime, actor: User | None) -> Change:
    """The locked order stands as what is known to have happened to it lets it stand."""
    draft = OrderDraft(
        order.external_number,
        order.placed_at,
        order.total_amount,
        lines=tuple(
            LineDraft(line.sku_code, line.quantity, line.unit_price, line.amount)
            for line in order.lines.all()
        ),
    )
    if order.paid_at is not None:
        # However we learnt of it; what the source tells of it comes first.
        facts = [*facts, Fact(SourceFact.Kind.PAID, order.paid_at, amount=order.paid_amount)]
    known = channel_word.known_of([order])[order.pk]
    return _take_facts(order, sources.with_facts(draft, facts), known, at=at, actor=actor)


def _take_facts(
    order: Order, draft: OrderDraft, known: Known, *, at: datetime, actor: User | None
) -> Change:
    """Of a copy that is older than the record, what happened is news all the same."""
    news = dated.happened(order, draft)
    if news and known.parts:
        news = families.share_news(order, draft, news, known.parts, at=at, actor=actor)
    if not news:
        return Change(order.external_number, "duplicate", order.pk)
    _apply(order, None, news, at=at, actor=actor)
    return Change(order.external_number, "changed", order.pk)


def _take(
    order: Order,
    draft: OrderDraft,
    known: Known,
    lines: Articles,
    *,
    channel: Channel,
    at: datetime,
    actor: User | None,
) -> Change:
    contradiction = contradictions.why_not(order, draft, known, channel)
    if contradiction:
        return _conflict(order, contradiction, at=at, actor=actor)
    overruled = contradictions.overruled(order, draft, known)
    if draft.stated_at is None:
        news = _news(order, draft, known)
    else:
        stated = _without_ours(dated.stated(order, draft, lines), known)
        news = stated | dated.happened(order, draft)
    own = news
    if news and known.parts:
        own = families.share_news(order, draft, news, known.parts, at=at, actor=actor)
    if own:
        _apply(order, draft, own, at=at, actor=actor)
    elif news:
        _replace_copy(order, draft)
        order.save(update_fields=["content_hash"])
    if overruled:
        return _conflict(order, overruled, at=at, actor=actor)
    outcome = "changed" if news else "duplicate"
    return Change(order.external_number, outcome, order.pk)


def _without_ours(stated: dict[str, Any], known: Known) -> dict[str, Any]:
    """What the channel states of which nobody here has decided otherwise."""
    ours = set(known.contact)
    if known.is_edited or known.parts:
        ours |= {"lines", *dated.AMOUNTS}
    return {field: value for field, value in stated.items() if field not in ours}


def _conflict(order: Order, reason: str, *, at: datetime, actor: User | None) -> Change:
    """What is not done is on the timeline."""
    kind = OrderEvent.Kind.CONFLICTED
    lifecycle.note([order.pk], kind, actor=actor, at=at, data={"reason": reason})
    return Change(order.external_number, "conflict", order.pk, reason)


def _news(order: Order, draft: OrderDraft, known: Known) -> dict[str, Any]:
    """Fields of the order that the copy moves forward → their new value."""
    news = {
        field: getattr(draft, field)
        for field in _open_moments(order)
        if getattr(draft, field) is not None and getattr(order, field) is None
    }
    if order.paid_at is None and draft.total_amount != known.total_amount:
        news["total_amount"] = draft.total_amount
    if "paid_at" in news:
        news["paid_amount"] = draft.paid_amount
    if draft.refunded_amount > order.refunded_amount:
        news["refunded_amount"] = draft.refunded_amount
        news["paid_amount"] = max(order.paid_amount, draft.paid_amount)
    if order.fulfilment_state in contradictions.STILL_HERE and order.contact_cleared_at is None:
        contact = order.contact
        for field in _PERSONAL:
            if field in known.contact:
                continue
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
    order: Order,
    draft: OrderDraft | None,
    news: dict[str, Any],
    *,
    at: datetime,
    actor: User | None,
) -> None:
    """The order is as the news say. Without a draft the copy on record stays what it is."""
    columns = [field for field in news if field not in LABELS and field != "lines"]
    before = {field: getattr(order, field) for field in columns}
    for field in columns:
        setattr(order, field, news[field])
    contact = {field: news[field] for field in news if field in LABELS}
    if contact:
        order.contact = replace(order.contact, **contact)
        columns += ["sealed_contact", "phone_digest"]
    if order.paid_at is not None:
        order.payment_state = payment_state(order)
    if draft is not None:
        _replace_copy(order, draft)
    order.version += 1
    if draft is not None and "lines" in news:
        dated.replace_lines(order, draft, at=at, actor=actor)
    _move_goods(order, news, at=at, actor=actor)
    order.updated_at = Now()
    order.save(
        update_fields=[
            *columns,
            "payment_state",
            "review_state",
            "reviewed_at",
            "fulfilment_state",
            "confirmed_at",
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
    _follow(order, news, before, at=at)


def _follow(order: Order, news: dict[str, Any], before: Mapping[str, Any], *, at: datetime) -> None:
    """What hangs on the order: its clocks, the parcel it shares, refunds that were asked for."""
    _move_clocks(order, news, before, at=at)
    dated.move_clocks(order, news, before)
    if news.keys() & {"region", "cancelled_at", *LABELS}:
        parcels.leave([order.pk], at=at)
    if "refunded_amount" in news:
        refunding.settle_by_channel(order, at=at)


def _replace_copy(order: Order, draft: OrderDraft) -> None:
    """This copy is the one on record; should the one before arrive again, it is no news."""
    SupersededCopy.objects.bulk_create(
        [SupersededCopy(order=order, content_hash=order.content_hash)], ignore_conflicts=True
    )
    order.content_hash = draft.digest()


def _move_goods(order: Order, news: dict[str, Any], *, at: datetime, actor: User | None) -> None:
    """The channel says it is shipped, delivered or cancelled: state and stock follow."""
    ids = [order.pk]
    if news.keys() & {"cancelled_at", "shipped_at"} and order.review_state == Review.WAITING:
        # As of an order that is over when it comes in: there is nothing to review any more.
        order.review_state = Review.NOT_TRACKED
    if "cancelled_at" in news:
        lifecycle.release_reservations(ids, actor=actor, at=at)
        releasing.close_open(ids, outcome=Hold.Outcome.CANCELLED, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.CANCELLED
        return
    if "shipped_at" in news and order.fulfilment_state != Fulfilment.NOT_TRACKED:
        lifecycle.ship_reserved(ids, actor=actor, at=at)
        releasing.close_open(ids, outcome=Hold.Outcome.GONE, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.SHIPPED
    if "delivered_at" in news and order.fulfilment_state == Fulfilment.SHIPPED:
        lifecycle.deliver_shipped(ids, actor=actor, at=at)
        order.fulfilment_state = Fulfilment.DELIVERED


def _move_clocks(
    order: Order, news: dict[str, Any], before: Mapping[str, Any], *, at: datetime
) -> None:
    ids = [order.pk]
    still_owed = order.fulfilment_state in (Fulfilment.WAITING, Fulfilment.RESERVED)
    ends = news.keys() & {"shipped_at", "cancelled_at"}
    is_timed = not order.is_amount_only and (still_owed or bool(ends))
    if "paid_at" in news and before["paid_at"] is None and is_timed:
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
    if field in _PERSONAL or field == "lines":
        return [None, None]
    return [None if value is None else str(value) for value in (before, after)]
