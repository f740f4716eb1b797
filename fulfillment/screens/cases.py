"""Parcels that need somebody: list, page, steps (FUL-7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from fulfillment import public_tracking
from fulfillment.expected import expected_of
from fulfillment.models import Following, Parcel, ParcelCase, ParcelProgress
from fulfillment.services import case_telling, cases, claims, following
from fulfillment.services.cases import WORK
from fulfillment.silence import patience_of
from fulfillment.told import latest_events, may_see_people
from opsdesk import navigation
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen
from opsdesk.posted import text_of

Kind = ParcelCase.Kind
LIST = "admin:fulfillment_parcelcase_changelist"
PAGE = "admin:fulfillment_parcelcase_change"
VIEW = "fulfillment.view_parcelcase"
TONES = {
    Kind.STALLED: "warning",
    Kind.FAILED: "warning",
    Kind.TROUBLE: "warning",
    Kind.DAMAGED: "danger",
    Kind.RETURNED: "info",
    Kind.LOST: "danger",
    Kind.NOT_RECEIVED: "danger",
}
STEPS = {
    "asked": (cases.mark_carrier_asked, _("The carrier was asked.")),
    "told": (cases.mark_customer_told, _("The customer was told.")),
    "write": (case_telling.write_to_customer, _("A message is on its way to the customer.")),
    "claim": (cases.claim_value, _("The claim is on record.")),
    "close": (cases.close_case, _("The case is closed.")),
}


class CaseFilters(ListFilters):
    waybill = PrefixFilter(label=_("Waybill"), field_name="waybill", through="parcel")
    store = StoreFilter()

    class Meta:
        model = ParcelCase
        fields: list[str] = []


class ClaimForm(forms.Form):
    amount = forms.DecimalField(min_value=Decimal("0.01"), max_digits=11, decimal_places=2)


def _step(case: ParcelCase) -> str:
    """The last step that was taken."""
    if case.closed_at:
        return case.get_ended_display()
    if case.claim_amount:
        return gettext("claimed")
    if case.told_at:
        return gettext("customer told")
    return gettext("carrier asked") if case.asked_at else "–"


@admin.register(ParcelCase)
class ParcelCaseAdmin(ReadOnlyList):
    filters = CaseFilters
    empty_title = _("No parcel needs anybody")
    empty_hint = _("Parcels are looked at every fifteen minutes, by themselves.")
    columns = [
        Column(_("parcel"), lambda c: c.parcel.number, "od-mono od-nowrap"),
        Column(_("what"), lambda c: state_pill(Kind, c.kind, TONES[Kind(c.kind)])),
        Column(_("since"), lambda c: moment_in(c.cause_at, c.store), "od-nowrap"),
        Column(_("carrier"), lambda c: c.parcel.carrier, "od-wide"),
        Column(_("waybill"), lambda c: c.parcel.waybill, "od-mono od-wide"),
        Column(_("last step"), _step, "od-wide"),
    ]
    tabs = [
        Tab("open", _("Open"), lambda rows: rows.open()),
        *(Tab(str(kind), kind.label, lambda rows, kind=kind: rows.of_kind(kind)) for kind in TONES),
        Tab(
            "closed",
            pgettext_lazy("late order", "Closed"),
            lambda rows: rows.closed(),
            counted=False,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("store", "parcel__carrier", "parcel__warehouse")

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act))
        opens = self.admin_site.admin_view(require_POST(self.open_reported))
        return [
            path("<int:object_id>/act/", act, name="fulfillment_parcelcase_act"),
            path("open/<int:parcel_id>/", opens, name="fulfillment_parcelcase_open"),
            *super().get_urls(),
        ]

    def open_reported(self, request: HttpRequest, parcel_id: int) -> HttpResponse:
        """The customer says that a delivered parcel has not come, or came to harm."""
        parcel = get_object_or_404(Parcel.objects.viewable_by(request.user), pk=parcel_id)
        if not self.allows(request, WORK, parcel.warehouse):
            raise PermissionDenied
        kind = request.POST.get("kind", Kind.NOT_RECEIVED)
        if kind not in cases.REPORTED:
            raise Http404
        case = cases.open_reported(
            parcel_id=parcel.pk,
            kind=Kind(kind),
            note=text_of(request, "note", most=cases.MOST_WORDS),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The case is open."))
        return redirect(PAGE, case.pk)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A step that somebody took is on record."""
        case = self.get_object(request, str(object_id))
        if case is None or request.POST.get("do") not in STEPS:
            raise Http404
        if not self.allows(request, WORK, case.parcel.warehouse):
            raise PermissionDenied
        step, done = STEPS[request.POST["do"]]
        given = self._given(request)
        step(case_id=case.pk, actor=request.user, at=timezone.now(), **given)
        messages.success(request, done)
        return redirect(PAGE, case.pk)

    def _given(self, request: HttpRequest) -> dict[str, Any]:
        if request.POST["do"] == "close":
            return {"result": text_of(request, "result", most=cases.MOST_WORDS)}
        if request.POST["do"] != "claim":
            return {}
        form = ClaimForm(request.POST)
        if not form.is_valid():
            raise DomainError(gettext("Write the amount as in 120.50."))
        return {"amount": form.cleaned_data["amount"]}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        case = self.get_object(request, object_id)
        may_work = case.is_open and self.allows(request, WORK, case.parcel.warehouse)
        orders = [row.order for row in case.parcel.parcel_orders.select_related("order")]
        context = {
            **self.admin_site.each_context(request),
            "title": str(case),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "case": case,
            "tone": TONES[Kind(case.kind)] if case.is_open else "",
            "orders": orders,
            "may_see_orders": self.allows(request, "orders.view_order", case),
            "may_work": may_work,
            "cover": _cover(case, orders),
            "query": cases.query_text(case),
            "can_write": may_work and case_telling.can_write(case, orders),
            "events": latest_events(
                case.parcel,
                at=timezone.now(),
                shows_people=may_see_people(request.user, case.parcel),
            ),
            "history": reading.history_of(case, request.user),
        }
        return TemplateResponse(request, "fulfillment/case_page.html", context)


