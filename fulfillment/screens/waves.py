"""The wave board, a wave's page, the rules, and what orders take along on paper (FUL-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from catalog.admin.products import active_pill
from catalog.admin.stock import WarehouseFilter
from catalog.models import Warehouse
from catalog.moving_forms import warehouses_of
from fulfillment.models import Pick, PickLine, Wave, WaveRule
from fulfillment.screens import due
from fulfillment.services import delivery_notes, paces, planning, waves
from fulfillment.services.planning import PLAN
from opsdesk import keyset, navigation, posted
from opsdesk.filters import ListFilters
from opsdesk.lists import Column, KeysetModelAdmin, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen
from orders.models import Order

State = Wave.State
TONES = {
    State.PLANNED: "",
    State.RELEASED: "info",
    State.PICKING: "warning",
    State.PICKED: "good",
    State.CLOSED: "good",
    State.CANCELLED: "",
}
SHOWN = 30
PAGE = "admin:fulfillment_wave_change"
BOARD = "admin:fulfillment_wave_board"


@dataclass(frozen=True)
class Act:
    """A button of a wave: in which states it works, and the service behind it."""

    code: str
    title: str | Promise
    states: tuple[str, ...]
    run: Callable[..., Wave]
    done: str | Promise
    tone: str = ""


ACTS = {
    act.code: act
    for act in (
        Act(
            "release",
            pgettext_lazy("a wave", "Release"),
            (State.PLANNED,),
            waves.release_wave,
            _("Its pick lists can be taken."),
            "primary",
        ),
        Act(
            "cancel",
            _("Cancel the wave"),
            (State.PLANNED, State.RELEASED),
            waves.cancel_wave,
            _("The wave is cancelled; its orders wait for the next one."),
            "danger",
        ),
    )
}


class WaveFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = Wave
        fields: list[str] = []


def with_progress(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Waves with pieces wanted and fetched; what is not wanted any more counts as neither."""
    lines = ~Q(picks__lines__state=PickLine.State.DROPPED)
    return rows.annotate(
        wanted=Sum("picks__lines__wanted", filter=lines, default=0),
        fetched=Sum("picks__lines__picked", filter=lines, default=0),
    )


def _percent(wave: Any) -> int:
    return 100 * wave.fetched // wave.wanted if wave.wanted else 0


