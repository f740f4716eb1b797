"""Orders of presales: how far they are paid, and payments entered by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import navigation, wording
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill
from opsdesk.navigation import Screen
from orders.models import PresaleOrder
from orders.services import balances

PAGE = "admin:orders_presaleorder_change"
Standing = PresaleOrder.Standing
TONES = {
    Standing.DEPOSIT_DUE: "",
    Standing.DEPOSIT_PAID: "info",
    Standing.BALANCE_DUE: "warning",
    Standing.PAID: "good",
    Standing.MISSED: "danger",
    Standing.CANCELLED: "",
}
_DONE = {
    "deposit": _("The deposit is on record."),
    "balance": _("The balance is on record: the order is paid."),
    "return": _("The deposit is returned."),
}


class AmountForm(forms.Form):
    """What came in, to the cent."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0)


class PresaleOrderFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number", through="order")
    store = StoreFilter(field_name="order__store")

    class Meta:
        model = PresaleOrder
        fields: list[str] = []


def standing_pill(row: PresaleOrder) -> Any:
    standing = row.standing(timezone.now())
    return pill(standing.label, TONES[standing])


def _tab(standing: PresaleOrder.Standing) -> Tab:
    return Tab(
        standing.value,
        standing.label,
        lambda rows: rows.standing(standing, at=timezone.now()),
        counted=standing in (Standing.DEPOSIT_DUE, Standing.BALANCE_DUE),
    )


@admin.register(PresaleOrder)
class PresaleOrderAdmin(ReadOnlyList):
    filters = PresaleOrderFilters
    empty_title = _("No orders of presales")
    empty_hint = _("An order that buys out of an open presale comes here by itself.")
    columns = [
        Column(_("order number"), lambda r: r.order.external_number, "od-mono od-nowrap"),
        Column(_("state"), standing_pill),
        Column(
            _("deposit"),
            lambda r: wording.money(r.deposit_amount, r.order.currency),
            "od-num od-wide",
        ),
        Column(
            pgettext_lazy("of a presale", "balance"),
            lambda r: wording.money(r.balance_amount, r.order.currency),
            "od-num",
        ),
        Column(
            _("balance until"),
            lambda r: moment_in(r.balance_until, r.order.store) if r.balance_until else "–",
            "od-nowrap od-wide",
        ),
        Column(_("promised"), lambda r: date_format(r.lot.promised_on), "od-nowrap od-wide"),
        Column(_("store"), lambda r: r.order.store, "od-wide"),
    ]
    tabs = [
        _tab(standing)
        for standing in (
            Standing.DEPOSIT_DUE,
            Standing.DEPOSIT_PAID,
            Standing.BALANCE_DUE,
            Standing.PAID,
            Standing.MISSED,
        )
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("order__store", "lot")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.pay))
        name = "orders_presaleorder_pay"
        return [path("<int:object_id>/pay/", view, name=name), *super().get_urls()]

    def pay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A deposit or balance came in, or a deposit went back."""
        row = self.get_object(request, str(object_id))
        if not self.allows(request, balances.RECORD, row.order):
            raise PermissionDenied
        do, given = request.POST.get("do", ""), {}
        if do not in _DONE:
            raise Http404
        if do != "return":
            form = AmountForm(request.POST)
            if not form.is_valid():
                raise DomainError(gettext("Enter the amount that came in."))
            given = {"amount": form.cleaned_data["amount"]}
        verb = {
            "deposit": balances.record_deposit,
            "balance": balances.record_balance,
            "return": balances.record_return,
        }[do]
        try:
            verb(row_id=row.pk, actor=request.user, at=timezone.now(), **given)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _DONE[do])
        return redirect(reverse(PAGE, args=[row.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        owed = _owed(row) if self.allows(request, balances.RECORD, row.order) else ""
        due: dict[str, Decimal] = {"deposit": row.deposit_amount, "balance": row.balance_amount}
        context = {
            **self.admin_site.each_context(request),
            "title": str(row.order),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "row": row,
            "order": row.order,
            "standing": standing_pill(row),
            "owed": owed,
            "due": due.get(owed),
            "history": reading.history_of(row, request.user),
        }
        return TemplateResponse(request, "orders/presale_order_page.html", context)


def _owed(row: PresaleOrder) -> str:
    """What can be put on record next; empty where nothing can."""
    standing = row.standing(timezone.now())
    if standing == Standing.DEPOSIT_DUE:
        return "deposit"
    if standing in (Standing.DEPOSIT_PAID, Standing.BALANCE_DUE):
        return "balance"
    is_to_return = PresaleOrder.objects.filter(pk=row.pk).to_return().exists()
    return "return" if is_to_return else ""


navigation.register(
    "orders",
    Screen(
        _("Presale orders"),
        "event_upcoming",
        "admin:orders_presaleorder_changelist",
        "orders.view_presaleorder",
        rank=60,
    ),
)
