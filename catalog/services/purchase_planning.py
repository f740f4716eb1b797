"""From the board of what runs out: one draft for each supplier and warehouse (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import PurchaseOrder, StockCover, Supplier, SupplierItem, Warehouse
from catalog.services.proposals import Proposal, propose
from catalog.services.purchase_drafts import Draft, Wanted, draft_purchase_order

if TYPE_CHECKING:
    from opsdesk.stores.models import User

REASON = _("Proposed from the days of cover")


@dataclass(frozen=True)
class Planned:
    """A row of the board with what would be ordered of it, and what a piece costs."""

    cover: StockCover
    quantity: int
    cost: Decimal


@dataclass
class PlannedOrder:
    """What would go to one supplier for one warehouse."""

    supplier: Supplier
    warehouse: Warehouse
    lines: list[Planned] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((line.quantity * line.cost for line in self.lines), Decimal(0))

    @property
    def currency(self) -> str:
        return self.supplier.store.currency


@dataclass(frozen=True)
class Plan:
    """The orders that would be drafted, and the rows that are left alone, each with its reason."""

    orders: list[PlannedOrder]
    left: list[tuple[StockCover, str | Promise]]


def plan_orders(covers: Iterable[StockCover], *, at: datetime) -> Plan:
    """What is proposed now, by supplier and warehouse. Nothing is written.

    The covers come with SKU, warehouse and store. A fixed number of queries.
    """
    covers = sorted(covers, key=lambda cover: (cover.warehouse_id, cover.sku_id))
    proposals = propose(covers, at=at)
    costs = _costs(covers)
    orders: dict[tuple[int, int], PlannedOrder] = {}
    left: list[tuple[StockCover, str | Promise]] = []
    for cover in covers:
        proposal, cost = proposals.get(cover.pk), costs.get(cover.sku_id, cover.sku.cost)
        why_not = _why_not(proposal, cost)
        if why_not or proposal is None or proposal.supplier is None or cost is None:
            left.append((cover, why_not))
            continue
        supplier = proposal.supplier
        order = PlannedOrder(supplier, cover.warehouse)
        order = orders.setdefault((supplier.pk, cover.warehouse_id), order)
        order.lines.append(Planned(cover, proposal.quantity, cost))
    return Plan(list(orders.values()), left)


def _costs(covers: Iterable[StockCover]) -> dict[int, Decimal]:
    items = SupplierItem.objects.preferred().filter(
        sku__in={cover.sku_id for cover in covers}, cost__isnull=False
    )
    return {
        sku_id: cost for sku_id, cost in items.values_list("sku_id", "cost") if cost is not None
    }


def _why_not(proposal: Proposal | None, cost: Decimal | None) -> str | Promise:
    if proposal is None:
        return _("enough is there or on order")
    if proposal.supplier is None:
        return _("no supplier is preferred for it")
    return _("nobody knows what it costs") if cost is None else ""


def draft_proposed(
    covers: Iterable[StockCover], *, actor: User, at: datetime
) -> list[PurchaseOrder]:
    """One draft for each supplier and warehouse, of what is proposed now: all of them or none.

    Raises NotAllowed.
    """
    plan = plan_orders(covers, at=at)
    with transaction.atomic():
        return [
            draft_purchase_order(
                draft=Draft(
                    order.supplier.pk,
                    order.warehouse.pk,
                    [Wanted(line.cover.sku_id, line.quantity, line.cost) for line in order.lines],
                    str(REASON),
                ),
                actor=actor,
                at=at,
            )
            for order in plan.orders
        ]
