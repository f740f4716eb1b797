"""What sells too slowly or lies there too long, and what is done about it (CAT-9, CAT-10)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import clearance_bulk
from catalog.clearance_page import context_of
from catalog.models import ClearancePlan, SlowStock
from catalog.models.cover import ENDLESS
from catalog.services import clearing
from catalog.services.clearance_effect import effects_of
from catalog.services.clearance_export import export_slow_stock
from catalog.services.measures import Choice
from catalog.services.pricing import VIEW_COST, mark_known_costs
from opsdesk import keyset, posted, wording
from opsdesk.audit import exporting as leaving
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PlainInput, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill

Finding = SlowStock.Finding
State = ClearancePlan.State
TONES = {Finding.SLOW: "warning", Finding.LOW_SELL_THROUGH: "warning", Finding.OVERSTOCK: "danger"}
PLAN_TONES = {State.OPEN: "info", State.DONE: "good", State.DROPPED: ""}
LOOK = "catalog.view_slowstock"


class SlowStockFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    category = django_filters.CharFilter(
        field_name="sku__product__category",
        lookup_expr="istartswith",
        label=_("Category"),
        max_length=120,
        widget=PlainInput,
    )
    store = StoreFilter()

    class Meta:
        model = SlowStock
        fields: list[str] = []


def _tied_up(row: Any) -> str:
    """Empty for who may not see what goods cost, and where nobody knows it."""
    if not row.sees_cost or row.cost is None:
        return ""
    return wording.money(row.value, row.store.currency)


def _plain(value: Any) -> str:
    return f"{value.normalize():f}"


def _lasts(row: SlowStock) -> str:
    return gettext("endless") if row.turnover_days >= ENDLESS else _plain(row.turnover_days)


@admin.register(SlowStock)
class SlowStockAdmin(ReadOnlyList):
    """What ties up most money on top. The nightly look writes it; nothing here is edited."""

    filters = SlowStockFilters
    sorting = keyset.Sorting("value")
    empty_title = _("Nothing is slow or overstocked")
    empty_hint = _("It is looked for every night, in the stock ledger of the last weeks.")
    columns = [
        Column(_("SKU code"), lambda r: r.sku.code, "od-mono od-nowrap"),
        Column(_("product"), lambda r: r.sku.product.name, "od-name od-wide"),
        Column(_("money tied up"), _tied_up, "od-num"),
        Column(_("finding"), lambda r: state_pill(Finding, r.finding, TONES[r.finding]), "od-wide"),
        Column(_("pieces"), lambda r: r.pieces, "od-num"),
        Column(_("a day"), lambda r: _plain(r.average), "od-num od-wide"),
        Column(_("sell-through"), lambda r: f"{r.sell_through} %", "od-num od-wide"),
        Column(_("turnover days"), _lasts, "od-num od-wide"),
        Column(_("since"), lambda r: r.since.isoformat(), "od-nowrap od-wide"),
    ]
    tabs = [
        Tab("slow", _("Slow movers"), lambda rows: rows.of_finding(Finding.SLOW)),
        Tab(
            "low_sell_through",
            _("Low sell-through"),
            lambda rows: rows.of_finding(Finding.LOW_SELL_THROUGH),
        ),
        Tab("overstock", _("Overstock"), lambda rows: rows.of_finding(Finding.OVERSTOCK)),
        Tab("planned", _("Planned"), lambda rows: rows.planned()),
        Tab("closed", _("Closed"), lambda rows: rows.closed(), counted=False),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "sku__product")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        mark_known_costs(shown, request.user)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name="catalog_slowstock_export"),
            path("bulk/", view(require_POST(self.bulk_run)), name="catalog_slowstock_bulk"),
            path(
                "<int:object_id>/act/", view(require_POST(self.act)), name="catalog_slowstock_act"
            ),
            *super().get_urls(),
        ]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        asked, address = request.GET.urlencode(), reverse("admin:catalog_slowstock_export")
        return [
            (reverse("admin:catalog_clearanceplan_changelist"), _("Measures")),
            (f"{address}?{asked}&as=csv", _("Export as CSV")),
            (f"{address}?{asked}&as=xlsx", _("Export as XLSX")),
        ]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm
        return [(m.value, capfirst(m.label)) for m in Choice if may(clearance_bulk.right_for(m))]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return clearance_bulk.preview(self, request)

    def bulk_run(self, request: HttpRequest) -> HttpResponse:
        return clearance_bulk.run(self, request)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One measure for one row."""
        row = self.get_object(request, str(object_id))
        measure = clearance_bulk.measure_of(request.POST.get("measure", ""))
        if not self.allows(request, clearance_bulk.right_for(measure), row):
            raise PermissionDenied
        return clearance_bulk.choose(request, measure, [row.pk], back=_page_of(row))

    def export(self, request: HttpRequest) -> HttpResponse:
        """What tab and filters leave."""
        if not self.allows(request, LOOK):
            raise PermissionDenied
        filters, rows = self.filtered(request)
        if filters is None or not filters.is_valid():
            raise DomainError(
                gettext("Some filters can't be understood; see the words beside them.")
            )
        as_workbook = request.GET.get("as") == "xlsx"
        stores = set(rows.order_by().values_list("store", flat=True).distinct())
        sees_cost = stores <= set(request.user.stores_allowing(VIEW_COST))
        file = export_slow_stock(rows, with_cost=sees_cost, as_workbook=as_workbook)
        first = rows.order_by().first() if len(stores) == 1 else None
        return leaving.sent(
            file,
            "slow-stock.xlsx" if as_workbook else "slow-stock.csv",
            model=SlowStock,
            store=first.store if first else None,
            filters=request.GET.urlencode(),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": row.sku.code,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "tone": TONES[Finding(row.finding)],
            "may_see_price_changes": self.allows(request, "catalog.view_pricechange", row),
            "may_see_plans": self.allows(request, "catalog.view_clearanceplan", row),
            **context_of(request, row, at=timezone.now()),
        }
        return TemplateResponse(request, "catalog/slow_page.html", context)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "sku__product")


