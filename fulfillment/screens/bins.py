"""Zones and bins, what lies in them, and the page on which goods are put away by scanning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.admin.products import active_pill
from catalog.admin.stock import WarehouseFilter
from catalog.models import StockLevel, Warehouse
from catalog.moving_forms import warehouses_of
from fulfillment import barcodes
from fulfillment.bin_forms import BinForm, CountBinForm, MoveForm, PutAwayForm, RowForm, ScanForm
from fulfillment.models import Bin, BinMovement, BinStock, Zone
from fulfillment.services import bins, shelving
from fulfillment.services.bins import MOVE
from opsdesk import keyset, navigation, posted
from opsdesk.admin import ReadOnly, ScopedTabularInline
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StateFilter
from opsdesk.lists import Column, KeysetModelAdmin, state_pill
from opsdesk.navigation import Screen

SHOWN = 50
FEW_MOVEMENTS = 20
MOST_LABELS = 1_000


class ZoneFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = Zone
        fields: list[str] = []


@admin.register(Zone)
class ZoneAdmin(KeysetModelAdmin):
    filters = ZoneFilters
    sorting = keyset.Sorting("position", descending=False)
    empty_title = _("No zones yet")
    empty_hint = _("Add the parts of a warehouse in the order in which they are walked.")
    fields = ["warehouse", ("code", "name"), ("kind", "position")]
    columns = [
        Column(_("code"), lambda z: z.code, "od-mono od-nowrap"),
        Column(_("name"), lambda z: z.name),
        Column(_("kind"), lambda z: state_pill(Zone.Kind, z.kind)),
        Column(_("position"), lambda z: z.position, "od-num"),
        Column(_("bins"), lambda z: z.bin_count, "od-num"),
        Column(_("warehouse"), lambda z: z.warehouse, "od-wide"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Zone | None = None) -> list[str]:
        return ["warehouse"] if obj else []

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request).select_related("warehouse")
        return rows.annotate(bin_count=Count("bins"))


class BinStockInline(ReadOnly, ScopedTabularInline):
    model = BinStock
    fields = ["sku", "quantity"]
    verbose_name_plural = _("what lies there")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(quantity__gt=0).select_related("sku")


class BinFilters(ListFilters):
    code = PrefixFilter(label=_("Label"))
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="stock__sku")
    warehouse = WarehouseFilter()
    kind = StateFilter(Zone.Kind.choices, _("Kind"), field_name="zone__kind")

    class Meta:
        model = Bin
        fields: list[str] = []


@dataclass(frozen=True)
class Work:
    """One of the things done on the scanning page. `run` gets warehouse id and the form's data."""

    title: str | Promise
    submit: str | Promise
    form: type[ScanForm]
    run: Callable[..., BinStock]


WORK = {
    "put": Work(_("Put away"), _("Put away"), PutAwayForm, bins.put_away),
    "move": Work(_("Move"), _("Move"), MoveForm, bins.move_pieces),
    "count": Work(_("Count"), _("Put down"), CountBinForm, bins.count_bin),
}


