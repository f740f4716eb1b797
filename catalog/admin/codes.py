"""The scheme of a store's codes, what a SKU's page says of its code, and SKUs made as a matrix."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import traces
from catalog.forms import MatrixForm
from catalog.models import CodePart, CodeScheme, Product, Sku, SkuCode, StockMovement
from catalog.services import codes, exporting, matrix
from catalog.services.price_checks import below_floor
from catalog.services.pricing import VIEW_COST, Margins
from opsdesk import posted
from opsdesk.admin import ScopedForm, ScopedModelAdmin, ScopedTabularInline
from opsdesk.audit import exporting as leaving
from opsdesk.errors import DomainError
from opsdesk.filters import PrefixFilter, StateFilter
from opsdesk.lists import crumbs
from opsdesk.stores.models import Store

IMPORT = "catalog.import_products"
LEDGER = "catalog.view_stockmovement"
LAST_MOVEMENTS = 20


class CodePartForm(ScopedForm):
    """A part's code is in codes that were made of it: it never changes."""

    class Meta:
        model = CodePart
        fields = ["kind", "code", "name", "axis", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kind", "code"):
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("axis") and cleaned.get("kind") != CodePart.Kind.SPEC:
            self.add_error("axis", _("Only specs vary."))
        return cleaned


class CodePartInline(ScopedTabularInline):
    model = CodePart
    form = CodePartForm
    fields = ["kind", "code", "name", "axis", "is_active"]
    per_page = 50


@admin.register(CodeScheme)
class CodeSchemeAdmin(ScopedModelAdmin):
    """How a store's codes are put together, and the words they are made of."""

    list_display = ["store", "pattern", "is_strict"]
    list_select_related = ["store"]
    fields = [
        "store",
        "pattern",
        ("separator", "serial_width"),
        ("extra_characters", "is_upper"),
        "is_strict",
    ]
    inlines = [CodePartInline]


class AnyCodeFilter(PrefixFilter):
    """The SKU's own code, one that it had, or an alias."""

    def _first(self, rows: QuerySet, value: str) -> QuerySet:
        return super()._first(SkuCode.objects.filter(sku__isnull=False), value).values("sku_id")


class SchemeFilter(StateFilter):
    """Whether anything speaks against the SKU's code in its store's scheme."""

    BREAKS, FOLLOWS = "breaks", "follows"

    def __init__(self) -> None:
        choices = [(self.BREAKS, _("breaks the scheme")), (self.FOLLOWS, _("follows the scheme"))]
        super().__init__(choices, _("Code scheme"))

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        stores = Store.objects.visible_to(self.parent.request.user)
        follows = codes.follows_scheme(stores.values_list("pk", flat=True))
        return rows.filter(follows if value == self.FOLLOWS else ~follows)


class SkuForm(ScopedForm):
    """A code is free, and follows the scheme where the store is strict; a first price waits for
    nobody's yes, but is held to the floor (CAT-6)."""

    class Meta:
        model = Sku
        fields = ["store", "product", "code"]

    reading = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, code = cleaned.get("store"), cleaned.get("code")
        if self.instance.pk or not (store and code):
            return cleaned
        holder = codes.skus_by_code(store_id=store.pk, codes=[code]).get(code)
        book = codes.book_of(store.pk)
        self.reading = book.read(code)
        if holder is not None:
            self.add_error("code", codes.whose(holder))
        elif book.scheme.is_strict and self.reading.violations:
            self.add_error("code", self.reading.complaint)
        floor = Margins(store, timezone.now()).floor(Sku(cost=cleaned.get("cost")), None)
        below = below_floor(floor, cleaned.get("list_price"))
        if below is not None:
            self.add_error("list_price", below.message)
        return cleaned


class CodedSkus(ScopedModelAdmin):
    """Mixed into the screen of SKUs: what their codes say, and where goods under them went."""

    form = SkuForm

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name="catalog_sku_export"),
            path("matrix/<int:object_id>/", view(self.matrix), name="catalog_sku_matrix"),
            path(
                "<int:object_id>/code/",
                view(require_POST(self.give_code)),
                name="catalog_sku_code",
            ),
            path(
                "<int:object_id>/alias/",
                view(require_POST(self.add_alias)),
                name="catalog_sku_alias",
            ),
            *super().get_urls(),
        ]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = super().list_buttons(request)
        if not self.allows(request, IMPORT):
            return buttons
        asked = request.GET.urlencode()
        address = reverse("admin:catalog_sku_export")
        return [
            *buttons,
            (f"{address}?{asked}&as=csv", _("Export as CSV")),
            (f"{address}?{asked}&as=xlsx", _("Export as XLSX")),
        ]

    def export(self, request: HttpRequest) -> HttpResponse:
        """What the filters leave, to be changed and brought in again."""
        if not self.allows(request, IMPORT):
            raise PermissionDenied
        filters, rows = self.filtered(request)
        if not filters.is_valid():
            raise DomainError(
                gettext("Some filters can't be understood; see the words beside them.")
            )
        allowed = rows.in_stores(request.user.stores_allowing(IMPORT))
        as_workbook = request.GET.get("as") == "xlsx"
        first = allowed.order_by().select_related("store").first()
        shows_cost = self.allows(request, VIEW_COST, first)
        file = exporting.export_skus(allowed, as_workbook=as_workbook, shows_cost=shows_cost)
        return leaving.sent(
            file,
            "products.xlsx" if as_workbook else "products.csv",
            model=Sku,
            store=first.store if first else None,
            filters=request.GET.urlencode(),
        )

    def save_model(self, request: HttpRequest, obj: Sku, form: SkuForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.reading is not None and form.reading.violations:
            messages.warning(request, form.reading.complaint)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        sku = self.get_object(request, object_id)
        context = {
            "sku": sku,
            "reading": codes.explain_code(sku),
            "kinds": dict(CodePart.Kind.choices),
            "used_codes": sku.codes.select_related("created_by").order_by("pk"),
            "movements": self._movements(request, sku),
            "traces": traces.traces_of(request, sku),
            "may_alias": self.has_change_permission(request, sku),
            "may_add": self.has_add_permission(request, sku),
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def _movements(self, request: HttpRequest, sku: Sku) -> QuerySet | None:
        if not self.allows(request, LEDGER, sku):
            return None
        rows = StockMovement.objects.visible_to(request.user).filter(sku=sku)
        return rows.select_related("warehouse").order_by("-pk")[:LAST_MOVEMENTS]

    def add_alias(self, request: HttpRequest, object_id: int) -> HttpResponse:
        sku = self.get_object(request, str(object_id))
        if not self.has_change_permission(request, sku):
            raise PermissionDenied
        added = codes.add_alias(
            sku_id=sku.pk,
            code=posted.text_of(request, "code", most=80),
            source=posted.text_of(request, "source", most=80),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(
            request,
            gettext("Files and searches find %(sku)s by %(alias)s, too.")
            % {"sku": sku.code, "alias": added.code},
        )
        return redirect(reverse("admin:catalog_sku_change", args=[sku.pk]))

    def give_code(self, request: HttpRequest, object_id: int) -> HttpResponse:
        sku = self.get_object(request, str(object_id))
        if not self.has_change_permission(request, sku):
            raise PermissionDenied
        code = posted.text_of(request, "code", most=80)
        codes.give_code(sku_id=sku.pk, code=code, actor=request.user)
        messages.success(
            request,
            gettext("The SKU is called %(code)s now; by %(former)s it is found as before.")
            % {"code": code, "former": sku.code},
        )
        return redirect(reverse("admin:catalog_sku_change", args=[sku.pk]))

    def matrix(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """SKUs of a product, colours × sizes: looked at first, then made together."""
        product = self._product(request, object_id)
        form = MatrixForm(request.POST or None, product=product)
        cells: list[matrix.Cell] = []
        if request.method == "POST" and form.is_valid():
            try:
                if "make" in request.POST:
                    return self._made(request, form)
                cells = matrix.lay_matrix(form.plan, at=timezone.now())
            except DomainError as error:
                form.add_error(None, error.message)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("New SKUs of %(product)s") % {"product": product},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "product": product,
            "cells": cells,
            "new": sum(cell.sku is None for cell in cells),
        }
        return TemplateResponse(request, "catalog/matrix.html", context)

    def _product(self, request: HttpRequest, object_id: int) -> Product:
        product = Product.objects.visible_to(request.user).filter(pk=object_id).first()
        if product is None:
            raise Http404
        if not self.allows(request, matrix.ADD, product):
            raise PermissionDenied
        return product

    def _made(self, request: HttpRequest, form: MatrixForm) -> HttpResponse:
        cells = matrix.make_matrix(form.plan, actor=request.user, at=timezone.now())
        made = sum(cell.is_new for cell in cells)
        messages.success(
            request,
            gettext("%(made)d SKUs made, %(known)d were there already.")
            % {"made": made, "known": len(cells) - made},
        )
        return redirect(reverse("admin:catalog_product_change", args=[form.product.pk]))
