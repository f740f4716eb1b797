"""Invoices: the queue that finance works off, one invoice's page, and the series (ORD-8)."""

from __future__ import annotations

from io import BytesIO
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

from opsdesk import keyset, navigation, posted, wording
from opsdesk.admin import ScopedModelAdmin
from opsdesk.audit import exporting, reading
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill
from opsdesk.navigation import Screen
from orders import invoice_actions
from orders.invoice_actions import ACTIONS, INVOICES
from orders.models import Invoice, InvoiceSeries, Order
from orders.paper_forms import InvoiceForm, SeriesForm
from orders.services import invoicing
from orders.services.invoice_documents import content_of, ensure_document
from orders.services.invoicing import ISSUE, REQUEST

PAGE = "admin:orders_invoice_change"
TONES = {
    Invoice.State.REQUESTED: "warning",
    Invoice.State.ISSUED: "info",
    Invoice.State.SENT: "good",
    Invoice.State.VOIDED: "danger",
    Invoice.State.DECLINED: "",
}


class InvoiceFilters(ListFilters):
    number = PrefixFilter(label=_("Number"))
    order = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    kind = StateFilter(Invoice.Kind.choices, _("Kind"))
    requested = DaysFilter(label=_("Requested"), field_name="requested_at")
    store = StoreFilter()

    class Meta:
        model = Invoice
        fields: list[str] = []


def standing(invoice: Invoice) -> Any:
    if invoice.is_red:
        return pill(_("red"), "danger")
    return state_pill(Invoice.State, invoice.state, TONES[Invoice.State(invoice.state)])


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyList):
    filters = InvoiceFilters
    change_form_template = "orders/invoice_page.html"
    empty_title = _("No invoices yet")
    empty_hint = _("They are asked for on the page of an order.")
    columns = [
        Column(pgettext_lazy("of a paper", "number"), str, "od-mono od-nowrap"),
        Column(_("state"), standing),
        Column(_("order"), lambda i: i.order, "od-mono od-nowrap"),
        Column(_("made out to"), lambda i: i.masked_buyer.title),
        Column(_("gross"), lambda i: wording.money(i.gross, i.currency), "od-num"),
        Column(_("kind"), lambda i: i.get_kind_display(), "od-wide"),
        Column(_("requested"), lambda i: moment_in(i.requested_at, i.store), "od-wide od-nowrap"),
        Column(_("store"), lambda i: i.store, "od-wide"),
    ]
    tabs = [
        Tab(
            "requested",
            _("To issue"),
            lambda rows: rows.to_issue(),
            sorting=keyset.Sorting("requested_at", descending=False),
        ),
        Tab("issued", _("To send"), lambda rows: rows.to_send(), counted=False),
        Tab("sent", _("Sent"), lambda rows: rows.filter(state=Invoice.State.SENT), counted=False),
        Tab(
            "voided",
            _("Voided"),
            lambda rows: rows.filter(state=Invoice.State.VOIDED),
            counted=False,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm("orders.view_invoiceseries"):
            return []
        return [(reverse("admin:orders_invoiceseries_changelist"), _("Series"))]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return INVOICES.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return INVOICES.preview(self, request)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "orders_invoice"
        return [
            path("bulk/", view(require_POST(self.run_bulk)), name=f"{name}_bulk"),
            path("request/<int:order_id>/", view(self.ask), name=f"{name}_request"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            path("<int:object_id>/document/", view(self.document), name=f"{name}_document"),
            *super().get_urls(),
        ]

    def run_bulk(self, request: HttpRequest) -> HttpResponse:
        return INVOICES.run(request)

    def ask(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """An invoice on this order, for who may ask for one."""
        order = order_for(request, order_id, REQUEST)
        form = InvoiceForm(request.POST or None, order=order)
        if request.method == "POST" and form.is_valid():
            try:
                invoicing.request_invoice(
                    order_id=order.pk, asked=form.asked, actor=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, gettext("The invoice is asked for; finance issues it."))
                return redirect("admin:orders_order_change", order.pk)
        title = gettext("Invoice on %(order)s") % {"order": order}
        return self.form_page(request, form, title, submit=gettext("Ask for the invoice"))

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        invoice = self.get_object(request, str(object_id))
        action = ACTIONS.get(request.POST.get("do", ""))
        if action is None:
            raise Http404
        if not self.allows(request, action.right, invoice):
            raise PermissionDenied
        action.run(
            invoice.pk, posted.text_of(request, "text", most=300), request.user, timezone.now()
        )
        messages.success(request, action.done)
        return redirect(PAGE, invoice.pk)

    def document(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The PDF, which names the buyer in clear: for who issues invoices."""
        invoice = self.get_object(request, str(object_id))
        if not self.allows(request, ISSUE, invoice):
            raise PermissionDenied
        made = ensure_document(invoice.pk)
        return exporting.sent(
            ExportedFile(BytesIO(content_of(made)), 1, made.sha256),
            f"{made.number}.pdf",
            model=Invoice,
            store=made.store,
            subject_id=made.pk,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        invoice = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(invoice),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "invoice": invoice,
            "standing": standing(invoice),
            "buyer": invoice.masked_buyer,
            "lines": invoice.lines.all(),
            "red": Invoice.objects.filter(original=invoice).first(),
            "actions": invoice_actions.fitting(invoice, request.user),
            "may_download": bool(invoice.number)
            and not invoice.cleared_at
            and self.allows(request, ISSUE, invoice),
            "history": reading.history_of(invoice, request.user),
        }
        return TemplateResponse(request, self.change_form_template, context)


def order_for(request: HttpRequest, order_id: int, right: str) -> Order:
    """The order, for who may do this in its store. Raises Http404, PermissionDenied."""
    orders = Order.objects.viewable_by(request.user).select_related("store", "channel")
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise Http404
    if not request.user.has_perm(right, order):
        raise PermissionDenied
    return order


@admin.register(InvoiceSeries)
class InvoiceSeriesAdmin(ScopedModelAdmin):
    """How the invoices of a year are numbered; settled with the first number."""

    form = SeriesForm
    list_display = ["__str__", "width", "last", "store"]
    list_select_related = ["store"]
    fields = ["store", ("year", "prefix", "width"), "provider"]


navigation.register(
    "orders",
    Screen(
        _("Invoices"),
        "request_quote",
        "admin:orders_invoice_changelist",
        "orders.view_invoice",
        query="?tab=requested",
        waiting=lambda request: Invoice.objects.viewable_by(request.user).to_issue(),
        rank=60,
    ),
)
