"""Drafts of purchase orders: made, edited, and looked at against the supplier's terms (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import PurchaseLine, PurchaseOrder, Sku, Supplier, SupplierItem, Warehouse
from catalog.services.bundles import check_no_bundles
from catalog.services.handling import require_right
from catalog.services.purchasing import ORDER, State, locked_order, stop_request
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

MOST_LINES = 500
_PREFIX = "PO-"


@dataclass(frozen=True)
class Wanted:
    """So many pieces of a SKU; without a `cost` what the supplier asks, else the SKU's own."""

    sku_id: int
    quantity: int
    cost: Decimal | None = None


@dataclass(frozen=True)
class Priced:
    """A line as it is written: so many pieces of a SKU, at such a cost."""

    sku_id: int
    quantity: int
    cost: Decimal


@dataclass(frozen=True)
class Draft:
    """What is ordered, from whom, for which warehouse, and why."""

    supplier_id: int
    warehouse_id: int
    lines: Sequence[Wanted]
    reason: str = ""


def draft_purchase_order(*, draft: Draft, actor: User, at: datetime) -> PurchaseOrder:
    """A draft with a number of its own; nothing is ordered by it. Raises NotAllowed, DomainError.

    Numbers are given out in turns, store by store, and never again.
    """
    supplier, warehouse = _parties(draft)
    require_right(ORDER, warehouse, actor)
    lines = priced(draft.lines, supplier)
    return retrying(partial(_draft, draft, supplier, warehouse, lines, actor=actor, at=at))


def edit_purchase_order(
    *, order_id: int, draft: Draft, version: int, actor: User, at: datetime
) -> PurchaseOrder:
    """The draft is this one now; a request that waited for a decision on it is void.

    `version` is the one that was edited. Raises NotAllowed, and Conflict where somebody else has
    edited it, or where it has gone further than a request.
    """
    supplier, warehouse = _parties(draft)
    require_right(ORDER, warehouse, actor)
    lines = priced(draft.lines, supplier)
    work = partial(_edit, order_id, draft, supplier, warehouse, lines, version, actor=actor, at=at)
    return retrying(work)


def priced(wanted: Iterable[Wanted], supplier: Supplier) -> list[Priced]:
    """Each with its cost, by SKU. Raises DomainError where none is known, and
    NoBundle. Three queries.
    """
    wanted = sorted(wanted, key=lambda one: one.sku_id)
    ids = [one.sku_id for one in wanted]
    if not 0 < len(set(ids)) == len(ids) <= MOST_LINES:
        raise DomainError(
            _("A purchase order has 1 to %(most)s lines, each SKU once.") % {"most": MOST_LINES}
        )
    skus = Sku.objects.filter(store=supplier.store_id).in_bulk(ids)
    if len(skus) < len(ids):
        raise DomainError(_("A purchase order has SKUs of its own store only."))
    check_no_bundles(ids)
    items = supplier.items.filter(sku__in=ids, cost__isnull=False)
    asked = dict(items.values_list("sku_id", "cost"))
    return [_priced(one, skus[one.sku_id], asked) for one in wanted]


def _priced(wanted: Wanted, sku: Sku, asked: Mapping[int, Decimal | None]) -> Priced:
    known = (wanted.cost, asked.get(sku.pk), sku.cost)
    cost = next((cost for cost in known if cost is not None), None)
    if cost is None:
        raise DomainError(
            _("%(sku)s: neither the supplier's cost nor the SKU's is known; write it down.")
            % {"sku": sku}
        )
    if wanted.quantity <= 0 or cost < 0:
        raise DomainError(
            _("%(sku)s: order at least one piece, at no negative cost.") % {"sku": sku}
        )
    return Priced(sku.pk, wanted.quantity, cost)


