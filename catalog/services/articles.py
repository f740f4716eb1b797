"""Articles that come with a store's history: made once, by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction

if TYPE_CHECKING:
    from opsdesk.stores.models import Store


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


# Of one product's articles the first says what it is called.
_GIVEN = """
WITH given AS (
    SELECT g.* FROM jsonb_to_recordset(%(articles)s) AS g (
        code text, name text, category text, weight_grams integer, product text, spec text
    )
    WHERE NOT EXISTS (
        SELECT FROM catalog_skucode c WHERE c.store_id = %(store)s AND c.code = g.code
    )
)
"""
_PRODUCTS = f"""
{_GIVEN}
INSERT INTO catalog_product (store_id, code, name, brand, category, is_active, created_at)
SELECT DISTINCT ON (product) %(store)s, product, left(COALESCE(NULLIF(name, ''), product), 200), '',
       left(category, 120), true, now()
FROM given ORDER BY product, code
ON CONFLICT DO NOTHING
"""
_SKUS = f"""
{_GIVEN}
INSERT INTO catalog_sku (
    store_id, product_id, code, spec, barcode, weight_grams, is_active, created_at
)
SELECT %(store)s, p.id, g.code, left(g.spec, 120), '', g.weight_grams, true, now()
FROM given g JOIN catalog_product p ON p.store_id = %(store)s AND p.code = g.product
ORDER BY g.code
ON CONFLICT DO NOTHING
"""


def ensure_articles(articles: Sequence[Article], *, store: Store) -> int:
    """Every code leads to a SKU of the store. Returns how many were made.

    A code that a SKU has, had or is also known by is left as it is, and so is that of one that is
    gone: no code is used twice (CAT-1). Two statements, however many articles. Safe to repeat and
    to run twice at once.
    """
    told = [
        {
            "code": article.code,
            "name": article.name,
            "category": article.category,
            "weight_grams": article.weight_grams,
            "product": article.product_code or article.code,
            "spec": article.spec,
        }
        for article in {article.code: article for article in articles}.values()
    ]
    facts: dict[str, Any] = {"articles": orjson.dumps(told).decode(), "store": store.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PRODUCTS, facts)
        cursor.execute(_SKUS, facts)
        return cursor.rowcount