def _cover(case: ParcelCase, orders: list[Any]) -> Decimal | None:
    """Up to how much the way back is insured, of a parcel that comes back."""
    return claims.cover_of_parcel(orders) if case.kind == Kind.RETURNED else None


def tracking_of(request: HttpRequest, parcel: Parcel) -> dict[str, Any] | None:
    """What a parcel's page shows of its way; nothing for one without a waybill."""
    if not parcel.waybill:
        return None
    at = timezone.now()
    user = request.user
    delivered = parcel.state == Parcel.State.DELIVERED
    is_quiet = parcel.state == Parcel.State.HANDED_OVER
    progress = ParcelProgress.objects.filter(parcel=parcel).first()
    followings = list(parcel.followings.select_related("target", "asked_by").order_by("pk"))
    polls = list(parcel.polls.select_related("target").order_by("pk"))
    has_given_up = any(each.state == Following.State.GIVEN_UP for each in followings)
    return {
        "followings": followings,
        "polls": polls,
        "may_follow": is_quiet
        and (has_given_up or any(each.parked_at for each in polls))
        and user.has_perm(following.FOLLOW, parcel),
        "expected": expected_of(parcel, progress, at=at),
        "events": latest_events(parcel, at=at, shows_people=may_see_people(user, parcel)),
        "link": public_tracking.link_for(parcel),
        "cases": parcel.cases.open().order_by("pk"),
        "resumes_at": patience_of(parcel.store, at=at).resumes_at if is_quiet else None,
        "may_see_cases": user.has_perm(VIEW, parcel),
        "may_report": delivered and user.has_perm(WORK, parcel),
    }


navigation.register(
    "fulfillment",
    Screen(
        _("Parcels in trouble"),
        "crisis_alert",
        LIST,
        VIEW,
        query="?tab=open",
        rank=25,
        waiting=lambda request: ParcelCase.objects.viewable_by(request.user).open(),
        tone="warning",
    ),
)
