"""Purchase orders: drafted, asked for, sent, followed until the goods are in (CAT-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import purchase_actions, purchase_files
from catalog.admin.stock import WarehouseFilter
from catalog.models import PurchaseLine, PurchaseOrder, PurchaseState, Sku
from catalog.purchase_actions import ACTIONS
from catalog.purchase_forms import DeliveryForm, ExpectedForm, PurchaseForm
from catalog.services.pricing import VIEW_COST, mark_known_costs
from catalog.services.purchase_drafts import draft_purchase_order, edit_purchase_order, terms_missed
from catalog.services.purchase_receiving import receive_purchase
from catalog.services.purchasing import ORDER
from opsdesk import keyset, wording
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, pill, state_pill

PAGE = "admin:catalog_purchaseorder_change"
TONES = {
    PurchaseState.DRAFT: "",
    PurchaseState.PENDING: "warning",
    PurchaseState.APPROVED: "info",
    PurchaseState.SENT: "info",
    PurchaseState.PARTLY: "info",
    PurchaseState.RECEIVED: "good",
    PurchaseState.CLOSED: "good",
    PurchaseState.SHORT: "",
    PurchaseState.CANCELLED: "",
}


class OrderedSkuFilter(PrefixFilter):
    """Orders with a line on a SKU that begins so."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        skus = self._first(Sku.objects.all(), value)
        lines = PurchaseLine.objects.filter(order=OuterRef("pk"), sku__in=skus)
        return rows.filter(Exists(lines))


class PurchaseFilters(ListFilters):
    number = PrefixFilter(label=_("Number"))
    supplier = PrefixFilter(label=_("Supplier code"), field_name="code", through="supplier")
    sku = OrderedSkuFilter(label=_("SKU code"), field_name="code")
    warehouse = WarehouseFilter()
    store = StoreFilter()

    class Meta:
        model = PurchaseOrder
        fields: list[str] = []


def overdue_now(request: HttpRequest) -> QuerySet:
    return PurchaseOrder.objects.viewable_by(request.user).overdue(timezone.now())


def _expected(order: Any) -> Any:
    if order.expected_on is None:
        return ""
    day = date_format(order.expected_on)
    return pill(day, "danger") if order.is_late else day


def _amount(order: Any) -> str:
    return wording.money(order.amount, order.currency) if order.sees_cost else ""


