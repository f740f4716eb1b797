"""Articles as files tell them: made, brought up to date, or refused, a batch in one go (CAT-1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Product, Sku, SkuCode
from catalog.services.codes import book_of, skus_by_code, whose
from catalog.services.price_checks import below_floor
from catalog.services.pricing import Margins

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

OF_PRODUCT = ("name", "brand", "category")
# Without the list price: prices change by requests, see CAT-6.
OF_SKU = (
    "spec",
    "barcode",
    "cost",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "is_active",
)


@dataclass(frozen=True)
class ArticleDraft:
    """One SKU as a file tells it. What is None is not told, and left as it is.

    `code` is its own code or one it is also known by; without `product` a new one is a product of
    its own. Money in the store's currency.
    """

    code: str
    product: str | None = None
    name: str | None = None
    brand: str | None = None
    category: str | None = None
    spec: str | None = None
    barcode: str | None = None
    cost: Decimal | None = None
    list_price: Decimal | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    is_active: bool | None = None
    aliases: tuple[str, ...] = ()


class Difference(NamedTuple):
    """A field of the SKU, or of its product, that the file tells otherwise."""

    row: Product | Sku
    field: str
    before: Any
    after: Any


class Remark(NamedTuple):
    """What should be known of an article that was taken, or why it wasn't. `field`: whose cell."""

    code: str
    field: str
    message: str


@dataclass
class Taken:
    """What became of one draft: `created`, `changed`, `duplicate` or `rejected`."""

    outcome: str
    sku: Sku | None = None
    remarks: list[Remark] = field(default_factory=list)


def differences(draft: ArticleDraft, sku: Sku) -> list[Difference]:
    """What a file would change on a known SKU and its product, its aliases aside."""
    fields = [(sku.product, name) for name in OF_PRODUCT] + [(sku, name) for name in OF_SKU]
    return [
        Difference(row, name, getattr(row, name), getattr(draft, name))
        for row, name in fields
        if getattr(draft, name) is not None and getattr(draft, name) != getattr(row, name)
    ]


def take_articles(
    drafts: Sequence[ArticleDraft],
    *,
    store: Store,
    source: str,
    actor: User | None,
    at: datetime,
) -> list[Taken]:
    """Every draft is a SKU of the store as it tells it, or says why not; one answer for each.

    New SKUs take the file's price as their first, or are refused where it is below the floor; that
    of known ones stays. A code that breaks the store's scheme comes in with a remark. `source` is
    where aliases come from. Locks products, then SKUs, by id. Repeating it changes nothing.
    """
    take = partial(_take, drafts, store=store, source=source, actor=actor, at=at)
    try:
        return take()
    except IntegrityError:
        return take()  # Somebody took one of the codes meanwhile: now it is seen.


@transaction.atomic
def _take(
    drafts: Sequence[ArticleDraft],
    *,
    store: Store,
    source: str,
    actor: User | None,
    at: datetime,
) -> list[Taken]:
    batch = _Batch(drafts, store, at)
    taken = [batch.plan(draft) for draft in drafts]
    batch.write(source=source, actor=actor, at=at)
    return taken