def _page_of(row: SlowStock) -> str:
    return reverse("admin:catalog_slowstock_change", args=[row.pk])


class PlanFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    store = StoreFilter()

    class Meta:
        model = ClearancePlan
        fields: list[str] = []


@admin.register(ClearancePlan)
class ClearancePlanAdmin(ReadOnlyList):
    """The tasks, the newest first; the clock of a task leads to its page."""

    filters = PlanFilters
    empty_title = _("No measure is planned")
    columns = [
        Column(_("SKU code"), lambda p: p.sku.code, "od-mono od-nowrap"),
        Column(_("measure"), lambda p: p.get_measure_display()),
        Column(_("owner"), lambda p: p.owner, "od-wide"),
        Column(_("planned"), lambda p: moment_in(p.planned_at, p.store), "od-nowrap od-wide"),
        Column(_("state"), lambda p: state_pill(State, p.state, PLAN_TONES[p.state])),
    ]
    tabs = [Tab("open", _("Open"), lambda rows: rows.open())]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "sku", "owner", "row")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.end))
        name = "catalog_clearanceplan_end"
        return [path("<int:object_id>/end/", view, name=name), *super().get_urls()]

    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Done, or dropped, with what came of it."""
        plan = self.get_object(request, str(object_id))
        if not clearing.may_end(plan, request.user):
            raise PermissionDenied
        ends = {"done": clearing.finish_plan, "dropped": clearing.drop_plan}
        end = ends.get(request.POST.get("do", ""))
        if end is None:
            raise Http404
        end(
            plan_id=plan.pk,
            result=posted.text_of(request, "result", most=300),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("It is on record."))
        return redirect("admin:catalog_clearanceplan_change", plan.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        plan, at = self.get_object(request, object_id), timezone.now()
        is_open = plan.state == State.OPEN
        context = {
            **self.admin_site.each_context(request),
            "title": plan.sku.code,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "plan": plan,
            "tone": PLAN_TONES[State(plan.state)],
            "clock": Deadline.objects.of(plan).order_by("-pk").first(),
            "effect": effects_of(plan.sku, [plan], at=at).get(plan.pk),
            "sees_cost": self.allows(request, VIEW_COST, plan),
            "may_see_row": self.allows(request, LOOK, plan),
            "may_end": is_open and clearing.may_end(plan, request.user),
            "currency": plan.store.currency,
            "zone": plan.store.timezone,
        }
        return TemplateResponse(request, "catalog/plan_page.html", context)
