"""The staff's screens on stock and its ledger. Counts move only through services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
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

from catalog.admin import channel_stock
from catalog.forms import (
    RECEIVE,
    AdjustForm,
    HandleForm,
    PlaceForm,
    ReceiveForm,
    WriteOffForm,
    initial_of,
)
from catalog.models import (
    Product,
    StockLevel,
    StockMovement,
    StockState,
    Warehouse,
)
from catalog.services import adjusting, bundles, handling, stock
from catalog.services.adjusting import ADJUST, ADJUSTMENT, WRITE_OFF
from catalog.services.handling import HANDLE
from catalog.services.ledger import ledger_of, stock_as_of
from catalog.services.purchasing import pieces_on_order
from catalog.tabs import ProductTab
from opsdesk import keyset, posted, wording
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


@dataclass(frozen=True)
class CorrectionPage:
    """A form, the kind of request it files above the limits, and the service behind it."""

    form: type[PlaceForm]
    kind: str
    correct: Callable[..., StockMovement | Approval]
    title: str
    intro: str


class AsOfForm(forms.Form):
    """A past moment, in the page's time zone."""

    at = forms.DateTimeField(
        label=_("Stock as of"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


def _past(level: StockLevel, moment: AsOfForm) -> list[tuple[str | Promise, int]] | None:
    """(state, pieces) at the moment that was asked for."""
    if not moment.is_bound or not moment.is_valid():
        return None
    places = stock_as_of(
        moment.cleaned_data["at"], sku_ids=[level.sku_id], warehouse_id=level.warehouse_id
    )
    balances = places.get((level.sku_id, level.warehouse_id), {})
    return [(StockState(state).label, balances.get(state, 0)) for state in StockState.values]


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
            (HANDLE, "admin:catalog_stocklevel_handle", _("Book pieces")),
            (ADJUST, "admin:catalog_stocklevel_write_off", _("Write off")),
            (channel_stock.SHARES, "admin:catalog_stocklevel_channel", _("Stock for a channel")),
        ]
        may = request.user.has_perm
        return [(reverse(view), words) for permission, view, words in buttons if may(permission)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("receive/", view(self.receive), name="catalog_stocklevel_receive"),
            path("adjust/", view(self.adjust), name="catalog_stocklevel_adjust"),
            path("handle/", view(self.handle), name="catalog_stocklevel_handle"),
            path("write-off/", view(self.write_off), name="catalog_stocklevel_write_off"),
            path("channel/", view(self.channel), name="catalog_stocklevel_channel"),
            *super().get_urls(),
        ]

    def channel(self, request: HttpRequest) -> HttpResponse:
        return channel_stock.export(self, request)

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
        return self.form_page(
            request, form, gettext("Receive goods"), submit=gettext("Receive"), intro=intro
        )

    def adjust(self, request: HttpRequest) -> HttpResponse:
        """What a count found; above the limits finance agrees first."""
        intro = gettext("A larger correction is filed, and made once finance has agreed.")
        page = CorrectionPage(
            AdjustForm, ADJUSTMENT.code, adjusting.adjust_stock, gettext("Correct stock"), intro
        )
        return self._correct(request, page)

    def write_off(self, request: HttpRequest) -> HttpResponse:
        """Damaged pieces leave the ledger; above the limits finance agrees first."""
        intro = gettext("A larger write-off is filed, and made once finance has agreed.")
        page = CorrectionPage(
            WriteOffForm, WRITE_OFF.code, adjusting.write_off, gettext("Write off"), intro
        )
        return self._correct(request, page)

    def _correct(self, request: HttpRequest, page: CorrectionPage) -> HttpResponse:
        if not request.user.has_perm(ADJUST):
            raise PermissionDenied
        edited = replaced_by(request, page.kind)
        initial = initial_of(edited.asked) if edited else _place(request)
        form = page.form(request.POST or None, user=request.user, initial=initial)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            done = page.correct(
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
        submit = gettext("Correct") if page.kind == ADJUSTMENT.code else page.title
        return self.form_page(request, form, page.title, submit=submit, intro=page.intro)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Pieces go from one state to the next: come back, accepted, found damaged."""
        if not request.user.has_perm(HANDLE):
            raise PermissionDenied
        form = HandleForm(request.POST or None, user=request.user, initial=_place(request))
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            sku, warehouse = given["sku"], given["warehouse"]
            handling.book_steps(
                handling.Place(sku.pk, warehouse.pk, given["reference"], given["note"]),
                [(given["kind"], given["quantity"])],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The pieces are booked."))
            return redirect(request.get_full_path())
        intro = gettext("What orders move by themselves is not booked here.")
        return self.form_page(
            request, form, gettext("Book pieces"), submit=gettext("Book"), intro=intro
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        level = self.get_object(request, object_id)
        state = request.GET.get("state", "")
        if state not in StockState.values:
            state = StockState.AVAILABLE
        ledger = ledger_of(
            sku_id=level.sku_id,
            warehouse_id=level.warehouse_id,
            state=state,
            before=posted.id_of(request.GET.get("before", "")),
        )
        moment = AsOfForm(request.GET if request.GET.get("at") else None)
        context = {
            **self.admin_site.each_context(request),
            "title": level.sku.code,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "level": level,
            "ledger": ledger,
            "state": state,
            "states": StockState.choices,
            "moment": moment,
            "past": _past(level, moment),
            "may_handle": self.allows(request, HANDLE, level),
            "may_receive": self.allows(request, RECEIVE, level),
            "may_adjust": self.allows(request, ADJUST, level),
        }
        return TemplateResponse(request, "catalog/level_page.html", context)


def _place(request: HttpRequest) -> dict[str, str]:
    """The SKU and warehouse that the link named."""
    return {name: request.GET[name] for name in ("sku", "warehouse") if name in request.GET}


def _tab(request: HttpRequest, product: Product) -> dict[str, Any]:
    levels = StockLevel.objects.visible_to(request.user).filter(sku__product=product)
    shown = levels.select_related("sku", "warehouse").order_by("sku__code", "warehouse_id")
    rows: list[Any] = list(shown[:200])
    on_order = pieces_on_order({level.sku_id for level in rows})
    for level in rows:
        level.on_order = on_order.get((level.sku_id, level.warehouse_id), 0)
    made = bundles.stock_of(product.skus.values_list("pk", flat=True))
    places = {place for stock in made.values() for place in stock}
    names = dict(
        Warehouse.objects.visible_to(request.user).filter(pk__in=places).values_list("pk", "name")
    )
    return {
        "levels": rows,
        "made": [
            (sku, names[place], pieces)
            for sku in product.skus.filter(pk__in=made).order_by("code")
            for place, pieces in made[sku.pk].items()
            if place in names
        ],
    }


TAB = ProductTab(
    code="stock",
    title=_("Stock"),
    template="catalog/tabs/stock.html",
    context=_tab,
    permission="catalog.view_stocklevel",
    place=30,
)


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
