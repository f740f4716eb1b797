"""The staff's screens on products and SKUs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from catalog.models import (
    Product,
    Sku,
    Supplier,
)
from opsdesk import command, keyset, wording
from opsdesk.admin import ScopedTabularInline
from opsdesk.filters import (
    ListFilters,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from opsdesk.lists import Column, KeysetModelAdmin, pill


def active_pill(row: Product | Sku | Supplier) -> Any:
    return pill(_("active"), "good") if row.is_active else pill(_("off"))


class SkuInline(ScopedTabularInline):
    """A product's SKUs; their codes never change (CAT-1)."""

    model = Sku
    fields = ["code", "spec", "barcode", "list_price", "is_active"]
    readonly_fields = ["code"]
    show_change_link = True
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProductFilters(ListFilters):
    code = PrefixFilter(label=_("Code"))
    store = StoreFilter()
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))

    class Meta:
        model = Product
        fields: list[str] = []


@admin.register(Product)
class ProductAdmin(KeysetModelAdmin):
    filters = ProductFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No products yet")
    empty_hint = _("Add the first one by hand.")
    fields = ["store", "code", "name", "brand", "category", "is_active"]
    search_fields = ["code__istartswith", "name__istartswith"]
    inlines = [SkuInline]
    columns = [
        Column(_("code"), lambda p: p.code, "od-mono od-nowrap"),
        Column(_("name"), lambda p: p.name),
        Column(_("brand"), lambda p: p.brand, "od-wide"),
        Column(_("category"), lambda p: p.category, "od-wide"),
        Column(_("store"), lambda p: p.store, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")


class SkuFilters(ProductFilters):
    class Meta:
        model = Sku
        fields: list[str] = []


@admin.register(Sku)
class SkuAdmin(KeysetModelAdmin):
    filters = SkuFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No SKUs yet")
    empty_hint = _("Add the first one by hand.")
    fields = [
        ("store", "product"),
        ("code", "spec"),
        ("barcode", "weight_grams"),
        ("cost", "list_price"),
        "is_active",
    ]
    autocomplete_fields = ["product"]
    search_fields = ["code__istartswith"]
    columns = [
        Column(_("SKU code"), lambda s: s.code, "od-mono od-nowrap"),
        Column(_("product"), lambda s: s.product.name),
        Column(_("spec"), lambda s: s.spec, "od-wide"),
        Column(_("barcode"), lambda s: s.barcode, "od-mono od-wide"),
        Column(_("list price"), lambda s: wording.money(s.list_price, s.store.currency), "od-num"),
        Column(_("store"), lambda s: s.store, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "product")

    def get_readonly_fields(self, request: HttpRequest, obj: Sku | None = None) -> list[str]:
        """A SKU code is never reused, so it never changes either (CAT-1)."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "code"] if obj else fields


def find_skus(request: HttpRequest, words: str) -> list[SearchResult]:
    rows = Sku.objects.viewable_by(request.user).filter(code__istartswith=words)
    return [
        SearchResult(
            title=sku.code,
            description=gettext("SKU · %(product)s · %(store)s")
            % {"product": sku.product, "store": sku.store},
            link=reverse("admin:catalog_sku_change", args=[sku.pk]),
            icon="sell",
        )
        for sku in rows.select_related("product", "store")[: command.EACH]
    ]


command.register("catalog.view_sku", find_skus)
