"""Suppliers, and on what terms they deliver each SKU."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.admin.products import active_pill
from catalog.models import Supplier, SupplierItem
from catalog.services.pricing import VIEW_COST
from opsdesk import keyset
from opsdesk.admin import ScopedTabularInline
from opsdesk.filters import ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin


class SupplierItemInline(ScopedTabularInline):
    model = SupplierItem
    fields = ["sku", "minimum_quantity", "pack_size", "cost", "is_preferred"]
    autocomplete_fields = ["sku"]
    can_delete_rows = True
    per_page = 20

    def get_fields(self, request: HttpRequest, obj: Supplier | None = None) -> list[Any]:
        """What goods cost is not for everybody who looks at suppliers."""
        if self.allows(request, VIEW_COST, obj):
            return self.fields
        return [field for field in self.fields if field != "cost"]


class SupplierFilters(ListFilters):
    code = PrefixFilter(label=_("Code"))
    store = StoreFilter()
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))

    class Meta:
        model = Supplier
        fields: list[str] = []


@admin.register(Supplier)
class SupplierAdmin(KeysetModelAdmin):
    filters = SupplierFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No suppliers yet")
    empty_hint = _("Add the first one by hand; days of cover then say from whom to order.")
    fields = [("store", "code"), ("name", "lead_days"), "is_active"]
    inlines = [SupplierItemInline]
    columns = [
        Column(_("code"), lambda s: s.code, "od-mono od-nowrap"),
        Column(_("name"), lambda s: s.name),
        Column(_("lead time (days)"), lambda s: s.lead_days, "od-num"),
        Column(_("store"), lambda s: s.store, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")
