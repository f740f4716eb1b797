"""Orders come in, each once, whoever sends them and however often (ORD-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from opsdesk.db import retrying
from opsdesk.deadlines import promised
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import Channel
from orders import tasks
from orders.models import Order
from orders.services import changes, presale_orders, sources
from orders.services.drafts import Fact, LineDraft, OrderDraft

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

__all__ = ["LineDraft", "OrderDraft", "Placed", "place_orders"]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one draft: created, duplicate, changed or conflict (with the reason)."""

    external_number: str
    outcome: str
    order_id: int
    reason: str = ""


def place_orders(
    drafts: Sequence[OrderDraft],
    *,
    store: Store,
    channel: Channel,
    at: datetime,
    session_id: int | None = None,
    actor: User | None = None,
) -> list[Placed]:
    """Every draft is an order of the store afterwards, exactly once (ORD-1, ORD-2).

    New orders get their timeline and clocks, and stock is reserved where there is enough. A number
    the store already has is a duplicate, or a recorded change when it carries news (paid since,
    shipped since), or a conflict when it contradicts what is recorded; never a second order. Of a
    source that says as of when its copies hold, an older copy overwrites nothing.
    Answers in the order of the drafts. Safe to repeat. One statement for new orders; locks stock
    rows last. Runs in the caller's transaction if there is one, else in its own.
    """
    by_number: dict[str, OrderDraft] = {}
    repeated: list[OrderDraft] = []
    for draft in drafts:
        if by_number.setdefault(draft.external_number, draft) is not draft:
            repeated.append(draft)
    if not by_number:
        return []

    place = partial(_place, store=store, channel=channel, at=at, session_id=session_id, actor=actor)
    placed = retrying(partial(place, list(by_number.values())))
    if not repeated:
        return [placed[draft.external_number] for draft in drafts]

    # The second copy of a number meets the first as any later arrival would.
    again = iter(place_orders(repeated, **place.keywords))
    seen: set[str] = set()
    answers = []
    for draft in drafts:
        number = draft.external_number
        answers.append(next(again) if number in seen else placed[number])
        seen.add(number)
    return answers


def _place(
    drafts: list[OrderDraft],
    *,
    store: Store,
    channel: Channel,
    at: datetime,
    session_id: int | None,
    actor: User | None,
) -> dict[str, Placed]:
    copies = {draft.external_number: draft for draft in drafts if draft.stated_at is not None}
    drafts, outdated = sources.sort_copies(drafts, store=store)
    lots = presale_orders.lots_on(channel)
    drafts, deposits = presale_orders.set_deposits_apart(drafts, lots, at=at)
    told = _shared(store, channel, at=at, session_id=session_id, actor=actor)
    placed = _insert(told, drafts, store)
    known = [draft for draft in drafts if draft.external_number not in placed]
    if known:
        news = partial(changes.take_news, store=store, channel=channel, at=at, actor=actor)
        placed |= {
            change.external_number: Placed(
                change.external_number, change.outcome, change.order_id, change.reason
            )
            for change in news(known, outdated=outdated)
        }
    newest = {number: copy for number, copy in copies.items() if number not in outdated}
    told_anew = {n: copy for n, copy in newest.items() if placed[n].outcome != "conflict"}
    sources.record_copies({placed[number].order_id: copy for number, copy in told_anew.items()})
    presale_orders.take(
        new=[one.order_id for one in placed.values() if one.outcome == "created"],
        known=[one.order_id for one in placed.values() if one.outcome != "created"],
        deposits={placed[number].order_id: deposit for number, deposit in deposits.items()},
        lots=lots,
        store=store,
        at=at,
    )
    _hint_review(drafts, placed)
    return placed


def _shared(
    store: Store, channel: Channel, *, at: datetime, session_id: int | None, actor: User | None
) -> list[Any]:
    """What all orders of a batch share, as `place_orders` takes it: their promises among it."""
    rules = promised.for_subject("orders.order", store=store, channel=channel, at=at)
    if channel.reserve_on == Channel.ReserveOn.PAID:
        rules = [_from_payment(rule) for rule in rules]
    return [
        store.pk,
        channel.pk,
        store.currency,
        session_id,
        actor.pk if actor else None,
        at,
        ContentType.objects.get_for_model(Order).pk,
        channel.reserve_on,
        orjson.dumps(rules).decode(),
    ]


def _insert(told: Sequence[Any], drafts: Sequence[OrderDraft], store: Store) -> dict[str, Placed]:
    """Those of the drafts that are new are in, by number. `told` is what all of them share."""
    customers = sorted({draft.customer for draft in drafts if draft.customer})
    orders = orjson.dumps([draft.as_row(store.pk) for draft in drafts]).decode()
    lines = orjson.dumps([row for draft in drafts for row in draft.line_rows()]).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, number FROM place_orders("
            "%s, %s, %s, %s, %s, %s, %s, %s, %s::json, %s, %s::json, %s::json)",
            [*told, customers, orders, lines],
        )
        return {number: Placed(number, "created", pk) for pk, number in cursor.fetchall()}


def _hint_review(drafts: Sequence[OrderDraft], placed: Mapping[str, Placed]) -> None:
    """What is paid and still here is looked at as soon as it is committed (ORD-3)."""
    news = [
        placed[draft.external_number].order_id
        for draft in drafts
        if draft.paid_at is not None and draft.fulfilment_state == Order.Fulfilment.WAITING
        if placed[draft.external_number].outcome in ("created", "changed")
    ]
    if news:
        hint(tasks.review_orders, news)


def tell_facts(
    *,
    number: str,
    facts: Sequence[Fact],
    store: Store,
    at: datetime,
    actor: User | None = None,
) -> Placed | None:
    """What happened to an order is known, and the order stands accordingly (ORD-1).

    None where the order has not come in yet: then it is taken in with this. Safe to repeat.
    """
    return retrying(partial(_tell_facts, number, facts, store=store, at=at, actor=actor))


def _tell_facts(
    number: str, facts: Sequence[Fact], *, store: Store, at: datetime, actor: User | None
) -> Placed | None:
    known = sources.remember({number: facts}, store=store)
    named = Order.objects.filter(store=store, external_number=number)
    order = named.select_related("store", "channel").locked().first()
    if order is None:
        return None
    change = changes.take_facts(order, known.get(number, []), at=at, actor=actor)
    return Placed(number, change.outcome, change.order_id)


def _from_payment(rule: dict) -> dict:
    """Where stock is reserved on payment, nothing is owed before it."""
    return {**rule, "starts": "paid_at"} if rule["starts"] == "placed_at" else rule
