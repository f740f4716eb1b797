"""Missed and short shipments, and how many orders leave late (FUL-2, FUL-4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from fulfillment import late_chart, shipping_figures
from fulfillment.miss_bulk import FOLLOWING, MISSES
from fulfillment.models import ShipmentMiss
from fulfillment.services.misses import find_misses
from opsdesk import keyset, navigation
from opsdesk.errors import DomainError
from opsdesk.filters import (
    DateSpanFilter,
    ListFilters,
    PlainSelect,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores import procedure
from opsdesk.stores.models import Store, User

Kind, State = ShipmentMiss.Kind, ShipmentMiss.State
VIEW = "fulfillment.view_shipmentmiss"
LIST = "admin:fulfillment_shipmentmiss_changelist"
MOST_LATE = "fulfillment.most_late"
DAYS = timedelta(days=30)
KIND_TONES = {Kind.MISSED: "danger", Kind.SHORT: "warning"}
TONES = {State.OPEN: "warning", State.FOLLOWED_UP: "info", State.CLOSED: "good"}
MISSING = pgettext_lazy("a missed shipment", "pieces missing")
PARTS = {"channel": _("Channel"), "warehouse": _("Warehouse"), "carrier": _("Carrier")}


class MissFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    kind = StateFilter(Kind.choices, _("Kind"))
    day = DateSpanFilter(_("Day"))
    store = StoreFilter()

    class Meta:
        model = ShipmentMiss
        fields: list[str] = []


class StoreForm(forms.Form):
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), empty_label=None, widget=PlainSelect
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = _stores(user)


def _stores(user: User) -> Any:
    stores = Store.objects.active().visible_to(user)
    return stores if user.is_superuser else stores.in_stores(user.stores_allowing(VIEW))


@admin.register(ShipmentMiss)
class ShipmentMissAdmin(ReadOnlyList):
    """The newest day on top. The night finds them; here they are followed up."""

    filters = MissFilters
    sorting = keyset.Sorting("day")
    empty_title = _("Nothing was missed or left short")
    empty_hint = _("Each night the day that is over is looked through.")
    columns = [
        Column(_("order"), lambda m: m.order.external_number, "od-mono od-nowrap"),
        Column(_("kind"), lambda m: state_pill(Kind, m.kind, KIND_TONES[Kind(m.kind)])),
        Column(_("day"), lambda m: m.day.isoformat(), "od-nowrap"),
        Column(
            pgettext_lazy("a missed shipment", "pieces missing"),
            lambda m: m.pieces,
            "od-num od-wide",
        ),
        Column(_("state"), lambda m: state_pill(State, m.state, TONES[State(m.state)]), "od-wide"),
        Column(pgettext_lazy("a missed shipment", "owner"), lambda m: m.owner or "–", "od-wide"),
        Column(_("note"), lambda m: m.note, "od-wide"),
    ]
    tabs = [
        Tab("open", _("Open"), lambda rows: rows.open()),
        Tab("missed", _("Missed"), lambda rows: rows.of_kind(Kind.MISSED)),
        Tab("short", _("Short"), lambda rows: rows.of_kind(Kind.SHORT)),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("store", "order", "owner", "warehouse")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "fulfillment_shipmentmiss"
        return [
            path("bulk/", view(require_POST(self.bulk_run)), name=f"{name}_bulk"),
            path("find/", view(require_POST(self.find)), name=f"{name}_find"),
            path("rate/", view(self.rate), name=f"{name}_rate"),
            *super().get_urls(),
        ]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [(reverse("admin:fulfillment_shipmentmiss_rate"), _("Late rate"))]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return MISSES.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return MISSES.preview(self, request)

    def bulk_run(self, request: HttpRequest) -> HttpResponse:
        return MISSES.run(request)

    def find(self, request: HttpRequest) -> HttpResponse:
        """Yesterday is looked through now, in the store that was posted."""
        form = StoreForm(request.POST, user=request.user)
        store = form.cleaned_data["store"] if form.is_valid() else None
        if not self.allows(request, FOLLOWING.permission, store):
            raise PermissionDenied
        if store is None:
            raise DomainError(gettext("Choose one of your stores."))
        at = timezone.now()
        found = find_misses(store, store.business_date(at) - timedelta(days=1), at=at)
        words = ngettext("%(count)s shipment is new.", "%(count)s shipments are new.", found)
        messages.success(request, words % {"count": found})
        return redirect(f"{reverse(LIST)}?tab=open")

    def rate(self, request: HttpRequest) -> HttpResponse:
        """What left late in the last thirty days of a store, and of what."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        first = _stores(request.user).first()
        form = StoreForm(request.GET or {"store": first and first.pk}, user=request.user)
        shown = self._rate_of(form.cleaned_data["store"]) if form.is_valid() else {}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Late rate"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "several": len(_stores(request.user)[:2]) > 1,
            "may_find": bool(shown)
            and self.allows(request, FOLLOWING.permission, form.cleaned_data["store"]),
            **shown,
        }
        return TemplateResponse(request, "fulfillment/late_rate.html", context)

    def _rate_of(self, store: Store) -> dict[str, Any]:
        at = timezone.now()
        last = store.business_date(at) - timedelta(days=1)
        first = last - DAYS + timedelta(days=1)
        most = procedure.value_of(MOST_LATE, store=store, at=at)
        days = shipping_figures.by_day(store, first, last)
        all_of, late = sum(day[1] for day in days), sum(day[2] for day in days)
        parts = shipping_figures.by_part(store, first, last)
        return {
            "chosen": store,
            "most": f"{most.normalize():f} %",
            "rate": shipping_figures.rate(late, all_of),
            "is_over": all_of and late * 100 >= most * all_of,
            "shipped": all_of,
            "late": late,
            "drawing": late_chart.draw(days, most) if all_of else None,
            "parts": [
                (title, [(*row, shipping_figures.rate(row[2], row[1])) for row in parts[name]])
                for name, title in PARTS.items()
                if parts[name]
            ],
        }

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        miss = self.get_object(request, object_id)
        is_unsettled = miss.state in ShipmentMiss.UNSETTLED
        context = {
            **self.admin_site.each_context(request),
            "title": miss.order.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "miss": miss,
            "kind_tone": KIND_TONES[Kind(miss.kind)],
            "tone": TONES[State(miss.state)],
            "zone": miss.store.timezone,
            "action": FOLLOWING,
            "may_follow_up": is_unsettled and self.allows(request, FOLLOWING.permission, miss),
            "may_see_order": self.allows(request, "orders.view_order", miss),
        }
        return TemplateResponse(request, "fulfillment/miss_page.html", context)


navigation.register(
    "fulfillment",
    Screen(
        _("Missed and short"),
        "assignment_late",
        LIST,
        VIEW,
        query="?tab=open",
        rank=21,
        waiting=lambda request: ShipmentMiss.objects.viewable_by(request.user).open(),
        tone="warning",
    ),
)
