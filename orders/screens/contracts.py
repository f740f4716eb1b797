"""Contracts of business orders: handed in, listed, looked at and downloaded (ORD-10)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk.audit import exporting, reading
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, crumbs, moment_in
from orders.models import Contract
from orders.paper_forms import ContractForm
from orders.screens.invoices import order_for
from orders.services import contracts


class ContractFilters(ListFilters):
    order = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    uploaded = DaysFilter(label=_("Handed in"), field_name="uploaded_at")
    store = StoreFilter()

    class Meta:
        model = Contract
        fields: list[str] = []


@admin.register(Contract)
class ContractAdmin(ReadOnlyList):
    filters = ContractFilters
    change_form_template = "orders/contract_page.html"
    empty_title = _("No contracts yet")
    empty_hint = _("They are handed in on the page of an order.")
    columns = [
        Column(_("file"), lambda c: c.file_name, "od-name"),
        Column(_("order"), lambda c: c.order, "od-mono od-nowrap"),
        Column(_("version"), lambda c: c.version, "od-num"),
        Column(_("signed on"), lambda c: c.signed_on.isoformat(), "od-nowrap"),
        Column(_("buyer"), lambda c: c.buyer, "od-wide"),
        Column(_("handed in"), lambda c: moment_in(c.uploaded_at, c.store), "od-wide"),
        Column(_("store"), lambda c: c.store, "od-wide"),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "order")

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "orders_contract"
        return [
            path("hand-in/<int:order_id>/", view(self.hand_in), name=f"{name}_hand_in"),
            path("mark/<int:order_id>/", view(require_POST(self.mark)), name=f"{name}_mark"),
            path("<int:object_id>/file/", view(self.file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def hand_in(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """A contract of this order, or the correction of the one it carries."""
        order = order_for(request, order_id, contracts.ADD)
        newest = order.contracts.newest().first()
        form = ContractForm(
            request.POST or None, request.FILES or None, order=order, corrects=newest
        )
        if request.method == "POST" and form.is_valid():
            try:
                contracts.add_contract(
                    order_id=order.pk, signed=form.signed, actor=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, gettext("The order carries its contract."))
                return redirect("admin:orders_order_change", order.pk)
        return self.form_page(
            request,
            form,
            gettext("Contract of %(order)s") % {"order": order},
            submit=gettext("Hand in"),
            intro=gettext("It corrects version %(version)s, which stays.")
            % {"version": newest.version}
            if newest
            else "",
        )

    def mark(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """The order is one between businesses, or (`off`) is not."""
        order = order_for(request, order_id, contracts.MARK)
        change = contracts.unmark_business if "off" in request.POST else contracts.mark_business
        change(order_id=order.pk, actor=request.user, at=timezone.now())
        return redirect("admin:orders_order_change", order.pk)

    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        contract = self.get_object(request, str(object_id))
        if not self.allows(request, "orders.view_contract", contract):
            raise PermissionDenied
        content = contracts.content_of(contract)
        return exporting.sent(
            ExportedFile(BytesIO(content), 1, contract.sha256),
            contract.file_name,
            model=Contract,
            store=contract.store,
            subject_id=contract.pk,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contract = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(contract),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "contract": contract,
            "versions": contract.order.contracts.order_by("version"),
            "history": reading.history_of(contract, request.user),
        }
        return TemplateResponse(request, self.change_form_template, context)
