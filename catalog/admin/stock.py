"""The staff's screens on stock and its ledger. Counts move only through services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.forms import RECEIVE, AdjustForm, PlaceForm, ReceiveForm, initial_of
from catalog.models import (
    StockLevel,
    StockMovement,
    StockState,
    Warehouse,
)
from catalog.services import adjusting, stock
from catalog.services.adjusting import ADJUST, ADJUSTMENT
from opsdesk import keyset, wording
from opsdesk.approvals.editing import replaced_by
from opsdesk.approvals.models import Approval
from opsdesk.filters import (
    DaysFilter,
    ListFilters,
    PlainSelect,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, pill

LAST_MOVEMENTS = 30


class WarehouseFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=lambda request: Warehouse.objects.visible_to(request.user),
            label=_("Warehouse"),
            empty_label=_("All warehouses"),
            widget=PlainSelect,
            **kwargs,
        )


class LevelFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    warehouse = WarehouseFilter()
    store = StoreFilter(field_name="sku__store")

    class Meta:
        model = StockLevel
        fields: list[str] = []


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyList):
    filters = LevelFilters
    sorting = keyset.Sorting("sku__code", descending=False)
    empty_title = _("No stock yet")
    empty_hint = _("Receive goods; every piece then has its ledger line.")
    columns = [
        Column(_("SKU code"), lambda s: s.sku.code, "od-mono od-nowrap"),
        Column(_("warehouse"), lambda s: s.warehouse),
        Column(_("available"), lambda s: _available(s), "od-num"),
        Column(_("reserved"), lambda s: s.reserved, "od-num"),
        Column(_("shipped"), lambda s: s.shipped, "od-num od-wide"),
        Column(_("returning"), lambda s: s.returning, "od-num od-wide"),
        Column(_("damaged"), lambda s: s.damaged, "od-num od-wide"),
        Column(_("sold"), lambda s: s.sold, "od-num od-wide"),
        Column(_("on hand"), lambda s: s.on_hand, "od-num"),
    ]
    tabs = [
        Tab("none", _("None available"), lambda rows: rows.filter(available=0)),
        Tab("damaged", _("Damaged"), lambda rows: rows.filter(damaged__gt=0)),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("sku", "warehouse")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = [
            (RECEIVE, "admin:catalog_stocklevel_receive", _("Receive goods")),
            (ADJUST, "admin:catalog_stocklevel_adjust", _("Correct stock")),
        ]
        may = request.user.has_perm
        return [(reverse(view), words) for permission, view, words in buttons if may(permission)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("receive/", view(self.receive), name="catalog_stocklevel_receive"),
            path("adjust/", view(self.adjust), name="catalog_stocklevel_adjust"),
            *super().get_urls(),
        ]

    def receive(self, request: HttpRequest) -> HttpResponse:
        """Goods into a warehouse; waiting orders are then served, the oldest first."""
        if not request.user.has_perm(RECEIVE):
            raise PermissionDenied
        form = ReceiveForm(request.POST or None, user=request.user, initial=_place(request))
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            stock.receive_stock(
                sku_id=given["sku"].pk,
                warehouse_id=given["warehouse"].pk,
                quantity=given["quantity"],
                note=given["note"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(
                request,
                gettext("%(quantity)s × %(sku)s received into %(warehouse)s.") % given,
            )
            return redirect(request.get_full_path())
        intro = gettext("Orders that wait for these goods are served by themselves.")
        return self._form_page(
            request, form, gettext("Receive goods"), submit=gettext("Receive"), intro=intro
        )

    def adjust(self, request: HttpRequest) -> HttpResponse:
        """What a count found; above the limits finance agrees first."""
        if not request.user.has_perm(ADJUST):
            raise PermissionDenied
        edited = replaced_by(request, ADJUSTMENT.code)
        initial = initial_of(edited.asked) if edited else _place(request)
        form = AdjustForm(request.POST or None, user=request.user, initial=initial)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            done = adjusting.adjust_stock(
                sku_id=given["sku"].pk,
                warehouse_id=given["warehouse"].pk,
                pieces=given["pieces"],
                reason=given["reason"],
                actor=request.user,
                at=timezone.now(),
                replaces=edited.pk if edited else None,
            )
            if isinstance(done, Approval):
                messages.success(
                    request, gettext("The correction is filed; finance decides on it.")
                )
                return redirect(reverse("admin:approvals_approval_change", args=[done.pk]))
            messages.success(request, gettext("The stock is corrected."))
            return redirect(request.get_full_path())
        intro = gettext("A larger correction is filed, and made once finance has agreed.")
        return self._form_page(
            request, form, gettext("Correct stock"), submit=gettext("Correct"), intro=intro
        )

    def _form_page(
        self, request: HttpRequest, form: PlaceForm, title: str, *, submit: str, intro: str
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "intro": intro,
            "submit": submit,
            "back": reverse("admin:catalog_stocklevel_changelist"),
        }
        return TemplateResponse(request, "parts/form.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        level = self.get_object(request, object_id)
        movements = StockMovement.objects.filter(sku=level.sku_id, warehouse=level.warehouse_id)
        context = {
            **self.admin_site.each_context(request),
            "title": level.sku.code,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "level": level,
            "movements": movements.select_related("actor")[:LAST_MOVEMENTS],
            "may_receive": self.allows(request, RECEIVE, level),
            "may_adjust": self.allows(request, ADJUST, level),
        }
        return TemplateResponse(request, "catalog/level_page.html", context)


def _place(request: HttpRequest) -> dict[str, str]:
    """The SKU and warehouse that the link named."""
    return {name: request.GET[name] for name in ("sku", "warehouse") if name in request.GET}


def _available(level: StockLevel) -> Any:
    return level.available if level.available else pill(level.available, "danger")


def _state(state: str) -> str | Promise:
    """Empty is the world outside."""
    return StockState(state).label if state else ""


class MovementFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    warehouse = WarehouseFilter()
    kind = StateFilter(StockMovement.Kind.choices, _("Kind"))
    days = DaysFilter(label=_("Days"), field_name="at")

    class Meta:
        model = StockMovement
        fields: list[str] = []


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyList):
    """The ledger, newest first. Nothing here can be edited, by anybody."""

    filters = MovementFilters
    links_rows = False
    empty_title = _("The ledger is empty")
    columns = [
        Column(_("at"), lambda m: wording.moment(m.at), "od-nowrap"),
        Column(_("SKU code"), lambda m: m.sku.code, "od-mono od-nowrap"),
        Column(_("warehouse"), lambda m: m.warehouse, "od-wide"),
        Column(_("kind"), lambda m: StockMovement.Kind(m.kind).label),
        Column(_("from"), lambda m: _state(m.from_state), "od-wide"),
        Column(_("to"), lambda m: _state(m.to_state), "od-wide"),
        Column(_("quantity"), lambda m: m.quantity, "od-num"),
        Column(_("reference"), lambda m: m.reference, "od-mono od-wide"),
        Column(_("by"), lambda m: m.actor or "", "od-wide"),
        Column(_("note"), lambda m: m.note, "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("sku", "warehouse", "actor")