@admin.register(Wave)
class WaveAdmin(ReadOnlyList):
    filters = WaveFilters
    empty_title = _("No waves yet")
    empty_hint = _("Plan them on the wave board, or have rules plan them at their cut-offs.")
    columns = [
        Column(_("number"), lambda w: w.number, "od-mono od-nowrap"),
        Column(_("state"), lambda w: state_pill(State, w.state, TONES[State(w.state)])),
        Column(_("ship by"), lambda w: w.ship_by_cell, "od-nowrap"),
        Column(_("orders"), lambda w: w.order_count, "od-num"),
        Column(_("pieces"), lambda w: w.piece_count, "od-num"),
        Column(_("rule"), lambda w: w.rule or "", "od-wide"),
        Column(_("warehouse"), lambda w: w.warehouse, "od-wide"),
    ]
    tabs = [Tab("open", _("Open"), lambda rows: rows.open())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("warehouse__store", "rule")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        due.work_out_waves(request, shown)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "fulfillment_wave"
        return [
            path("board/", view(self.board), name=f"{name}_board"),
            path("plan/", view(self.plan), name=f"{name}_plan"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            path(
                "<int:object_id>/delivery-notes/",
                view(require_safe(self.notes)),
                name=f"{name}_notes",
            ),
            *super().get_urls(),
        ]

    def board(self, request: HttpRequest) -> HttpResponse:
        """Open waves by state, the most urgent first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        warehouses = list(Warehouse.objects.visible_to(request.user).filter(is_active=True))
        warehouse = _chosen(request, warehouses)
        rows = Wave.objects.viewable_by(request.user).open()
        if warehouse is not None:
            rows = rows.filter(warehouse=warehouse)
        may_plan = {each.pk for each in warehouses_of(request.user, PLAN)}
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Wave board"),
            "crumbs": [],
            "opts": self.opts,
            "is_fullwidth": 1,
            "warehouses": warehouses,
            "warehouse": warehouse,
            "may_plan": bool(may_plan),
            "columns": _columns(request, rows, may_plan, now),
            "now": now,
        }
        return TemplateResponse(request, "fulfillment/wave_board.html", context)

    def plan(self, request: HttpRequest) -> HttpResponse:
        """What would be planned now; a post plans it."""
        warehouses = list(warehouses_of(request.user, PLAN).select_related("store"))
        if not warehouses:
            raise PermissionDenied
        warehouse = _chosen(request, warehouses) or warehouses[0]
        now = timezone.now()
        if request.method == "POST":
            planned = planning.plan_waves(warehouse_id=warehouse.pk, actor=request.user, at=now)
            words = ngettext(
                "%(waves)s wave is planned.", "%(waves)s waves are planned.", len(planned)
            )
            messages.success(request, words % {"waves": len(planned)})
            return redirect(BOARD)
        drafts, without = planning.preview_waves(warehouse_id=warehouse.pk, at=now)
        count = sum(len(one.orders) for one in drafts)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Plan waves"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "warehouses": warehouses,
            "warehouse": warehouse,
            "drafts": drafts[:SHOWN],
            "draft_count": len(drafts),
            "order_count": count,
            "hours": _hours(warehouse, count, now),
            "without": without,
        }
        return TemplateResponse(request, "fulfillment/wave_plan.html", context)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        wave = self.get_object(request, str(object_id))
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Http404
        if not self.allows(request, PLAN, wave):
            raise PermissionDenied
        act.run(wave_id=wave.pk, actor=request.user, at=timezone.now())
        messages.success(request, act.done)
        return redirect(BOARD) if request.POST.get("from") == "board" else redirect(PAGE, wave.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        wave = self.get_object(request, object_id)
        shown = with_progress(Wave.objects.filter(pk=wave.pk)).select_related(
            "warehouse__store", "rule", "carrier", "planned_by"
        )
        wave = shown.get()
        may_plan = self.allows(request, PLAN, wave)
        members = wave.wave_orders.select_related("order").order_by("slot")
        context = {
            **self.admin_site.each_context(request),
            "title": wave.number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "wave": wave,
            "ship_by": due.of_wave(request, wave),
            "tone": TONES[State(wave.state)],
            "percent": _percent(wave),
            "acts": [act for act in ACTS.values() if may_plan and wave.state in act.states],
            "picks": _picks(wave),
            "members": members,
            "may_see_order": self.allows(request, "orders.view_order", wave),
        }
        return TemplateResponse(request, "fulfillment/wave_page.html", context)

    def notes(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The delivery notes of the wave's orders, tote by tote; or of one tote."""
        wave = self.get_object(request, str(object_id))
        members = wave.wave_orders.current().select_related("order__store").order_by("slot")
        tote = posted.id_of(request.GET.get("tote", ""))
        if tote is not None:
            members = members.filter(slot=tote)
        return _printed_notes(request, [member.order for member in members], wave.warehouse)


def _hours(warehouse: Warehouse, orders: int, at: datetime) -> Decimal | None:
    """Working hours that the warehouse takes for so many; None where its pace is not known."""
    pace = paces.pace_of(warehouse, at=at)
    return round(orders / pace.per_hour, 1) if pace else None


def _chosen(request: HttpRequest, warehouses: list[Warehouse]) -> Warehouse | None:
    wanted = request.GET.get("warehouse", "")
    if not wanted:
        return None
    found = next((each for each in warehouses if each.pk == posted.id_of(wanted)), None)
    if found is None:
        raise Http404
    return found


def _columns(
    request: HttpRequest, rows: QuerySet[Any], may_plan: set[int], now: datetime
) -> list[dict[str, Any]]:
    """Per open state its most urgent waves, each with what can be done; three statements."""
    counts = dict(rows.order_by().values_list("state").annotate(waves=Count("pk")))
    found = with_progress(rows.select_related("warehouse__store", "rule", "carrier"))
    ordered = list(found.order_by(F("due_at").asc(nulls_last=True), "pk")[: 4 * SHOWN])
    return [
        {
            "title": State(state).label,
            "count": counts.get(state, 0),
            "tone": TONES[State(state)],
            "cards": [
                {
                    "wave": wave,
                    "percent": _percent(wave),
                    "ship_by": due.of_wave(request, wave),
                    "is_late": wave.due_at is not None and wave.due_at <= now,
                    "acts": [
                        act
                        for act in ACTS.values()
                        if wave.warehouse_id in may_plan and state in act.states
                    ],
                }
                for wave in ordered
                if wave.state == state
            ][:SHOWN],
        }
        for state in Wave.OPEN
    ]


def _picks(wave: Wave) -> QuerySet[Any]:
    wanted = ~Q(lines__state=PickLine.State.DROPPED)
    return (
        Pick.objects.filter(wave=wave)
        .select_related("zone", "assigned_to")
        .annotate(
            wanted=Sum("lines__wanted", filter=wanted, default=0),
            fetched=Sum("lines__picked", filter=wanted, default=0),
        )
        .order_by("pk")
    )


def _printed_notes(request: HttpRequest, orders: list[Order], warehouse: Warehouse) -> HttpResponse:
    """What lies in the box, with the order's number as a code."""
    context = {
        "title": gettext("Delivery note"),
        "zone": warehouse.store.timezone,
        "warehouse": warehouse,
        "notes": delivery_notes.notes_for(orders, warehouse=warehouse, actor=request.user),
    }
    response = TemplateResponse(request, "fulfillment/delivery_note.html", context)
    response["Cache-Control"] = "no-store"
    return response


class RuleFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = WaveRule
        fields: list[str] = []


@admin.register(WaveRule)
class WaveRuleAdmin(KeysetModelAdmin):
    filters = RuleFilters
    sorting = keyset.Sorting("priority", descending=False)
    empty_title = _("No wave rules yet")
    empty_hint = _("Without rules every order goes into waves of the size that the numbers say.")
    fields = [
        "warehouse",
        ("name", "priority"),
        "kind",
        ("channel", "zone"),
        ("most_orders", "most_pieces"),
        ("carrier", "service"),
        "splits_by_zone",
        "cut_offs",
        "is_active",
    ]
    columns = [
        Column(_("name"), lambda r: r.name),
        Column(_("priority"), lambda r: r.priority, "od-num"),
        Column(_("kind"), lambda r: state_pill(WaveRule.Kind, r.kind)),
        Column(_("orders at most"), lambda r: r.most_orders, "od-num od-wide"),
        Column(_("pieces at most"), lambda r: r.most_pieces, "od-num od-wide"),
        Column(
            _("planned daily at"),
            lambda r: ", ".join(f"{moment:%H:%M}" for moment in r.cut_offs),
            "od-nowrap",
        ),
        Column(_("warehouse"), lambda r: r.warehouse, "od-wide"),
        Column(_("state"), active_pill),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: WaveRule | None = None) -> list[str]:
        return ["warehouse"] if obj else []

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("warehouse")


navigation.register(
    "fulfillment",
    Screen(
        _("Wave board"),
        "view_kanban",
        BOARD,
        "fulfillment.view_wave",
        rank=10,
    ),
    Screen(
        _("Waves"), "stacks", "admin:fulfillment_wave_changelist", "fulfillment.view_wave", rank=12
    ),
)
navigation.register(
    "setup",
    Screen(
        _("Wave rules"),
        "rule_settings",
        "admin:fulfillment_waverule_changelist",
        "fulfillment.view_waverule",
    ),
)
