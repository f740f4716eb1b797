"""Orders that will be late (FUL-2)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from fulfillment.late_words import why
from fulfillment.models import LateRisk
from opsdesk import keyset, navigation
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen

Reason = LateRisk.Reason
LIST = "admin:fulfillment_laterisk_changelist"
VIEW = "fulfillment.view_laterisk"
TONES = {Reason.SHORTAGE: "danger", Reason.NOT_READY: "warning", Reason.CAPACITY: "warning"}


class LateRiskFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    due_at = DaysFilter(_("Ship by"))
    store = StoreFilter()

    class Meta:
        model = LateRisk
        fields: list[str] = []


def _expected(risk: LateRisk) -> str:
    return moment_in(risk.expected_at, risk.store) if risk.expected_at else "–"


@admin.register(LateRisk)
class LateRiskAdmin(ReadOnlyList):
    """What is due first on top. It is looked for every ten minutes; nothing here is edited."""

    filters = LateRiskFilters
    sorting = keyset.Sorting("due_at", descending=False)
    empty_title = _("No order is in danger")
    empty_hint = _("Orders that will not be shipped in time are looked for every ten minutes.")
    columns = [
        Column(_("order"), lambda r: r.order.external_number, "od-mono od-nowrap"),
        Column(_("ship by"), lambda r: moment_in(r.due_at, r.store), "od-nowrap"),
        Column(_("reason"), lambda r: state_pill(Reason, r.reason, TONES[Reason(r.reason)])),
        Column(_("why"), why, "od-wide"),
        Column(_("expected to leave"), _expected, "od-nowrap od-wide"),
        Column(_("warehouse"), lambda r: r.warehouse or "–", "od-wide"),
    ]
    tabs = [
        Tab("open", _("In danger"), lambda rows: rows.open()),
        Tab("shortage", _("Goods are missing"), lambda rows: rows.of_reason(Reason.SHORTAGE)),
        Tab("not_ready", _("Not packed yet"), lambda rows: rows.of_reason(Reason.NOT_READY)),
        Tab("capacity", _("Too many"), lambda rows: rows.of_reason(Reason.CAPACITY)),
        Tab("closed", _("Closed"), lambda rows: rows.closed(), counted=False),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order", "warehouse")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        risk = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": risk.order.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "risk": risk,
            "tone": TONES[Reason(risk.reason)] if risk.is_open else "",
            "why": why(risk),
            "zone": risk.store.timezone,
            "may_see_order": self.allows(request, "orders.view_order", risk),
        }
        return TemplateResponse(request, "fulfillment/late_page.html", context)


navigation.register(
    "fulfillment",
    Screen(
        _("Late orders"),
        "running_with_errors",
        LIST,
        VIEW,
        query="?tab=open",
        rank=20,
        waiting=lambda request: LateRisk.objects.viewable_by(request.user).open(),
        tone="danger",
    ),
)
