"""Parcels: what is in them, where they are, what can be done with them (FUL-3, FUL-7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from fulfillment import desk
from fulfillment.models import CarrierService, Intercept, Parcel, ParcelBox, ParcelOrder
from fulfillment.screens import costs, due, station
from fulfillment.screens.cases import tracking_of
from fulfillment.services import following, intercepting, labels, packing, pushing, relabelling
from fulfillment.tones import tone
from fulfillment.waybills import folded
from opsdesk import navigation, posted
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, pill
from opsdesk.navigation import Screen
from orders.screens.ship_by import FIRST_DUE

PAGE = "admin:fulfillment_parcel_change"
VIEW = "fulfillment.view_parcel"
SAME_ORIGIN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
State = Parcel.State


class WaybillFilter(PrefixFilter):
    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(waybill__startswith=folded(value)).exclude(waybill="") if value else rows


class OrderFilter(PrefixFilter):
    """Parcels with an order whose number begins so."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        links = ParcelOrder.objects.filter(parcel=OuterRef("pk"))
        return rows.filter(Exists(links.filter(order__external_number__startswith=value)))


class ParcelFilters(ListFilters):
    waybill = WaybillFilter(label=_("Waybill"))
    number = OrderFilter(label=_("Order number"))
    carrier = PrefixFilter(label=_("Carrier code"), field_name="code", through="carrier")
    state = StateFilter(State.choices, _("State"))
    handed_over_at = DaysFilter(_("Handed over"))
    warehouse = WarehouseFilter()
    store = StoreFilter()

    class Meta:
        model = Parcel
        fields: list[str] = []


@dataclass(frozen=True)
class Action:
    """Something that a person does with a parcel; `states` are those in which it can be done."""

    code: str
    right: str
    title: str | Promise
    done: str | Promise
    states: tuple[str, ...]
    run: Callable[[Parcel, HttpRequest], Any]
    tone: str = ""
    asks_label: bool = False


def _reason(request: HttpRequest) -> str:
    return posted.text_of(request, "reason", most=packing.MOST_REASON)


def _cancel(parcel: Parcel, request: HttpRequest) -> Any:
    return packing.cancel_parcel(
        parcel_id=parcel.pk, reason=_reason(request), actor=request.user, at=timezone.now()
    )


def _relabel(parcel: Parcel, request: HttpRequest) -> Any:
    service = posted.id_of(posted.text_of(request, "service", most=18)) or 0
    return relabelling.relabel_parcel(
        parcel_id=parcel.pk,
        label=packing.Label(service, posted.text_of(request, "waybill", most=80)),
        reason=_reason(request),
        actor=request.user,
        at=timezone.now(),
    )


def _intercept(parcel: Parcel, request: HttpRequest) -> Any:
    return intercepting.ask_to_intercept(
        parcel_id=parcel.pk, reason=_reason(request), actor=request.user, at=timezone.now()
    )


ACTIONS = {
    action.code: action
    for action in (
        Action(
            "relabel",
            packing.PACK,
            _("Label anew"),
            _("The parcel has a new label; the old one is void."),
            (State.PACKED,),
            _relabel,
            asks_label=True,
        ),
        Action(
            "cancel",
            packing.PACK,
            _("Back to the line"),
            _("The parcel holds nothing any more; its goods are packed anew."),
            (State.OPEN, State.PACKED),
            _cancel,
            tone="danger",
        ),
        Action(
            "intercept",
            intercepting.INTERCEPT,
            _("Have it stopped"),
            _("It is on record that the carrier is asked. Put down the answer here."),
            (State.HANDED_OVER,),
            _intercept,
            tone="danger",
        ),
    )
}