def terms_missed(order: PurchaseOrder, lines: Sequence[PurchaseLine]) -> list[str]:
    """What of the order the supplier's minimum or packs don't allow, with the arithmetic.

    The lines come with their SKUs. One query.
    """
    items = SupplierItem.objects.filter(
        supplier=order.supplier_id, sku__in=[line.sku_id for line in lines]
    )
    terms = {item.sku_id: item for item in items}
    missed = ((line, terms.get(line.sku_id)) for line in lines)
    return [_missed(line, item) for line, item in missed if item and not _fits(line, item)]


def _fits(line: PurchaseLine, item: SupplierItem) -> bool:
    return line.quantity >= item.minimum_quantity and line.quantity % item.pack_size == 0


def _missed(line: PurchaseLine, item: SupplierItem) -> str:
    return _(
        "%(sku)s: %(quantity)s pieces; the supplier delivers at least %(minimum)s, in packs of "
        "%(pack)s, so order %(fitting)s (%(packs)s × %(pack)s)."
    ) % {
        "sku": line.sku,
        "quantity": line.quantity,
        "minimum": item.minimum_quantity,
        "pack": item.pack_size,
        "fitting": item.orderable(line.quantity),
        "packs": item.orderable(line.quantity) // item.pack_size,
    }


def _parties(draft: Draft) -> tuple[Supplier, Warehouse]:
    supplier = Supplier.objects.select_related("store").get(pk=draft.supplier_id)
    warehouse = Warehouse.objects.get(pk=draft.warehouse_id)
    if supplier.store_id != warehouse.store_id:
        raise DomainError(_("The supplier and the warehouse belong to different stores."))
    if not (supplier.is_active and warehouse.is_active):
        raise DomainError(_("The supplier or the warehouse is not active any more."))
    return supplier, warehouse


def _draft(
    draft: Draft,
    supplier: Supplier,
    warehouse: Warehouse,
    lines: Sequence[Priced],
    *,
    actor: User,
    at: datetime,
) -> PurchaseOrder:
    store = supplier.store
    with transaction.atomic():
        lock_name(f"catalog.purchase_number:{store.pk}")
        order = PurchaseOrder.objects.create(
            store=store,
            number=_next_number(store.pk),
            supplier=supplier,
            warehouse=warehouse,
            currency=store.currency,
            reason=draft.reason.strip()[:200],
            filed_by=actor,
            filed_at=at,
        )
        _write_lines(order, lines)
    return order


def _next_number(store_id: int) -> str:
    """The caller holds the store's numbers, so that rows and numbers come in one order."""
    orders = PurchaseOrder.objects.filter(store=store_id).order_by("-pk")
    last = orders.values_list("number", flat=True).first() or f"{_PREFIX}0"
    return f"{_PREFIX}{int(last.removeprefix(_PREFIX)) + 1:05d}"


def _write_lines(order: PurchaseOrder, lines: Sequence[Priced]) -> None:
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            order=order,
            sku_id=one.sku_id,
            quantity=one.quantity,
            cost=one.cost,
            most=one.quantity,
        )
        for one in lines
    )


def _edit(
    order_id: int,
    draft: Draft,
    supplier: Supplier,
    warehouse: Warehouse,
    lines: Sequence[Priced],
    version: int,
    *,
    actor: User,
    at: datetime,
) -> PurchaseOrder:
    with transaction.atomic():
        stop_request(order_id, actor=actor, at=at)
        order = locked_order(order_id, [State.DRAFT], actor=actor)
        if order.version != version:
            raise Conflict(_("Somebody else has edited this purchase order; look at it again."))
        if supplier.store_id != order.store_id:
            raise DomainError(_("The supplier and the warehouse belong to different stores."))
        order.supplier, order.warehouse = supplier, warehouse
        order.reason = draft.reason.strip()[:200]
        order.version, order.edited_by = version + 1, actor
        order.save(update_fields=["supplier", "warehouse", "reason", "version", "edited_by"])
        order.lines.all().delete()
        _write_lines(order, lines)
    return order
