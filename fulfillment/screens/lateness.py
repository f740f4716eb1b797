"""Orders that will be late (FUL-2)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from fulfillment.grant_bulk import COMPENSATIONS
from fulfillment.late_bulk import LATE_ORDERS, fitting_actions
from fulfillment.late_words import mark_said, told_in_words, why, worth
from fulfillment.models import Compensation, CompensationKind, CompensationRule, LateRisk
from opsdesk import keyset, navigation
from opsdesk.admin import ScopedModelAdmin
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill
from opsdesk.navigation import Screen

Reason = LateRisk.Reason
LIST = "admin:fulfillment_laterisk_changelist"
VIEW = "fulfillment.view_laterisk"
# A phone has room for two words.
SHORTLY = {
    Reason.SHORTAGE: _("Goods are missing"),
    Reason.PRESALE: _("Presale's day"),
    Reason.NOT_READY: _("Not packed yet"),
    Reason.CAPACITY: _("Too many"),
}
TONES = {
    Reason.SHORTAGE: "danger",
    Reason.PRESALE: "danger",
    Reason.NOT_READY: "warning",
    Reason.CAPACITY: "warning",
}
State = Compensation.State
STATE_TONES = {
    State.ASKED: "warning",
    State.APPROVED: "info",
    State.REFUSED: "",
    State.GRANTED: "good",
}


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
        Column(_("reason"), lambda r: pill(SHORTLY[Reason(r.reason)], TONES[Reason(r.reason)])),
        Column(_("details"), why, "od-wide"),
        Column(_("expected to leave"), _expected, "od-nowrap od-wide"),
        Column(_("warehouse"), lambda r: r.warehouse or "–", "od-wide"),
        Column(_("customer told"), told_in_words, "od-wide"),
    ]
    tabs = [
        Tab("open", _("In danger"), lambda rows: rows.open()),
        *(
            Tab(str(reason), title, lambda rows, reason=reason: rows.of_reason(reason))
            for reason, title in SHORTLY.items()
        ),
        Tab(
            "closed",
            pgettext_lazy("late order", "Closed"),
            lambda rows: rows.closed(),
            counted=False,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order", "warehouse")

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return LATE_ORDERS.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return LATE_ORDERS.preview(self, request)

    def bulk_run(self, request: HttpRequest) -> HttpResponse:
        return LATE_ORDERS.run(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.bulk_run))
        return [path("bulk/", view, name="fulfillment_laterisk_bulk"), *super().get_urls()]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm("fulfillment.view_compensation"):
            return []
        return [(reverse("admin:fulfillment_compensation_changelist"), _("Compensations"))]

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """What became of telling each customer. One statement."""
        mark_said(shown)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        risk = self.get_object(request, object_id)
        mark_said([risk])
        compensation = self._compensation_of(request, risk)
        context = {
            **self.admin_site.each_context(request),
            "title": risk.order.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "risk": risk,
            "tone": TONES[Reason(risk.reason)] if risk.is_open else "",
            "why": why(risk),
            "told": told_in_words(risk),
            "compensation": compensation,
            "worth": worth(compensation) if compensation else "",
            "actions": fitting_actions(risk, request.user),
            "zone": risk.store.timezone,
            "may_see_order": self.allows(request, "orders.view_order", risk),
        }
        return TemplateResponse(request, "fulfillment/late_page.html", context)

    def _compensation_of(self, request: HttpRequest, risk: LateRisk) -> Compensation | None:
        if not self.allows(request, "fulfillment.view_compensation", risk):
            return None
        return Compensation.objects.filter(order=risk.order_id, delay=risk.delay).first()


class CompensationFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    kind = StateFilter(CompensationKind.choices, _("Kind"))
    store = StoreFilter()

    class Meta:
        model = Compensation
        fields: list[str] = []


@admin.register(Compensation)
class CompensationAdmin(ReadOnlyList):
    """What customers get for delays, the newest first; what they got is put down here."""

    filters = CompensationFilters
    sorting = keyset.Sorting("proposed_at")
    empty_title = _("Nobody was compensated for a delay")
    empty_hint = _("Tick late orders in their list and choose to compensate them.")
    columns = [
        Column(_("order"), lambda c: c.order.external_number, "od-mono od-nowrap"),
        Column(_("compensation"), worth, "od-nowrap"),
        Column(_("hours late"), lambda c: c.hours_late, "od-num od-wide"),
        Column(_("state"), lambda c: state_pill(State, c.state, STATE_TONES[State(c.state)])),
        Column(_("proposed by"), lambda c: c.proposed_by, "od-wide"),
        Column(_("proposed"), lambda c: moment_in(c.proposed_at, c.store), "od-nowrap od-wide"),
    ]
    tabs = [
        Tab("asked", State.ASKED.label, lambda rows: rows.filter(state=State.ASKED)),
        Tab("approved", State.APPROVED.label, lambda rows: rows.waiting()),
        Tab("granted", State.GRANTED.label, lambda rows: rows.granted(), counted=False),
    ]
    fields = [
        ("order", "store"),
        ("kind", "amount"),
        ("hours_late", "rule"),
        ("state", "approval"),
        ("proposed_by", "proposed_at"),
        ("approved_at",),
        ("granted_at", "granted_by"),
        ("granted_how",),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order", "proposed_by")

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return COMPENSATIONS.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return COMPENSATIONS.preview(self, request)

    def bulk_run(self, request: HttpRequest) -> HttpResponse:
        return COMPENSATIONS.run(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.bulk_run))
        return [path("bulk/", view, name="fulfillment_compensation_bulk"), *super().get_urls()]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm("fulfillment.view_compensationrule"):
            return []
        address = reverse("admin:fulfillment_compensationrule_changelist")
        return [(address, _("Rules of compensation"))]


@admin.register(CompensationRule)
class CompensationRuleAdmin(ScopedModelAdmin):
    """Rules are switched off, never deleted: compensations name theirs."""

    list_display = ["kind", "hours_from", "hours_to", "amount", "percent", "cap", "is_active"]
    list_select_related = ["store", "channel"]
    fields = [
        ("store", "channel"),
        ("hours_from", "hours_to"),
        ("kind", "amount", "percent"),
        ("cap", "is_active"),
    ]


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
    Screen(
        _("Compensations"),
        "redeem",
        "admin:fulfillment_compensation_changelist",
        "fulfillment.view_compensation",
        query="?tab=approved",
        rank=22,
        waiting=lambda request: Compensation.objects.viewable_by(request.user).waiting(),
        tone="warning",
    ),
)
