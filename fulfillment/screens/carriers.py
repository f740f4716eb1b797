"""Carriers with their papers, services and scorecards; which goods ask for which permits."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.products import active_pill
from fulfillment import carrier_page
from fulfillment.carrier_forms import QUOTE, ExceptionForm, PaperForm
from fulfillment.models import (
    Carrier,
    CarrierDocument,
    CarrierService,
    CoverageArea,
    RequiredPermit,
)
from fulfillment.services import exceptions, papers, scoring
from opsdesk import keyset, navigation
from opsdesk.admin import ScopedModelAdmin, ScopedTabularInline
from opsdesk.audit import exporting, reading
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile
from opsdesk.filters import ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, crumbs
from opsdesk.navigation import Screen

PAGE = "admin:fulfillment_carrier_change"
SEE_SCORES, SEE_PAPERS = "fulfillment.view_carrierscore", "fulfillment.view_carrierdocument"
# A carrier's paper is warned of in its list as its page does by default.
SOON = timedelta(days=30)


class CarrierFilters(ListFilters):
    code = PrefixFilter(label=_("Code"))
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))
    store = StoreFilter()

    class Meta:
        model = Carrier
        fields: list[str] = []


class ServiceInline(ScopedTabularInline):
    model = CarrierService
    fields = ["code", "name", "usual_days", "is_cold", "is_active"]


def _on_time(carrier: Any) -> str:
    share = carrier.score.punctual
    return "–" if share.rate is None else f"{100 * share.rate:.1f} %"


@admin.register(Carrier)
class CarrierAdmin(KeysetModelAdmin):
    filters = CarrierFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No carriers yet")
    empty_hint = _("Add the first one; then its papers, where it delivers and what it asks.")
    fields = [
        ("store", "code"),
        ("name", "phone"),
        ("kuaidi100_code", "easypost_code"),
        "is_active",
    ]
    inlines = [ServiceInline]
    columns = [
        Column(_("code"), lambda c: c.code, "od-mono od-nowrap"),
        Column(_("name"), lambda c: c.name),
        Column(_("services"), lambda c: c.service_count, "od-num od-wide"),
        Column(_("papers"), lambda c: c.papers),
        Column(_("on time"), _on_time, "od-num"),
        Column(_("parcels"), lambda c: c.score.parcels or "–", "od-num od-wide"),
        Column(_("store"), lambda c: c.store, "od-wide"),
        Column(_("state"), active_pill, "od-wide"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("store")

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return carrier_page.counted(super().list_rows(request))

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """Papers and record of the page's carriers, all at once."""
        today = timezone.localdate()
        glance = carrier_page.papers_at_a_glance(shown, today, today + SOON)
        scores = scoring.scores_of_carriers([carrier.pk for carrier in shown], until=today)
        for carrier in shown:
            sees = self.allows(request, SEE_PAPERS, carrier)
            carrier.papers = glance.get(carrier.pk, "–") if sees else ""
            sees = self.allows(request, SEE_SCORES, carrier)
            carrier.score = scores.get(carrier.pk, scoring.Score()) if sees else scoring.Score()

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = super().list_buttons(request)
        if request.user.has_perm("fulfillment.view_requiredpermit"):
            needed = reverse("admin:fulfillment_requiredpermit_changelist")
            buttons.append((needed, _("Required permits")))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "fulfillment_carrier"
        return [
            path("<int:object_id>/edit/", view(self.edit), name=f"{name}_edit"),
            path("<int:object_id>/paper/", view(self.hand_in), name=f"{name}_paper"),
            path("<int:object_id>/exception/", view(self.ask), name=f"{name}_exception"),
            path("<int:object_id>/scores/", view(self.scores), name=f"{name}_scores"),
            path("paper/<int:paper_id>/file/", view(self.file), name=f"{name}_file"),
            path(
                "paper/<int:paper_id>/withdraw/",
                view(require_POST(self.withdraw)),
                name=f"{name}_withdraw",
            ),
            *super().get_urls(),
        ]

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The form of the carrier itself, with its services."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if not self.has_change_permission(request, self.get_object(request, str(object_id))):
            raise PermissionDenied
        return super().change_view(request, str(object_id))

    def response_post_save_add(self, request: HttpRequest, obj: Carrier) -> HttpResponse:
        return redirect(PAGE, obj.pk)

    response_post_save_change = response_post_save_add

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        carrier = self.get_object(request, object_id)
        at = timezone.now()
        sees_papers = self.allows(request, SEE_PAPERS, carrier)
        sees_scores = self.allows(request, SEE_SCORES, carrier)
        context = {
            **self.admin_site.each_context(request),
            "title": carrier.name,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "carrier": carrier,
            "may_edit": self.has_change_permission(request, carrier),
            "may_hand_in": self.allows(request, papers.ADD, carrier),
            "may_withdraw": self.allows(request, papers.WITHDRAW, carrier),
            "may_see_approval": self.allows(request, "approvals.view_approval", carrier),
            "may_ask": self.allows(request, exceptions.ASK, carrier),
            "exceptions": carrier_page.exceptions_of(carrier, at) if sees_papers else [],
            "may_price": self.allows(request, "fulfillment.change_pricetable", carrier),
            "sees_papers": sees_papers,
            "sees_prices": self.allows(request, QUOTE, carrier),
            "papers": carrier_page.papers_of(carrier, at) if sees_papers else [],
            "services": carrier_page.services_of(carrier),
            "scorecard": carrier_page.scorecard(carrier, at) if sees_scores else None,
            "history": reading.history_of(carrier, request.user),
        }
        return TemplateResponse(request, "fulfillment/carrier_page.html", context)

    def hand_in(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A paper of the carrier."""
        carrier = self.get_object(request, str(object_id))
        if not self.allows(request, papers.ADD, carrier):
            raise PermissionDenied
        form = PaperForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                papers.add_document(
                    carrier_id=carrier.pk, paper=form.paper, actor=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, gettext("The paper is on record."))
                return redirect(PAGE, carrier.pk)
        return self.form_page(
            request,
            form,
            gettext("Paper of %(carrier)s") % {"carrier": carrier},
            submit=gettext("Hand in"),
            intro=gettext("It is kept as it is handed in; a wrong one is withdrawn."),
        )

    def ask(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Somebody else is asked whether it is offered without a paper for a while."""
        carrier = self.get_object(request, str(object_id))
        if not self.allows(request, exceptions.ASK, carrier):
            raise PermissionDenied
        form = ExceptionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                exceptions.ask_for_exception(
                    carrier_id=carrier.pk, wanted=form.wanted, actor=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, gettext("Somebody else decides on it now."))
                return redirect(PAGE, carrier.pk)
        return self.form_page(
            request,
            form,
            gettext("Offer %(carrier)s without a paper") % {"carrier": carrier},
            submit=gettext("Ask for it"),
            intro=gettext("Once somebody else agrees it is offered until that day."),
        )

    def file(self, request: HttpRequest, paper_id: int) -> HttpResponse:
        paper = self._paper(request, paper_id)
        carrier = paper.carrier
        if not self.allows(request, SEE_PAPERS, carrier):
            raise PermissionDenied
        content = papers.content_of(paper)
        return exporting.sent(
            ExportedFile(BytesIO(content), 1, paper.sha256),
            paper.file_name,
            model=CarrierDocument,
            store=carrier.store,
            subject_id=paper.pk,
        )

    def withdraw(self, request: HttpRequest, paper_id: int) -> HttpResponse:
        paper = self._paper(request, paper_id)
        if not self.allows(request, papers.WITHDRAW, paper.carrier):
            raise PermissionDenied
        papers.withdraw_document(
            document_id=paper.pk,
            reason=request.POST.get("reason", "").replace("\0", ""),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The paper is withdrawn; it stays on record."))
        return redirect(PAGE, paper.carrier_id)

    def scores(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The monthly counts as a file."""
        carrier = self.get_object(request, str(object_id))
        if not self.allows(request, SEE_SCORES, carrier):
            raise PermissionDenied
        return carrier_page.score_file(carrier, as_workbook=request.GET.get("format") == "xlsx")

    def _paper(self, request: HttpRequest, paper_id: int) -> CarrierDocument:
        """Raises Http404 for papers of others' stores."""
        seen = CarrierDocument.objects.visible_to(request.user).select_related("carrier__store")
        return get_object_or_404(seen, pk=paper_id)


class CoverageInline(ScopedTabularInline):
    model = CoverageArea
    fields = ["region", "is_delivered", "extra_days"]
    can_delete_rows = True
    per_page = 50


class ServiceFilters(ListFilters):
    code = PrefixFilter(label=_("Code"))
    carrier = PrefixFilter(label=_("Carrier code"), field_name="code", through="carrier")

    class Meta:
        model = CarrierService
        fields: list[str] = []


@admin.register(CarrierService)
class CarrierServiceAdmin(KeysetModelAdmin):
    """Where a service delivers, and in how many days."""

    filters = ServiceFilters
    sorting = keyset.Sorting("code", descending=False)
    empty_title = _("No services yet")
    empty_hint = _("They are added on the page of a carrier.")
    fields = ["carrier", ("code", "name"), ("usual_days", "is_cold"), "is_active"]
    inlines = [CoverageInline]
    columns = [
        Column(_("code"), lambda s: s.code, "od-mono od-nowrap"),
        Column(_("name"), lambda s: s.name),
        Column(_("carrier"), lambda s: s.carrier),
        Column(_("usual days"), lambda s: s.usual_days, "od-num od-wide"),
        Column(_("state"), active_pill),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("carrier")

    def get_readonly_fields(
        self, request: HttpRequest, obj: CarrierService | None = None
    ) -> list[str]:
        return ["carrier"] if obj else []

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """A service is added beside its carrier's others."""
        return []


@admin.register(RequiredPermit)
class RequiredPermitAdmin(ScopedModelAdmin):
    can_delete_rows = True
    list_display = ["category", "kind", "store"]
    list_select_related = ["store"]
    fields = ["store", ("category", "kind")]


navigation.register(
    "fulfillment",
    Screen(
        _("Carriers"),
        "local_shipping",
        "admin:fulfillment_carrier_changelist",
        "fulfillment.view_carrier",
        rank=60,
    ),
)
