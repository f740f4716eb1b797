"""The staff's screens on products and SKUs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from catalog import page, price_chart, tabs
from catalog.admin import bundles, pictures
from catalog.admin.codes import AnyCodeFilter, CodedSkus, SchemeFilter
from catalog.admin.words import warn_of_hits
from catalog.models import (
    Product,
    ProductVideo,
    Sku,
    SkuCode,
    Supplier,
)
from catalog.services.pricing import VIEW_COST
from opsdesk import command, keyset, wording
from opsdesk.admin import ScopedTabularInline
from opsdesk.filters import (
    ListFilters,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from opsdesk.lists import Column, KeysetModelAdmin, crumbs, pill


def active_pill(row: Product | Sku | Supplier) -> Any:
    return pill(_("active"), "good") if row.is_active else pill(_("off"))


class SkuInline(ScopedTabularInline):
    """A product's SKUs; their codes never change (CAT-1), their prices by a request (CAT-6)."""

    model = Sku
    fields = ["code", "spec", "barcode", "list_price", "is_active"]
    readonly_fields = ["code", "list_price"]
    show_change_link = True
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VideoInline(ScopedTabularInline):
    """Films are kept where the channel plays them from; here is how long they are (CAT-3)."""

    model = ProductVideo
    fields = ["title", "url", "seconds", "is_subtitled"]
    can_delete_rows = True


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
    inlines = [SkuInline, VideoInline]
    columns = [
        Column(_("code"), lambda p: p.code, "od-mono od-nowrap"),
        Column(_("name"), lambda p: p.name),
        Column(_("brand"), lambda p: p.brand, "od-wide"),
        Column(_("category"), lambda p: p.category, "od-wide"),
        Column(_("store"), lambda p: p.store, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:object_id>/edit/", view(self.edit), name="catalog_product_edit"),
            *pictures.urls(view),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The product's page, of which one tab is worked out; HTMX asks for the tab alone."""
        product = self.get_object(request, object_id)
        shown = tabs.tabs_for(request, product)
        code = request.GET.get("tab", "")
        tab = next((one for one in shown if one.code == code), shown[0])
        context = {"product": product, "tabs": shown, "tab": tab, **tab.context(request, product)}
        if request.headers.get("HX-Request") and not request.headers.get(
            "HX-History-Restore-Request"
        ):
            return TemplateResponse(request, "catalog/product_tab.html", context)
        context = {
            **self.admin_site.each_context(request),
            "title": product.name,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "may_edit": self.has_change_permission(request, product),
            **context,
        }
        return TemplateResponse(request, "catalog/product_page.html", context)

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The form of the product itself, with its SKUs and videos."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if not self.has_change_permission(request, self.get_object(request, str(object_id))):
            raise PermissionDenied
        return super().change_view(request, str(object_id))

    def response_post_save_add(self, request: HttpRequest, obj: Product) -> HttpResponse:
        return redirect("admin:catalog_product_change", obj.pk)

    response_post_save_change = response_post_save_add

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("store")

    def save_model(
        self, request: HttpRequest, obj: Product, form: forms.Form, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        warn_of_hits(request, {"name": obj.name}, store=obj.store, category=obj.category)


class SkuFilters(ProductFilters):
    code = AnyCodeFilter(label=_("Code"))
    scheme = SchemeFilter()

    class Meta:
        model = Sku
        fields: list[str] = []


@admin.register(Sku)
class SkuAdmin(CodedSkus, KeysetModelAdmin):
    filters = SkuFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No SKUs yet")
    empty_hint = _("Add the first one by hand.")
    fields = [
        ("store", "product"),
        ("code", "spec"),
        ("barcode", "weight_grams"),
        ("length_mm", "width_mm", "height_mm"),
        ("cost", "list_price"),
        "is_active",
    ]
    autocomplete_fields = ["product"]
    change_form_outer_after_template = "catalog/sku_after.html"
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

    def get_fields(self, request: HttpRequest, obj: Sku | None = None) -> list[Any]:
        """What goods cost is not for everybody who looks at them."""
        fields = list(super().get_fields(request, obj))
        if self.allows(request, VIEW_COST, obj):
            return fields
        return ["list_price" if field == ("cost", "list_price") else field for field in fields]

    def get_inlines(self, request: HttpRequest, obj: Sku | None) -> list[Any]:
        """A SKU is made first, and then of what."""
        return [bundles.BundlePartInline] if obj else []

    def save_formset(
        self, request: HttpRequest, form: forms.Form, formset: forms.BaseFormSet, change: bool
    ) -> None:
        bundles.save_parts(formset)

    def get_readonly_fields(self, request: HttpRequest, obj: Sku | None = None) -> list[str]:
        """A code is never reused, so it never changes (CAT-1); a price changes by a request."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "code", "list_price"] if obj else fields

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        sku = self.get_object(request, object_id)
        context = {
            **price_chart.context_of_sku(request, sku),
            **bundles.context_of_sku(request, sku),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)


def find_skus(request: HttpRequest, words: str) -> list[SearchResult]:
    """By any of their codes: own, former, or an alias."""
    rows = SkuCode.objects.viewable_by(request.user).filter(
        code__istartswith=words, sku__isnull=False
    )
    return [
        SearchResult(
            title=row.code if row.code == row.sku.code else f"{row.code} → {row.sku.code}",
            description=gettext("SKU · %(product)s · %(store)s")
            % {"product": row.sku.product, "store": row.store},
            link=reverse("admin:catalog_sku_change", args=[row.sku_id]),
            icon="sell",
        )
        for row in rows.select_related("sku__product", "store")[: command.EACH]
    ]


command.register("catalog.view_sku", find_skus)
tabs.register(*page.TABS)
