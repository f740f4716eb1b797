"""What a product's page says of its SKUs' codes (CAT-1)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.services.codes import aliases_of, book_of, with_codes
from catalog.services.matrix import ADD
from catalog.tabs import ProductTab

SHOWN = 200


def _context(request: HttpRequest, product: Product) -> dict[str, Any]:
    book = book_of(product.store_id)
    skus = with_codes(product.skus.order_by("code"))[:SHOWN]
    return {
        "product": product,
        "readings": [(sku, book.read(sku.code), aliases_of(sku)) for sku in skus],
        "may_add": request.user.has_perm(ADD, product),
    }


CODES = ProductTab(
    "codes", _("SKU codes"), "catalog/tabs/codes.html", _context, "catalog.view_sku", place=20
)
