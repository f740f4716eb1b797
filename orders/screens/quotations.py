"""Quotations to businesses: written, replaced, accepted by an order, printed (ORD-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import navigation, posted, wording
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, crumbs, state_pill
from opsdesk.navigation import Screen
from orders.models import Quotation
from orders.paper_forms import QuotationForm
from orders.services import quotations
from orders.services.quotations import QUOTE

PAGE = "admin:orders_quotation_change"
TONES = {
    Quotation.State.OPEN: "info",
    Quotation.State.ACCEPTED: "good",
    Quotation.State.REPLACED: "",
    Quotation.State.WITHDRAWN: "",
}


class QuotationFilters(ListFilters):
    number = PrefixFilter(label=_("Number"))
    state = StateFilter(Quotation.State.choices, _("State"))
    store = StoreFilter()

    class Meta:
        model = Quotation
        fields: list[str] = []


def _standing(quotation: Quotation) -> Any:
    return state_pill(Quotation.State, quotation.state, TONES[Quotation.State(quotation.state)])


@admin.register(Quotation)
class QuotationAdmin(ReadOnlyList):
    filters = QuotationFilters
    change_form_template = "orders/quotation_page.html"
    empty_title = _("No quotations yet")
    empty_hint = _("Quote prices to a business; the order it places is linked to them.")
    columns = [
        Column(pgettext_lazy("of a paper", "number"), str, "od-mono od-nowrap"),
        Column(_("state"), _standing),
        Column(_("customer"), lambda q: q.customer),
        Column(_("amount"), lambda q: wording.money(q.amount, q.currency), "od-num"),
        Column(_("valid until"), lambda q: q.valid_until.isoformat(), "od-nowrap od-wide"),
        Column(_("order"), lambda q: q.order or "", "od-mono od-wide"),
        Column(_("store"), lambda q: q.store, "od-wide"),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order", "quoted_by")

    def list_rows(self, request: HttpRequest) -> Any:
        return super().list_rows(request).with_amounts()

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons: list[tuple[str, str | Promise]] = []
        if request.user.has_perm("orders.view_contract"):
            buttons.append((reverse("admin:orders_contract_changelist"), _("Contracts")))
        if request.user.has_perm(QUOTE):
            buttons.append((reverse("admin:orders_quotation_draft"), _("Quote")))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "orders_quotation"
        return [
            path("draft/", view(self.draft), name=f"{name}_draft"),
            path("<int:object_id>/edit/", view(self.edit), name=f"{name}_edit"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            path("<int:object_id>/print/", view(self.printed), name=f"{name}_print"),
            *super().get_urls(),
        ]

    def draft(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(QUOTE):
            raise PermissionDenied
        form = QuotationForm(request.POST or None, user=request.user)

        def done() -> Quotation:
            store = form.cleaned_data["store"]
            return quotations.quote(
                store=store, offer=form.offer, actor=request.user, at=timezone.now()
            )

        return self._filled_in(request, form, done) or self.form_page(
            request, form, gettext("Quote prices"), submit=gettext("Quote")
        )

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The next version: what was quoted before stays as it was."""
        quotation = self._quoted(request, object_id)
        form = QuotationForm(request.POST or None, user=request.user, quotation=quotation)

        def done() -> Quotation:
            return quotations.requote(
                quotation_id=quotation.pk, offer=form.offer, actor=request.user, at=timezone.now()
            )

        title = gettext("Quote %(number)s anew") % {"number": quotation.number}
        return self._filled_in(request, form, done) or self.form_page(
            request, form, title, submit=gettext("Quote")
        )

    def _filled_in(
        self, request: HttpRequest, form: QuotationForm, done: Callable[[], Quotation]
    ) -> HttpResponse | None:
        """To the quotation's page once it stands; None while the form is shown."""
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            quotation = done()
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            return None
        return redirect(PAGE, quotation.pk)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        quotation = self._quoted(request, object_id)
        do, at = request.POST.get("do", ""), timezone.now()
        if do == "accept":
            quotations.accept(
                quotation_id=quotation.pk,
                order_number=posted.text_of(request, "order", most=80),
                actor=request.user,
                at=at,
            )
            messages.success(request, gettext("The order stands on this quotation."))
        elif do == "withdraw":
            quotations.withdraw(quotation_id=quotation.pk, actor=request.user, at=at)
        else:
            raise Http404
        return redirect(PAGE, quotation.pk)

    def printed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The quotation on paper, as the customer gets it."""
        quotation = self.get_object(request, str(object_id))
        lines = list(quotation.lines.all())
        context = {
            "quotation": quotation,
            "lines": lines,
            "amount": sum(line.amount for line in lines),
        }
        return TemplateResponse(request, "orders/quotation_print.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        quotation = self.get_object(request, object_id)
        lines = list(quotation.lines.select_related("sku"))
        is_open = quotation.state == Quotation.State.OPEN
        context = {
            **self.admin_site.each_context(request),
            "title": str(quotation),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "quotation": quotation,
            "standing": _standing(quotation),
            "lines": lines,
            "amount": sum(line.amount for line in lines),
            "versions": Quotation.objects.filter(
                store=quotation.store_id, number=quotation.number
            ).order_by("version"),
            "may_act": is_open and self.allows(request, QUOTE, quotation),
            "history": reading.history_of(quotation, request.user),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def _quoted(self, request: HttpRequest, object_id: int) -> Quotation:
        quotation = self.get_object(request, str(object_id))
        if not self.allows(request, QUOTE, quotation):
            raise PermissionDenied
        return quotation


navigation.register(
    "orders",
    Screen(
        _("Quotations"),
        "contract",
        "admin:orders_quotation_changelist",
        "orders.view_quotation",
        rank=60,
    ),
)
