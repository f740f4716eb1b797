"""What platforms tell of orders, in any order, ends in the same state (ORD-1).

A copy says how the order was at a moment; the newest one counts. Beside it stand facts, each known
by its source's id: paid, cancelled, refunded, sent. They are only ever added to, and may come
before the order does. A number's copies and facts are taken in one after the other, under a lock of
its name: what comes at the same moment sees the other's, or is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import orjson
from django.db import connection

from orders.models import SourceCopy, SourceFact
from orders.services.drafts import NOTHING, Fact, OrderDraft

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Kind = SourceFact.Kind

_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(%s || number, 0))
FROM (SELECT number FROM unnest(%s::text[]) AS n (number) ORDER BY number OFFSET 0) AS numbers
"""
_REMEMBER = """
INSERT INTO orders_sourcefact
    (store_id, external_number, kind, key, at, amount, pieces, delivered_at, is_void)
SELECT %s, number, kind, key, at, amount, pieces, delivered_at, is_void
FROM json_to_recordset(%s) AS f (
    number text, kind text, key text, at timestamptz, amount numeric, pieces integer,
    delivered_at timestamptz, is_void boolean
)
ORDER BY number, kind, key
ON CONFLICT (store_id, external_number, kind, key) DO UPDATE
SET at = least(orders_sourcefact.at, excluded.at),
    amount = greatest(orders_sourcefact.amount, excluded.amount),
    pieces = greatest(orders_sourcefact.pieces, excluded.pieces),
    delivered_at = least(orders_sourcefact.delivered_at, excluded.delivered_at),
    is_void = orders_sourcefact.is_void OR excluded.is_void
"""


class Age(NamedTuple):
    """How new a copy is; see `SourceCopy`."""

    stated_at: datetime
    progress: int
    content_hash: str


class Sorted(NamedTuple):
    """Drafts with what is known of them beside, and the numbers whose record is newer."""

    drafts: list[OrderDraft]
    outdated: frozenset[str]


def sort_copies(drafts: Sequence[OrderDraft], *, store: Store) -> Sorted:
    """Each copy's facts are kept, and the copy is told with all that is known of its number.

    In the caller's transaction, which holds the names of these numbers until it ends. Drafts of
    sources that don't say as of when they hold are left as they are.
    """
    copies = {draft.external_number: draft for draft in drafts if draft.stated_at is not None}
    if not copies:
        return Sorted(list(drafts), frozenset())
    told = remember({number: copy.facts for number, copy in copies.items()}, store=store)
    merged = {number: with_facts(copy, told.get(number, [])) for number, copy in copies.items()}
    known = SourceCopy.objects.filter(
        order__store=store, order__external_number__in=list(copies)
    ).select_related("order")
    recorded = {
        copy.order.external_number: Age(copy.stated_at, copy.progress, copy.content_hash)
        for copy in known.only("stated_at", "progress", "content_hash", "order__external_number")
    }
    outdated = frozenset(
        number for number in recorded if recorded[number] >= age_of(copies[number])
    )
    return Sorted([merged.get(draft.external_number, draft) for draft in drafts], outdated)


def remember(facts: Mapping[str, Iterable[Fact]], *, store: Store) -> dict[str, list[Fact]]:
    """The facts are kept by their numbers. Returns all that is known of these numbers.

    In the caller's transaction, which holds the names of these numbers until it ends.
    """
    rows = [
        {
            "number": number,
            "kind": fact.kind,
            "key": fact.key,
            "at": fact.at,
            "amount": str(fact.amount),
            "pieces": fact.pieces,
            "delivered_at": fact.delivered_at,
            "is_void": fact.is_void,
        }
        for number, each in facts.items()
        for fact in each
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"order-source:{store.pk}:", list(facts)])
        if rows:
            cursor.execute(_REMEMBER, [store.pk, orjson.dumps(rows).decode()])
    return _known(facts, store)


def _known(numbers: Iterable[str], store: Store) -> dict[str, list[Fact]]:
    known: dict[str, list[Fact]] = {}
    rows = SourceFact.objects.filter(store=store, external_number__in=list(numbers))
    for row in rows.order_by("external_number", "kind", "at", "key"):
        known.setdefault(row.external_number, []).append(
            Fact(row.kind, row.at, row.key, row.amount, row.pieces, row.delivered_at, row.is_void)
        )
    return known


def with_facts(draft: OrderDraft, facts: Sequence[Fact]) -> OrderDraft:
    """The draft as these facts, the earliest first, let it stand.

    No more can have gone back than came in: of an order that is paid, at least what was refunded.
    """
    paid, cancelled = _first(facts, Kind.PAID), _first(facts, Kind.CANCELLED)
    refunded = _sum(fact.amount for fact in facts if fact.kind == Kind.REFUND and not fact.is_void)
    shipped_at, delivered_at = _sent(draft, facts)
    return replace(
        draft,
        paid_at=_since(draft, paid.at if paid else None),
        paid_amount=max(paid.amount, refunded) if paid else NOTHING,
        refunded_amount=refunded if paid else NOTHING,
        cancelled_at=_since(draft, cancelled.at if cancelled else None),
        shipped_at=_since(draft, shipped_at),
        delivered_at=_since(draft, delivered_at),
    )


def _since(draft: OrderDraft, moment: datetime | None) -> datetime | None:
    """Nothing happens to an order before it is placed, however clocks differ."""
    return max(moment, draft.placed_at) if moment is not None else None


def _sent(draft: OrderDraft, facts: Sequence[Fact]) -> tuple[datetime | None, datetime | None]:
    """Sent once the source says so, or its shipments hold every piece; delivered alike."""
    whole, arrived = _first(facts, Kind.SHIPPED), _first(facts, Kind.DELIVERED)
    shipments = [fact for fact in facts if fact.kind == Kind.SHIPMENT and not fact.is_void]
    ordered, sent_at, pieces = sum(line.quantity for line in draft.lines), None, 0
    for shipment in shipments:
        pieces += shipment.pieces
        if sent_at is None and 0 < ordered <= pieces:
            sent_at = shipment.at
    shipped_at = whole.at if whole else sent_at
    if arrived:
        return shipped_at or arrived.at, arrived.at
    arrivals = [each.delivered_at for each in shipments if each.delivered_at is not None]
    if shipped_at is None or not arrivals or len(arrivals) < len(shipments):
        return shipped_at, None
    return shipped_at, max(arrivals)


def _first(facts: Iterable[Fact], kind: str) -> Fact | None:
    return next((fact for fact in facts if fact.kind == kind and not fact.is_void), None)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def age_of(copy: OrderDraft) -> Age:
    """By what the copy itself tells, without what is known from elsewhere."""
    assert copy.stated_at is not None
    own = with_facts(copy, sorted(copy.facts, key=lambda fact: (fact.kind, fact.at, fact.key)))
    steps = (own.paid_at, own.refunded_amount, own.shipped_at, own.delivered_at, own.cancelled_at)
    progress = sum(1 << place for place, step in enumerate(steps) if step)
    return Age(copy.stated_at, progress, own.digest())


def record_copies(copies: Mapping[int, OrderDraft]) -> None:
    """Order id → the copy that is its newest from now on. In the caller's transaction."""
    if not copies:
        return
    SourceCopy.objects.bulk_create(
        [SourceCopy(order_id=pk, **age_of(copy)._asdict()) for pk, copy in sorted(copies.items())],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["stated_at", "progress", "content_hash"],
    )
