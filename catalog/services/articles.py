"""Articles that come with a store's history: made once, by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.models import Product, Sku, SkuCode

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

_BATCH = 2_000


@dataclass(frozen=True)
class Article:
    """What a file tells of an article: its code and perhaps name, category and weight in grams.

    Articles of one `product_code` are variants of one product, told apart by `spec`.
    """

    code: str
    name: str = ""
    category: str = ""
    weight_grams: int | None = None
    product_code: str = ""
    spec: str = ""

    @property
    def of_product(self) -> str:
        return self.product_code or self.code


def ensure_articles(articles: Sequence[Article], *, store: Store) -> int:
    """Every code leads to a SKU of the store. Returns how many were made.

    A code that a SKU has, had or is also known by is left as it is, and so is that of one that is
    gone: no code is used twice (CAT-1). Safe to repeat and to run twice at once.
    """
    by_code = {article.code: article for article in articles}
    known = set(
        SkuCode.objects.filter(store=store, code__in=list(by_code)).values_list("code", flat=True)
    )
    new = [by_code[code] for code in sorted(by_code.keys() - known)]
    if not new:
        return 0
    first_of_product: dict[str, Article] = {}
    for article in new:
        first_of_product.setdefault(article.of_product, article)
    Product.objects.bulk_create(
        [
            Product(
                store=store,
                code=article.of_product,
                name=(article.name or article.of_product)[:200],
                category=article.category[:120],
            )
            for article in first_of_product.values()
        ],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    product_of = {
        product.code: product
        for product in Product.objects.filter(store=store, code__in=list(first_of_product))
    }
    Sku.objects.bulk_create(
        [
            Sku(
                store=store,
                product=product_of[article.of_product],
                code=article.code,
                spec=article.spec[:120],
                weight_grams=article.weight_grams,
            )
            for article in new
        ],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    return len(new)
