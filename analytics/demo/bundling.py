"""A gift set of the demonstration: made of two of the most popular articles."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from analytics.demo.opening import Demonstration
from catalog.models import BundlePart, Product, Sku

_CODE = "SET-001"


def put_together(it: Demonstration, *, at: datetime) -> None:
    """Two of the first article and one of the second, sold as one."""
    first, second = (it.store.skus.get(code=article.code) for article in it.articles[:2])
    product = Product.objects.create(
        store=it.store, code=_CODE, name="礼盒装 Gift set", category="礼盒 Gift sets", created_at=at
    )
    whole = Sku.objects.create(
        store=it.store, product=product, code=_CODE, list_price=Decimal(199), created_at=at
    )
    BundlePart.objects.create(bundle=whole, part=first, pieces=2)
    BundlePart.objects.create(bundle=whole, part=second, pieces=1)
