"""How many boxes there are: received, counted, used (FUL-6)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from fulfillment.models import BoxStock
from fulfillment.services import box_stock
from fulfillment.services.box_stock import MOST_BOXES, MOVE
from opsdesk import navigation
from opsdesk.admin import ScopedForm
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters
from opsdesk.lists import Column, KeysetModelAdmin, Tab, crumbs, pill
from opsdesk.navigation import Screen

PAGE = "admin:fulfillment_boxstock_change"
FEW_MOVEMENTS = 30


class BoxStockFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = BoxStock
        fields: list[str] = []


class BoxStockForm(ScopedForm):
    """A box of the warehouse's own store, that this or every warehouse of it has."""

    class Meta:
        model = BoxStock
        fields = ["warehouse", "box", "reorder_point"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        box, warehouse = cleaned.get("box"), cleaned.get("warehouse")
        if box and warehouse and not type(box).objects.here(warehouse).filter(pk=box.pk).exists():
            self.add_error("box", _("This warehouse does not have such boxes."))
        return cleaned


class BoxesForm(forms.Form):
    """How many came, or how many there are."""

    boxes = forms.IntegerField(label=_("Boxes"), min_value=0, max_value=MOST_BOXES)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class ReorderForm(forms.Form):
    reorder_point = forms.IntegerField(label=_("Reorder point"), min_value=0, max_value=MOST_BOXES)


def _there(stock: BoxStock) -> SafeString:
    tone = "danger" if stock.quantity <= 0 else "warning" if stock.is_low else ""
    return pill(str(stock.quantity), tone)


@admin.register(BoxStock)
class BoxStockAdmin(KeysetModelAdmin):
    form = BoxStockForm
    filters = BoxStockFilters
    empty_title = _("No boxes are counted")
    empty_hint = _("Add a box and its warehouse; each parcel that is packed then takes one.")
    fields = ["warehouse", "box", "reorder_point"]
    columns = [
        Column(_("box"), lambda s: s.box.code, "od-mono od-nowrap"),
        Column(_("boxes there"), _there, "od-num"),
        Column(_("reorder point"), lambda s: s.reorder_point or "–", "od-num"),
        Column(_("inside (mm)"), lambda s: s.box.inside, "od-wide"),
        Column(_("warehouse"), lambda s: s.warehouse, "od-wide"),
    ]
    tabs = [Tab("low", _("To order"), lambda rows: rows.low())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("box", "warehouse")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/act/",
                view(require_POST(self.act)),
                name="fulfillment_boxstock_act",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id))

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Boxes came, were counted, or are to be ordered sooner or later."""
        stock = self.get_object(request, str(object_id))
        do = request.POST.get("do", "")
        if do not in ("receive", "count", "reorder"):
            raise Http404
        allowed = (
            self.has_change_permission(request, stock)
            if do == "reorder"
            else self.allows(request, MOVE, stock)
        )
        if not allowed:
            raise PermissionDenied
        form = ReorderForm(request.POST) if do == "reorder" else BoxesForm(request.POST)
        if not form.is_valid():
            return self._page(request, stock, refused=form, do=do)
        try:
            _carry_out(request, stock, do, form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
            return self._page(request, stock, refused=form, do=do)
        messages.success(request, gettext("It is put down."))
        return redirect(PAGE, stock.pk)

    def _page(
        self, request: HttpRequest, stock: BoxStock, refused: Any = None, do: str = ""
    ) -> HttpResponse:
        stock = BoxStock.objects.select_related("box", "warehouse__store").get(pk=stock.pk)
        movements = stock.movements.select_related("parcel", "actor").order_by("-pk")
        forms_of = {
            "receive": BoxesForm(),
            "count": BoxesForm(),
            "reorder": ReorderForm(initial={"reorder_point": stock.reorder_point}),
        }
        if refused is not None:
            forms_of[do] = refused
        context = {
            **self.admin_site.each_context(request),
            "title": str(stock),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "stock": stock,
            "there": _there(stock),
            "may_move": self.allows(request, MOVE, stock),
            "may_change": self.has_change_permission(request, stock),
            "forms": forms_of,
            "movements": movements[:FEW_MOVEMENTS],
        }
        return TemplateResponse(request, "fulfillment/box_stock_page.html", context)


def _carry_out(request: HttpRequest, stock: BoxStock, do: str, given: dict[str, Any]) -> None:
    if do == "reorder":
        BoxStock.objects.filter(pk=stock.pk).update(reorder_point=given["reorder_point"])
        return
    told: dict[str, Any] = {
        "stock_id": stock.pk,
        "note": given["note"],
        "actor": request.user,
        "at": timezone.now(),
    }
    if do == "receive":
        box_stock.receive_boxes(boxes=given["boxes"], **told)
    else:
        box_stock.count_boxes(found=given["boxes"], **told)


navigation.register(
    "fulfillment",
    Screen(
        _("Stock of boxes"),
        "inventory",
        "admin:fulfillment_boxstock_changelist",
        "fulfillment.view_boxstock",
        rank=60,
    ),
)
