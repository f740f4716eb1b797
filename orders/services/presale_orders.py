"""Orders of presales: what is paid down, what is owed when, and clocks by the promise (CAT-11).

A file that tells a payment of less than the total tells of a deposit: the order stays unpaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from catalog.models import PresaleLot, SkuCode
from opsdesk.deadlines import rules
from opsdesk.deadlines.postponing import start_later
from orders.models import Order, OrderLine, PresaleOrder

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store
    from orders.services.drafts import OrderDraft

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Deposit:
    """Paid down for an order: store's currency, and when."""

    amount: Decimal
    at: datetime


# Asked for every batch that comes in, and mostly for nothing: see `procedure._IN_FORCE`.
_ANY = """
SELECT EXISTS (
    SELECT FROM catalog_presalelot WHERE store_id = %s AND state IN ('open', 'ended')
)
"""


def lots_on(channel: Channel) -> list[PresaleLot]:
    """Presales whose promise is still to be kept, and that orders of this channel may be of."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [channel.store_id])
        if not cursor.fetchone()[0]:
            return []
    lots = PresaleLot.objects.under_way().filter(
        Q(channel=channel) | Q(channel=None), store=channel.store_id
    )
    return list(lots.order_by("pk"))


def set_deposits_apart(
    drafts: Sequence[OrderDraft], lots: Sequence[PresaleLot], *, at: datetime
) -> tuple[list[OrderDraft], dict[str, Deposit]]:
    """The drafts with whole payments only, and by number what was paid down for the others.

    Only of what a presale with a deposit sold: elsewhere a smaller payment is none of our business.
    """
    sold = _sold_codes(lot for lot in lots if lot.deposit)
    deposits: dict[str, Deposit] = {}
    whole = []
    for draft in drafts:
        is_part = NOTHING < draft.paid_amount < draft.total_amount and not draft.refunded_amount
        if is_part and _is_presold(draft, sold):
            deposits[draft.external_number] = Deposit(draft.paid_amount, draft.paid_at or at)
            draft = replace(draft, paid_at=None, paid_amount=NOTHING)
        whole.append(draft)
    return whole, deposits


def _sold_codes(lots: Iterable[PresaleLot]) -> dict[str, list[PresaleLot]]:
    """Every code that a SKU of these lots goes by."""
    by_sku: dict[int, list[PresaleLot]] = {}
    for lot in lots:
        by_sku.setdefault(lot.sku_id, []).append(lot)
    if not by_sku:
        return {}
    codes = SkuCode.objects.filter(sku__in=list(by_sku)).values_list("code", "sku_id")
    return {code: by_sku[sku_id] for code, sku_id in codes if sku_id is not None}


def _is_presold(draft: OrderDraft, sold: Mapping[str, list[PresaleLot]]) -> bool:
    return any(
        lot.begins <= draft.placed_at < lot.ends
        for line in draft.lines
        for lot in sold.get(line.sku_code, ())
    )


def take(
    *,
    new: Sequence[int],
    known: Sequence[int],
    deposits: Mapping[int, Deposit],
    lots: Sequence[PresaleLot],
    store: Store,
    at: datetime,
) -> int:
    """Those of the orders that are of a presale are known to be, with what was paid, and their
    clocks start on the promised day. Returns how many of them are of one.

    `new` are ids of orders that just came in, `known` of those a later copy of which did. Runs in
    the intake's transaction. Safe to repeat.
    """
    if lots:
        _recognise([*new, *known], lots, store)
    elif not known:
        return 0
    ids = [*new, *known]
    rows = list(PresaleOrder.objects.filter(order__in=ids).select_related("order").locked())
    for row in rows:
        _settle(row, deposits.get(row.order_id))
    follow_promises(rows, at=at)
    return len(rows)


def _recognise(order_ids: Sequence[int], lots: Sequence[PresaleLot], store: Store) -> None:
    by_sku: dict[int, list[PresaleLot]] = {}
    for lot in lots:
        by_sku.setdefault(lot.sku_id, []).append(lot)
    lines = OrderLine.objects.filter(
        order__in=list(order_ids),
        sku__in=list(by_sku),
        order__fulfilment_state__in=[Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED],
    )
    found: dict[int, list[tuple[PresaleLot, int]]] = {}
    for line in lines.select_related("order").order_by("order_id", "pk"):
        for lot in by_sku.get(line.sku_id or 0, ()):
            if lot.begins <= line.order.placed_at < lot.ends:
                found.setdefault(line.order_id, []).append((lot, line.quantity))
    PresaleOrder.objects.bulk_create(
        [_row(order_id, bought, store) for order_id, bought in found.items()],
        ignore_conflicts=True,
    )


def _row(order_id: int, bought: Sequence[tuple[PresaleLot, int]], store: Store) -> PresaleOrder:
    """An order leaves whole: what it was promised is the latest of its promises."""
    lot = max((lot for lot, _pieces in bought), key=lambda lot: (lot.promised_on, lot.pk))
    return PresaleOrder(
        order_id=order_id,
        lot=lot,
        deposit_amount=sum((lot.deposit * pieces for lot, pieces in bought), NOTHING),
        promised_from=datetime.combine(lot.promised_on, time(), tzinfo=store.zone),
        balance_from=lot.balance.lower if lot.balance else None,
        balance_until=lot.balance.upper if lot.balance else None,
        returns_deposit=lot.returns_deposit,
    )


def _settle(row: PresaleOrder, deposit: Deposit | None) -> None:
    """What the order says of its payment is what the row says."""
    if row.balance_paid_at is not None:
        return
    changed = []
    if row.deposit_paid_at is None and deposit is not None:
        row.deposit_paid, row.deposit_paid_at = deposit.amount, deposit.at
        changed += ["deposit_paid", "deposit_paid_at"]
    order = row.order
    if order.paid_at is not None and row.missed_at is None and row.deposit_returned_at is None:
        if row.deposit_paid_at is None:
            row.deposit_paid = min(row.deposit_amount, order.paid_amount)
            row.deposit_paid_at = order.paid_at
        row.balance_paid = max(order.paid_amount - row.deposit_paid, NOTHING)
        row.balance_paid_at = order.paid_at
        changed = ["deposit_paid", "deposit_paid_at", "balance_paid", "balance_paid_at"]
    if changed:
        row.save(update_fields=changed)


def follow_promises(rows: Iterable[PresaleOrder], *, at: datetime) -> int:
    """What runs on these orders since they were placed or paid (ORD-2, ORD-3, FUL-2) runs from the
    beginning of the promised day instead. Returns how many clocks were moved. Safe to repeat."""
    codes = [
        rule.code
        for rule in rules.for_subject(Order._meta.label_lower)
        if rule.starts in ("placed_at", "paid_at")
    ]
    starts = {row.order_id: row.promised_from for row in rows}
    if not starts:
        return 0
    return start_later(Order, starts, rule_codes=codes, at=at, note="promised")