class _Batch:
    """Drafts on their way: what the store has of them, and what is to be written."""

    def __init__(self, drafts: Sequence[ArticleDraft], store: Store, at: datetime) -> None:
        self.store = store
        self.margins = Margins(store, at)
        self.book = book_of(store.pk)
        codes = {code for draft in drafts for code in (draft.code, *draft.aliases)}
        self.held = skus_by_code(store_id=store.pk, codes=codes)
        known = {row.sku.pk: row.sku for row in self.held.values() if row.sku}
        self.products = _locked_products(
            store,
            codes={draft.product or draft.code for draft in drafts},
            ids={sku.product_id for sku in known.values()},
        )
        by_id = {product.pk: product for product in self.products.values()}
        self.skus = {
            sku.pk: sku
            for sku in Sku.objects.filter(pk__in=list(known)).select_for_update().order_by("pk")
        }
        for sku in self.skus.values():
            sku.product = by_id[sku.product_id]
        # Codes that drafts of this batch take, with the code of the draft.
        self.claimed: dict[str, str] = {}
        self.new_products: list[Product] = []
        self.new_skus: list[Sku] = []
        self.new_aliases: list[tuple[Sku, str]] = []
        self.changed: set[Product | Sku] = set()

    def plan(self, draft: ArticleDraft) -> Taken:
        holder = self.held.get(draft.code)
        sku = self.skus.get(holder.sku_id) if holder and holder.sku_id else None
        refusal = self._refusal(draft, holder, sku)
        if refusal is not None:
            return Taken("rejected", sku, [refusal])
        self.claimed |= dict.fromkeys((draft.code, *draft.aliases), draft.code)
        taken = self._change(draft, sku) if sku else self._make(draft)
        assert taken.sku is not None
        new = [code for code in draft.aliases if code not in self.held and code != draft.code]
        self.new_aliases += [(taken.sku, code) for code in new]
        if new and taken.outcome == "duplicate":
            taken.outcome = "changed"
        reading = self.book.read(taken.sku.code)
        if reading.violations:
            taken.remarks.append(Remark("breaks_scheme", "code", reading.complaint))
        return taken

    def _refusal(
        self, draft: ArticleDraft, holder: SkuCode | None, sku: Sku | None
    ) -> Remark | None:
        if holder is not None and sku is None:
            return Remark("code_taken", "code", whose(holder))
        for code in (draft.code, *draft.aliases):
            name = "code" if code == draft.code else "aliases"
            other = self.held.get(code)
            if other is not None and other.sku_id != (sku.pk if sku else None):
                return Remark("code_taken", name, whose(other))
            claim = self.claimed.get(code)
            if claim is not None and claim != draft.code:
                message = _("%(code)s is a code of %(other)s in this file already.")
                return Remark("code_taken", name, message % {"code": code, "other": claim})
        if sku is not None:
            return _other_product(draft, sku)
        if (draft.product or draft.code) not in self.products and not draft.name:
            return Remark("missing_value", "name", _("A new product needs a name."))
        return self._below_floor(draft)

    def _below_floor(self, draft: ArticleDraft) -> Remark | None:
        """The first price of a new SKU waits for nobody's yes, but is held to the floor (CAT-6)."""
        floor = self.margins.floor(Sku(cost=draft.cost), None)
        problem = below_floor(floor, draft.list_price)
        return Remark(problem.code, "list_price", problem.message) if problem else None

    def _change(self, draft: ArticleDraft, sku: Sku) -> Taken:
        found = differences(draft, sku)
        for difference in found:
            setattr(difference.row, difference.field, difference.after)
            self.changed.add(difference.row)
        taken = Taken("changed" if found else "duplicate", sku)
        if draft.list_price is not None and draft.list_price != sku.list_price:
            message = _("The list price stays %(now)s: prices of known SKUs change by a request.")
            now = "–" if sku.list_price is None else sku.list_price
            taken.remarks.append(Remark("price_kept", "list_price", message % {"now": now}))
        return taken

    def _make(self, draft: ArticleDraft) -> Taken:
        code = draft.product or draft.code
        product = self.products.get(code)
        if product is None:
            product = Product(store=self.store, code=code)
            self.products[code] = product
            self.new_products.append(product)
        sku = Sku(store=self.store, product=product, code=draft.code, list_price=draft.list_price)
        for difference in differences(draft, sku):
            setattr(difference.row, difference.field, difference.after)
            if difference.row is product and product.pk:
                self.changed.add(product)
        self.new_skus.append(sku)
        return Taken("created", sku)

    def write(self, *, source: str, actor: User | None, at: datetime) -> None:
        Product.objects.bulk_create(self.new_products)
        for sku in self.new_skus:
            sku.product_id = sku.product.pk
        Sku.objects.bulk_create(self.new_skus)
        SkuCode.objects.bulk_create(
            SkuCode(
                store=self.store,
                code=code,
                sku_id=sku.pk,
                kind=SkuCode.Kind.ALIAS,
                source=source[:80],
                created_by=actor,
                created_at=at,
            )
            for sku, code in self.new_aliases
        )
        changed = sorted(self.changed, key=lambda row: row.pk)
        products = [row for row in changed if isinstance(row, Product)]
        Product.objects.bulk_update(products, OF_PRODUCT, batch_size=1_000)
        skus = [row for row in changed if isinstance(row, Sku)]
        Sku.objects.bulk_update(skus, OF_SKU, batch_size=1_000)


def _locked_products(
    store: Store, *, codes: Collection[str], ids: Collection[int]
) -> dict[str, Product]:
    rows = Product.objects.filter(Q(code__in=codes) | Q(pk__in=ids), store=store)
    return {product.code: product for product in rows.select_for_update().order_by("pk")}


def _other_product(draft: ArticleDraft, sku: Sku) -> Remark | None:
    if draft.product is None or draft.product == sku.product.code:
        return None
    message = _("%(sku)s belongs to the product %(product)s; a file moves no SKU to another.")
    facts = {"sku": sku.code, "product": sku.product.code}
    return Remark("other_product", "product", message % facts)