@admin.register(Parcel)
class ParcelAdmin(ReadOnlyList):
    filters = ParcelFilters
    empty_title = _("No parcels yet")
    empty_hint = _("Parcels are packed at the station, or told by the warehouse's programs.")
    columns = [
        Column(_("number"), lambda p: p.number, "od-mono od-nowrap"),
        Column(_("state"), lambda p: pill(p.get_state_display(), tone(p.state))),
        Column(_("ship by"), lambda p: p.ship_by_cell, "od-nowrap"),
        Column(_("waybill"), lambda p: p.waybill or "–", "od-mono od-wide"),
        Column(_("carrier"), lambda p: p.carrier or "–", "od-wide"),
        Column(
            _("orders"),
            lambda p: ", ".join(link.order.external_number for link in p.parcel_orders.all()),
            "od-mono od-wide",
        ),
        Column(_("warehouse"), lambda p: p.warehouse, "od-wide"),
        Column(_("cost"), lambda p: p.cost_shown, "od-num od-nowrap od-wide"),
    ]
    tabs = [
        Tab("here", _("Here"), due.here, sorting=FIRST_DUE),
        Tab("late", _("Ship-by passed"), due.overdue, sorting=FIRST_DUE),
        Tab("way", _("Under way"), lambda rows: rows.under_way()),
        Tab(
            "stopping",
            _("To be stopped"),
            lambda rows: rows.filter(
                pk__in=Intercept.objects.asked().values("parcel"), state=State.HANDED_OVER
            ),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("carrier", "warehouse", "store")
        return rows.prefetch_related("parcel_orders__order")

    def tabs_for(self, request: HttpRequest) -> Sequence[Tab]:
        """What differs in cost is for those who know what carriers cost."""
        sees = request.user.has_perm(costs.SEE)
        return [*self.tabs, costs.DIFFERS] if sees else self.tabs

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        due.work_out_parcels(request, shown)
        costs.work_out(shown, request.user)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "fulfillment_parcel"
        return [
            path("station/", view(station.page), name=f"{name}_station"),
            path("station/scan/", view(require_POST(station.scan)), name=f"{name}_scan"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            path("<int:object_id>/bill/", view(self.bill), name=f"{name}_bill"),
            path("<int:object_id>/label/", view(never_cache(self.label)), name=f"{name}_label"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        parcel = self.get_object(request, object_id)
        asked = parcel.intercepts.select_related("asked_by", "answered_by").order_by("-pk")
        open_request = next((each for each in asked if each.state == Intercept.State.ASKED), None)
        may_intercept = self.allows(request, intercepting.INTERCEPT, parcel)
        context = {
            **self.admin_site.each_context(request),
            "title": parcel.number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "parcel": parcel,
            "standing": pill(parcel.get_state_display(), tone(parcel.state)),
            "zone": parcel.store.timezone,
            "ship_by": due.of_parcel(request, parcel),
            "box": ParcelBox.objects.filter(parcel=parcel).select_related("box").first(),
            "items": parcel.items.select_related("sku__product", "line__order").order_by("pk"),
            "orders": [link.order for link in parcel.parcel_orders.all()],
            "may_see_order": self.allows(request, "orders.view_order", parcel),
            "may_print": bool(parcel.waybill)
            and parcel.state != State.CANCELLED
            and self.allows(request, labels.PRINT, parcel.warehouse),
            "intercepts": asked,
            "open_request": open_request if may_intercept else None,
            "actions": [each for each in ACTIONS.values() if self._offers(request, parcel, each)],
            "services": _services(parcel),
            "told": pushing.told_of(parcel),
            "tracking": tracking_of(request, parcel),
            "cost": costs.cost_of(parcel, request.user),
            "insurances": _insurances(parcel, request),
            "history": reading.history_of(parcel, request.user),
        }
        return TemplateResponse(request, "fulfillment/parcel_page.html", context)

    def bill(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What the carrier billed for it."""
        return costs.put_down(self, request, self.get_object(request, str(object_id)), PAGE)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Cancelled, labelled anew, to be stopped; or what the carrier said to that."""
        parcel = self.get_object(request, str(object_id))
        do = request.POST.get("do", "")
        if do in ("stopped", "failed"):
            return self._answered(request, parcel, is_stopped=do == "stopped")
        if do == "follow":
            return self._followed(request, parcel)
        action = ACTIONS.get(do)
        if action is None:
            raise Http404
        if not self.allows(request, action.right, parcel.warehouse):
            raise PermissionDenied
        made = action.run(parcel, request)
        messages.success(request, action.done)
        return redirect(PAGE, made.pk if isinstance(made, Parcel) else parcel.pk)

    def _followed(self, request: HttpRequest, parcel: Parcel) -> HttpResponse:
        """Sources that gave it up are asked anew."""
        if not self.allows(request, following.FOLLOW, parcel.warehouse):
            raise PermissionDenied
        following.follow_again(parcel_id=parcel.pk, actor=request.user, at=timezone.now())
        messages.success(request, gettext("The sources are asked again."))
        return redirect(PAGE, parcel.pk)

    def _answered(self, request: HttpRequest, parcel: Parcel, *, is_stopped: bool) -> HttpResponse:
        asked = parcel.intercepts.asked().first()
        if asked is None:
            raise DomainError(gettext("The carrier is not asked to stop this parcel."))
        intercepting.put_down_answer(
            intercept_id=asked.pk,
            is_stopped=is_stopped,
            answer=posted.text_of(request, "reason", most=intercepting.MOST_ANSWER),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The carrier's answer is on record."))
        return redirect(PAGE, parcel.pk)

    def label(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The label as it is stuck on, 100 × 150 mm. The station prints it from a frame."""
        parcel = self.get_object(request, str(object_id))
        if not self.allows(request, labels.PRINT, parcel.warehouse):
            raise PermissionDenied
        label = labels.print_label(parcel_id=parcel.pk, actor=request.user, at=timezone.now())
        context = {"title": parcel.number, "label": label, "zone": parcel.store.timezone}
        response = TemplateResponse(request, "fulfillment/parcel_label.html", context)
        response["Content-Security-Policy"] = SAME_ORIGIN
        response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def _offers(self, request: HttpRequest, parcel: Parcel, action: Action) -> bool:
        if parcel.state not in action.states or not self.allows(
            request, action.right, parcel.warehouse
        ):
            return False
        return action.code != "intercept" or not parcel.intercepts.asked().exists()


def _insurances(parcel: Parcel, request: HttpRequest) -> list[dict[str, Any]]:
    """Of each of its orders that is covered."""
    orders = [link.order for link in parcel.parcel_orders.all()]
    shown = [desk.insurance_of(order, request.user) for order in orders]
    return [panel for panel in shown if panel is not None]


def _services(parcel: Parcel) -> QuerySet[CarrierService]:
    rows = CarrierService.objects.active().filter(carrier__store=parcel.store_id)
    return rows.select_related("carrier").order_by("carrier__code", "code")


navigation.register(
    "fulfillment",
    Screen(
        _("Packing station"),
        "barcode_scanner",
        "admin:fulfillment_parcel_station",
        packing.PACK,
        rank=15,
    ),
    Screen(_("Parcels"), "package_2", "admin:fulfillment_parcel_changelist", VIEW, rank=30),
)
