"""The SKUs of a product, colours × sizes, made in one go and coded by the scheme (CAT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product as combinations
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.coding import CodeBook
from catalog.models import CodePart, Product, Sku
from catalog.services.codes import book_of, next_codes
from catalog.services.price_checks import PriceRefused, below_floor
from catalog.services.pricing import Margins
from opsdesk.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

ADD = "catalog.add_sku"
MOST_CELLS = 200


class TooMany(DomainError):
    """More SKUs at once than anybody would look through. Facts: `cells`, `most`."""

    code = "too_many"


@dataclass(frozen=True)
class Plan:
    """What is to be made: the product's words of a code, and what it varies in.

    Money in the store's currency. `second` may be empty.
    """

    product: Product
    category: CodePart | None
    brand: CodePart | None
    first: Sequence[CodePart]
    second: Sequence[CodePart] = ()
    cost: Decimal | None = None
    list_price: Decimal | None = None
    weight_grams: int | None = None


@dataclass
class Cell:
    """One variant: its specs, what its code begins with, and its SKU once there is one."""

    specs: tuple[CodePart, ...]
    stem: str
    sku: Sku | None = None
    is_new: bool = False

    @property
    def spec(self) -> str:
        """As it stands in the SKU and on a parcel's list."""
        return " ".join(part.name for part in self.specs)


def lay_matrix(plan: Plan, *, at: datetime) -> list[Cell]:
    """Every combination once, with the SKU that is there already. Changes nothing.

    Raises TooMany, WrongCode where the scheme asks for another part, and PriceRefused for a first
    price below the floor (CAT-6).
    """
    cells = len(plan.first) * max(len(plan.second), 1)
    if cells > MOST_CELLS:
        raise TooMany(
            _("%(cells)d SKUs at once; at most %(most)d can be made.")
            % {"cells": cells, "most": MOST_CELLS},
            cells=cells,
            most=MOST_CELLS,
        )
    floor = Margins(plan.product.store, at).floor(Sku(cost=plan.cost), None)
    problem = below_floor(floor, plan.list_price)
    if problem is not None:
        raise PriceRefused(problem.message, problems={0: problem})
    book = book_of(plan.product.store_id)
    axes = [axis for axis in (plan.first, plan.second) if axis]
    laid = [
        Cell(specs, _stem(plan, book, specs))
        for specs in combinations(*axes)
        if len({part.pk for part in specs}) == len(specs)
    ]
    return _with_known(laid, plan.product, book)


def make_matrix(plan: Plan, *, actor: User | None, at: datetime) -> list[Cell]:
    """Every combination is a SKU of the product: made with a new code, or there before.

    One transaction, which locks the product: two who make the same matrix at once make it once.
    Repeating it makes nothing. Raises as `lay_matrix`, and NotAllowed.
    """
    if actor is not None and not actor.has_perm(ADD, plan.product):
        raise NotAllowed(_("You may not add SKUs to this product."))
    with transaction.atomic():
        Product.objects.select_for_update().get(pk=plan.product.pk)
        cells = lay_matrix(plan, at=at)
        book = book_of(plan.product.store_id)
        # In the order of the stems: who makes other cells of them at once waits in turn.
        for cell in sorted(cells, key=lambda cell: cell.stem):
            if cell.sku is None:
                (code,) = next_codes(book, cell.stem)
                cell.sku, cell.is_new = _sku(plan, cell, code, at), True
        Sku.objects.bulk_create(cell.sku for cell in cells if cell.is_new and cell.sku)
    return cells


def suggested_part(parts: Iterable[CodePart], words: str) -> CodePart | None:
    """The part that a product's own words name: by its code, or by a name that is among them."""
    words = words.strip().casefold()
    if not words:
        return None
    found = [
        part
        for part in parts
        if words == part.code.casefold()
        or part.name.casefold() in words.split()
        or part.name.casefold() == words
    ]
    return found[0] if len(found) == 1 else None


def _stem(plan: Plan, book: CodeBook, specs: Iterable[CodePart]) -> str:
    return book.stem(
        category=plan.category.code if plan.category else "",
        brand=plan.brand.code if plan.brand else "",
        specs=[part.code for part in specs],
    )


def _with_known(cells: list[Cell], product: Product, book: CodeBook) -> list[Cell]:
    """By what the code begins with, or by the words of the spec: files know no stems."""
    skus = list(Sku.objects.filter(product=product).order_by("pk"))
    by_stem = {sku.code.rpartition(book.scheme.separator)[0]: sku for sku in reversed(skus)}
    by_spec = {sku.spec: sku for sku in reversed(skus) if sku.spec}
    for cell in cells:
        cell.sku = by_spec.get(cell.spec) or (
            by_stem.get(cell.stem) if "spec" in book.kinds else None
        )
    return cells


def _sku(plan: Plan, cell: Cell, code: str, at: datetime) -> Sku:
    return Sku(
        store_id=plan.product.store_id,
        product=plan.product,
        code=code,
        spec=cell.spec,
        cost=plan.cost,
        list_price=plan.list_price,
        weight_grams=plan.weight_grams,
        created_at=at,
    )
