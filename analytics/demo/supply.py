"""How long the demonstration's stock lasts, and who delivers more of it."""

from __future__ import annotations

from datetime import datetime

from analytics.demo.opening import Demonstration
from catalog.models import Supplier, SupplierItem
from catalog.services.low_stock import look_for_low_stock
from catalog.services.replenishment import measure_cover

# Code, name, days until goods arrive, fewest pieces, pieces per pack.
_SUPPLIERS = (
    ("YIWU", "义乌小商品批发", 3, 48, 12),
    ("QUANZHOU", "泉州箱包厂", 10, 100, 20),
)
_DELIVERED = 40  # of the most popular articles; for the others nobody is known yet


def stock_up(it: Demonstration, *, at: datetime) -> None:
    """Popular articles have a supplier; days of cover are those of the last night."""
    skus = dict(it.store.skus.values_list("code", "pk"))
    suppliers = [
        Supplier(store=it.store, code=code, name=name, lead_days=days)
        for code, name, days, _least, _pack in _SUPPLIERS
    ]
    Supplier.objects.bulk_create(suppliers)
    SupplierItem.objects.bulk_create(
        SupplierItem(
            supplier=suppliers[rank % len(suppliers)],
            sku_id=skus[article.code],
            minimum_quantity=_SUPPLIERS[rank % len(suppliers)][3],
            pack_size=_SUPPLIERS[rank % len(suppliers)][4],
        )
        for rank, article in enumerate(it.articles[:_DELIVERED])
    )
    measure_cover(it.store, at=at)
    look_for_low_stock(it.store, at=at)