@admin.register(Bin)
class BinAdmin(KeysetModelAdmin):
    form = BinForm
    filters = BinFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No bins yet")
    empty_hint = _("Add zones first, then their bins by the aisle.")
    fields = ["zone", "code", ("aisle", "bay", "level"), "is_active"]
    inlines = [BinStockInline]
    columns = [
        Column(_("label"), lambda b: b.code, "od-mono od-nowrap"),
        Column(_("zone"), lambda b: b.zone),
        Column(_("kind"), lambda b: state_pill(Zone.Kind, b.zone.kind), "od-wide"),
        Column(_("SKUs"), lambda b: b.sku_count, "od-num"),
        Column(_("pieces"), lambda b: b.piece_count or 0, "od-num"),
        Column(_("warehouse"), lambda b: b.warehouse, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        lying = Q(stock__quantity__gt=0)
        rows = super().list_rows(request).select_related("zone", "warehouse")
        return rows.annotate(
            sku_count=Count("stock", filter=lying), piece_count=Sum("stock__quantity")
        )

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = super().list_buttons(request)
        if self.has_add_permission(request):
            buttons.append((reverse("admin:fulfillment_bin_rows"), _("Add aisles")))
        labels = reverse("admin:fulfillment_bin_labels")
        buttons.append((f"{labels}?{request.GET.urlencode()}".rstrip("?"), _("Labels")))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("work/", view(self.work), name="fulfillment_bin_work"),
            path("rows/", view(self.rows), name="fulfillment_bin_rows"),
            path("labels/", view(self.labels), name="fulfillment_bin_labels"),
            *super().get_urls(),
        ]

    def rows(self, request: HttpRequest) -> HttpResponse:
        """Bins by the aisle."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        warehouses = warehouses_of(request.user, shelving.ADD)
        zones = Zone.objects.filter(warehouse__in=warehouses).select_related("warehouse")
        form = RowForm(request.POST or None, zones=zones)
        if request.method == "POST" and form.is_valid():
            made = shelving.add_bins(
                zone_id=form.cleaned_data["zone"].pk, row=form.row, actor=request.user
            )
            words = ngettext("%(bins)s bin is new.", "%(bins)s bins are new.", made)
            messages.success(request, words % {"bins": made})
            return redirect("admin:fulfillment_bin_changelist")
        return self.form_page(
            request,
            form,
            gettext("Add aisles"),
            submit=gettext("Make the bins"),
            intro=gettext("Labels say zone, aisle, bay and level: A-03-12-2."),
        )

    def labels(self, request: HttpRequest) -> HttpResponse:
        """The labels of the bins that the list's filters leave, to be put on shelves."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        _filters, rows = self.filtered(request)
        shown = rows.select_related("zone", "warehouse__store").order_by("warehouse_id", "code")
        places = list(shown[:MOST_LABELS])
        context = {
            "title": gettext("Labels of bins"),
            "labels": [(place, barcodes.code128(place.code, height_mm=16)) for place in places],
            "most": MOST_LABELS if len(places) == MOST_LABELS else 0,
        }
        return TemplateResponse(request, "fulfillment/bin_labels.html", context)

    def work(self, request: HttpRequest) -> HttpResponse:
        """Goods are put away, moved, counted; each step is a scan."""
        if not request.user.has_perm(MOVE):
            raise PermissionDenied
        do = request.GET.get("do", "put")
        if do not in WORK:
            raise Http404
        warehouses = list(warehouses_of(request.user, MOVE).select_related("store"))
        warehouse = _chosen(request, warehouses)
        form = WORK[do].form(request.POST or None)
        done, refusal = None, ""
        if request.method == "POST" and warehouse is not None:
            if not form.is_whole:
                form = WORK[do].form(initial=request.POST.dict())
            elif form.is_valid():
                try:
                    done = WORK[do].run(
                        warehouse_id=warehouse.pk,
                        **form.cleaned_data,
                        actor=request.user,
                        at=timezone.now(),
                    )
                    form = WORK[do].form()
                except DomainError as error:
                    refusal = error.message
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Put away and count"),
            "crumbs": [],
            "opts": self.opts,
            "warehouses": warehouses,
            "warehouse": warehouse,
            "do": do,
            "ways": WORK.items(),
            "submit": WORK[do].submit,
            "form": form,
            "done": done,
            "refusal": refusal,
            **(_to_do(warehouse) if warehouse else {}),
        }
        return TemplateResponse(request, "fulfillment/bin_work.html", context)


def _chosen(request: HttpRequest, warehouses: list[Warehouse]) -> Warehouse | None:
    """The warehouse that the address names, else the first. Raises Http404 for another one."""
    wanted = request.GET.get("warehouse", "")
    if not wanted:
        return warehouses[0] if warehouses else None
    found = next((each for each in warehouses if each.pk == posted.id_of(wanted)), None)
    if found is None:
        raise Http404
    return found


def _to_do(warehouse: Warehouse) -> dict[str, Any]:
    """What lies in no bin, with a proposal; where the bins say too much; what was done last."""
    levels = bins.with_pieces_left(StockLevel.objects.filter(warehouse=warehouse))
    waiting = list(levels.filter(left__gt=0).select_related("sku").order_by("sku__code")[:SHOWN])
    proposed = bins.propose_bins(warehouse.pk, [level.sku_id for level in waiting])
    movements = BinMovement.objects.filter(bin__warehouse=warehouse).select_related(
        "bin", "sku", "actor"
    )
    return {
        "waiting": [(level, proposed.get(level.sku_id)) for level in waiting],
        "too_many": levels.filter(left__lt=0).select_related("sku").order_by("left")[:SHOWN],
        "movements": movements.order_by("-pk")[:FEW_MOVEMENTS],
    }


navigation.register(
    "fulfillment",
    Screen(_("Put away and count"), "shelf_position", "admin:fulfillment_bin_work", MOVE, rank=40),
    Screen(
        _("Bins"),
        "shelves",
        "admin:fulfillment_bin_changelist",
        "fulfillment.view_bin",
        rank=41,
    ),
)
navigation.register(
    "setup",
    Screen(
        _("Zones of warehouses"),
        "map",
        "admin:fulfillment_zone_changelist",
        "fulfillment.view_zone",
    ),
)