def standing(order: PurchaseOrder) -> Any:
    if order.state == PurchaseState.PENDING and order.is_draft:
        return pill(_("refused"), "danger")
    return state_pill(PurchaseState, order.state, TONES[PurchaseState(order.state)])


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(ReadOnlyList):
    filters = PurchaseFilters
    empty_title = _("No purchase orders yet")
    empty_hint = _("Days of cover propose what to order; tick rows there, or begin one here.")
    columns = [
        Column(_("number"), lambda o: o.number, "od-mono od-nowrap"),
        Column(_("state"), standing),
        Column(_("expected on"), _expected, "od-nowrap"),
        Column(_("supplier"), lambda o: o.supplier, "od-wide"),
        Column(_("amount"), _amount, "od-num od-wide"),
        Column(_("warehouse"), lambda o: o.warehouse, "od-wide"),
        Column(_("filed by"), lambda o: o.filed_by, "od-wide"),
        Column(_("store"), lambda o: o.store, "od-wide"),
    ]
    tabs = [
        Tab("drafts", _("Drafts"), lambda rows: rows.drafts()),
        Tab("asked", _("To approve"), lambda rows: rows.to_approve()),
        Tab(
            "way",
            _("On the way"),
            lambda rows: rows.on_the_way(),
            sorting=keyset.Sorting("expected_on", descending=False),
        ),
        Tab(
            "overdue",
            _("Overdue"),
            lambda rows: rows.overdue(timezone.now()),
            sorting=keyset.Sorting("expected_on", descending=False),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("store", "supplier", "warehouse", "filed_by", "approval")

    def list_rows(self, request: HttpRequest) -> QuerySet:
        late = PurchaseOrder.objects.overdue(timezone.now()).filter(pk=OuterRef("pk"))
        return super().list_rows(request).with_amounts().annotate(is_late=Exists(late))

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        mark_known_costs(shown, request.user)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(ORDER)
        return [(reverse("admin:catalog_purchaseorder_draft"), _("Order goods"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "catalog_purchaseorder"
        own = {
            "edit": self.edit,
            "act": require_POST(self.act),
            "receive": self.receive,
            "print": self.printed,
            "file": self.file,
        }
        return [
            path("draft/", view(self.draft), name=f"{name}_draft"),
            *(
                path(f"<int:object_id>/{page}/", view(shown), name=f"{name}_{page}")
                for page, shown in own.items()
            ),
            *super().get_urls(),
        ]

    def draft(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(ORDER):
            raise PermissionDenied
        form = PurchaseForm(request.POST or None, user=request.user)

        def done() -> PurchaseOrder:
            return draft_purchase_order(draft=form.draft, actor=request.user, at=timezone.now())

        return self._filled_in(request, form, done) or self.form_page(
            request,
            form,
            gettext("Order goods"),
            submit=gettext("Save the draft"),
            intro=gettext("A draft orders nothing: it is asked for, agreed to and sent."),
        )

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        order = self._order(request, object_id, "edit")
        form = PurchaseForm(request.POST or None, user=request.user, order=order)

        def done() -> PurchaseOrder:
            return edit_purchase_order(
                order_id=order.pk,
                draft=form.draft,
                version=form.cleaned_data["version"] or 0,
                actor=request.user,
                at=timezone.now(),
            )

        is_asked = order.state == PurchaseState.PENDING and not order.is_draft
        intro = gettext("It waits for approval: an edit stops that, and it is asked for anew.")
        return self._filled_in(request, form, done) or self.form_page(
            request,
            form,
            gettext("Edit %(number)s") % {"number": order.number},
            submit=gettext("Save the draft"),
            intro=intro if is_asked else "",
        )

    def receive(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One delivery note of the supplier; orders that wait for the goods are served."""
        order = self._order(request, object_id, "receive")
        form = DeliveryForm(request.POST or None, order=order)

        def done() -> PurchaseOrder:
            receive_purchase(
                order_id=order.pk,
                delivery_note=form.cleaned_data["delivery_note"],
                came=form.came,
                remark=form.cleaned_data["remark"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The goods are in stock."))
            return order

        title = gettext("Goods of %(number)s") % {"number": order.number}
        intro = gettext("%(supplier)s, for %(warehouse)s. Count good and damaged pieces apart.") % {
            "supplier": order.supplier,
            "warehouse": order.warehouse,
        }
        return self._filled_in(request, form, done) or self.form_page(
            request, form, title, submit=gettext("Receive"), intro=intro
        )

    def _filled_in(
        self, request: HttpRequest, form: Any, done: Callable[[], PurchaseOrder]
    ) -> HttpResponse | None:
        """To the order's page once it is done; None while the form is shown, with what is wrong."""
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            order = done()
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            return None
        return redirect(PAGE, order.pk)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Asked for, sent, moved, given up or closed."""
        order = self.get_object(request, str(object_id))
        action = ACTIONS.get(request.POST.get("do", ""))
        if action is None:
            raise Http404
        if not self.allows(request, action.right, order.warehouse):
            raise PermissionDenied
        day = ExpectedForm(request.POST)
        if not day.is_valid():
            raise DomainError(gettext("Write the day as in 2026-03-09."))
        action.run(
            order.pk,
            actor=request.user,
            at=timezone.now(),
            reason=request.POST.get("reason", "").replace("\0", ""),
            expected_on=day.cleaned_data["expected_on"],
        )
        messages.success(request, action.done)
        return redirect(PAGE, order.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        lines = list(order.lines.select_related("sku"))
        doable = purchase_actions.doable(order, request.user)
        receipts = order.receipts.select_related("received_by").prefetch_related("lines__line__sku")
        expected = order.expected_on or order.supplier.arrives_on(
            order.store.business_date(timezone.now())
        )
        context = {
            **self.admin_site.each_context(request),
            "title": order.number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "order": order,
            "standing": standing(order),
            "lines": lines,
            "sees_cost": self.allows(request, VIEW_COST, order),
            "amount": sum(line.amount for line in lines),
            "missed": terms_missed(order, lines) if order.is_draft else [],
            "receipts": receipts,
            "actions": [each for each in ACTIONS.values() if each.code in doable],
            "may_edit": "edit" in doable,
            "may_receive": "receive" in doable,
            "may_see_approval": self.allows(request, "approvals.view_approval", order),
            "day": ExpectedForm(initial={"expected_on": expected}),
            "history": reading.history_of(order, request.user),
        }
        return TemplateResponse(request, "catalog/purchase_page.html", context)

    def printed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The order on paper, as it is handed to the supplier."""
        order = self.get_object(request, str(object_id))
        lines = list(order.lines.select_related("sku__product"))
        context = {
            "order": order,
            "lines": lines,
            "sees_cost": self.allows(request, VIEW_COST, order),
            "amount": sum(line.amount for line in lines),
        }
        return TemplateResponse(request, "catalog/purchase_print.html", context)

    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        order = self.get_object(request, str(object_id))
        return purchase_files.order_file(
            order,
            as_workbook=request.GET.get("format") == "xlsx",
            with_cost=self.allows(request, VIEW_COST, order),
        )

    def _order(self, request: HttpRequest, object_id: int, code: str) -> PurchaseOrder:
        """The order, for who may do this with it now. Raises PermissionDenied, Conflict."""
        order = self.get_object(request, str(object_id))
        right = purchase_actions.RIGHTS[code]
        if not self.allows(request, right, order.warehouse):
            raise PermissionDenied
        purchase_actions.refuse_undoable(order, code)
        return order
