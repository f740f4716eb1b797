"""Goods on order: one order at each stage that somebody has to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from catalog.models import PurchaseOrder, StockCover, Supplier
from catalog.services.low_stock import look_for_low_stock
from catalog.services.purchase_drafts import Draft, Wanted, draft_purchase_order
from catalog.services.purchase_overdue import look_for_overdue
from catalog.services.purchase_planning import draft_proposed
from catalog.services.purchase_receiving import Came, receive_purchase
from catalog.services.purchase_requests import ask_for_purchase
from catalog.services.purchase_sending import send_purchase_order
from opsdesk.approvals.services import carrying, deciding
from opsdesk.stores.roles import Role

HOUR = timedelta(hours=1)


def order_goods(it: Demonstration, *, at: datetime) -> None:
    """Overdue and partly in, all in, on the way, waiting for approval, and proposed drafts."""
    begun = at - 50 * HOUR
    late = _sent(it, "YIWU", ((0, 60), (2, 48)), at=begun, arrives_after=1)
    _receive(it, late, "YW-20871", pieces=30, damaged=2, at=at - HOUR)
    whole = _sent(it, "YIWU", ((4, 48),), at=begun + HOUR, arrives_after=2)
    _receive(it, whole, "YW-20904", pieces=48, damaged=0, at=at - HOUR)
    _sent(it, "QUANZHOU", ((1, 120), (3, 100)), at=begun + 2 * HOUR, arrives_after=10)
    waiting = _draft(it, "QUANZHOU", ((5, 140),), at=at - 5 * HOUR)
    ask_for_purchase(order_id=waiting.pk, actor=it.people[Role.CATALOG_OPERATOR], at=at - 4 * HOUR)
    low = StockCover.objects.filter(store=it.store).low().order_by("cover_days", "pk")[:6]
    draft_proposed(
        low.select_related("sku", "warehouse", "store"),
        actor=it.people[Role.CATALOG_OPERATOR],
        at=at - 2 * HOUR,
    )
    look_for_low_stock(it.store, at=at)
    look_for_overdue(it.store, at=at)


def _draft(
    it: Demonstration, supplier: str, wanted: Sequence[tuple[int, int]], *, at: datetime
) -> PurchaseOrder:
    """Of the articles with these ranks so many pieces each."""
    skus = dict(it.store.skus.values_list("code", "pk"))
    return draft_purchase_order(
        draft=Draft(
            Supplier.objects.get(store=it.store, code=supplier).pk,
            it.store.warehouses.order_by("priority", "pk")[0].pk,
            [Wanted(skus[it.articles[rank].code], pieces) for rank, pieces in wanted],
            "Sells faster than planned",
        ),
        actor=it.people[Role.CATALOG_OPERATOR],
        at=at,
    )


def _sent(
    it: Demonstration,
    supplier: str,
    wanted: Sequence[tuple[int, int]],
    *,
    at: datetime,
    arrives_after: int,
) -> PurchaseOrder:
    """Asked for, agreed to and sent; promised for so many days later."""
    operator = it.people[Role.CATALOG_OPERATOR]
    order = _draft(it, supplier, wanted, at=at)
    order = ask_for_purchase(order_id=order.pk, actor=operator, at=at)
    approval = order.approval
    assert approval is not None
    deciding.decide(
        approval_id=approval.pk,
        verdict="approve",
        actor=it.people[approval.roles[0]],
        at=at + HOUR,
    )
    carrying.carry_out(approval_id=approval.pk, at=at + HOUR)
    return send_purchase_order(
        order_id=order.pk,
        expected_on=it.store.business_date(at) + timedelta(days=arrives_after),
        actor=operator,
        at=at + 2 * HOUR,
    )


def _receive(
    it: Demonstration, order: PurchaseOrder, note: str, *, pieces: int, damaged: int, at: datetime
) -> None:
    line = order.lines.order_by("pk")[0]
    receive_purchase(
        order_id=order.pk,
        delivery_note=note,
        came=[Came(line.sku_id, pieces - damaged, damaged)],
        actor=it.people[Role.WAREHOUSE],
        at=at,
    )
