"""How much to order of what runs out, from whom, and when it would be there (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from catalog.models import StockCover, SupplierItem
from catalog.services.purchasing import pieces_on_order
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from catalog.models import Supplier
    from opsdesk.stores.models import Store

TARGET = Setting(
    key="catalog.target_cover",
    clause="CAT-8",
    title=_("Days of cover that are ordered up to"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(365),
)


@dataclass(frozen=True)
class Proposal:
    """So many pieces; from whom and for which day only where a supplier is known."""

    quantity: int
    supplier: Supplier | None = None
    arrives_on: date | None = None


def propose(
    covers: Iterable[StockCover],
    *,
    at: datetime,
    on_order: Mapping[tuple[int, int], int] | None = None,
) -> dict[int, Proposal]:
    """Id of a cover → what to order, of those that lie below the days that are ordered up to.

    What is on order counts as if it were there; `on_order` is what `pieces_on_order` says of the
    covers' SKUs, where it is known already. The covers come with their stores. One query for the
    suppliers, one for what is on order and one for each store's number. Nothing is written: a
    proposal is of the moment.
    """
    covers = list(covers)
    if on_order is None:
        on_order = pieces_on_order({cover.sku_id for cover in covers})
    preferred = SupplierItem.objects.preferred().filter(sku__in={cover.sku_id for cover in covers})
    items = {item.sku_id: item for item in preferred.select_related("supplier__store")}
    targets = _targets({cover.store for cover in covers}, at)
    found = {
        cover.pk: _proposal(
            cover,
            targets[cover.store_id],
            on_order.get((cover.sku_id, cover.warehouse_id), 0),
            items.get(cover.sku_id),
            at,
        )
        for cover in covers
    }
    return {pk: proposal for pk, proposal in found.items() if proposal.quantity}


def _targets(stores: Iterable[Store], at: datetime) -> dict[int, Decimal]:
    return {store.pk: procedure.value_of(TARGET.key, store=store, at=at) for store in stores}


def _proposal(
    cover: StockCover, target: Decimal, coming: int, item: SupplierItem | None, at: datetime
) -> Proposal:
    wanted = (cover.average * target).to_integral_value(ROUND_CEILING)
    missing = max(int(wanted) - cover.available - coming, 0)
    if item is None or not missing:
        return Proposal(missing)
    return Proposal(
        quantity=item.orderable(missing),
        supplier=item.supplier,
        arrives_on=item.supplier.arrives_on(cover.store.business_date(at)),
    )
