"""The staff's screens on orders and customers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import keyset, posted, wording
from opsdesk.access import refusals
from opsdesk.audit import exporting, reading
from opsdesk.errors import DomainError
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill
from opsdesk.selections.screens import KeptSelections
from orders import actions, bulk, contacts, desk, extras, page, sheet
from orders.filters import CustomerFilters, OrderFilters
from orders.models import Customer, Order
from orders.screens import (  # noqa: F401  (what is not used here registers its screens)
    contracts,
    edits,
    invoices,
    money,
    optouts,
    panel,
    presale_orders,
    quotations,
    reconciliation,
    review_desk,
    ship_by,
    tagging,
)
from orders.services import contact, erasure, personal
from orders.services.acting import act_on_order
from orders.ship_by import with_ship_by
from orders.tones import fulfilment_tone, tone

# Everything a list shows, and no personal data: what isn't read can't leak.
LISTED = [
    "external_number",
    "store__name",
    "store__code",
    "store__timezone",
    "channel__name",
    "review_state",
    "payment_state",
    "fulfilment_state",
    "after_sales_state",
    "currency",
    "total_amount",
    "placed_at",
]


# How long a contact in clear stays on the screen.
REVEALED_SECONDS = 60
OLDEST_FIRST = keyset.Sorting("placed_at", descending=False)


def _fulfilment(order: Order) -> SafeString:
    """Where the goods are; beside it after-sales, where somebody asked for it."""
    shown = state_pill(Order.Fulfilment, order.fulfilment_state, fulfilment_tone(order))
    if order.after_sales_state != Order.AfterSales.REQUESTED:
        return shown
    asked = pill(_("after-sales"), tone(order.after_sales_state))
    return format_html("{} {}", shown, asked)


@admin.register(Order)
class OrderAdmin(KeptSelections, ReadOnlyList):
    sorting = keyset.Sorting("placed_at")
    filters = OrderFilters
    list_template = "orders/order_list.html"
    export_columns = sheet.COLUMNS
    change_form_template = "orders/order_page.html"
    empty_title = _("No orders yet")
    empty_hint = _("Upload an order file under Imports to bring its orders in.")
    columns = [
        Column(_("order number"), lambda o: o.external_number, "od-mono od-nowrap"),
        Column(_("placed"), lambda o: moment_in(o.placed_at, o.store), "od-nowrap od-wide"),
        Column(_("ship by"), lambda o: o.ship_by_cell, "od-nowrap"),
        Column(_("store"), lambda o: o.store, "od-wide"),
        Column(_("channel"), lambda o: o.channel, "od-wide"),
        Column(
            _("review"),
            lambda o: state_pill(Order.Review, o.review_state, tone(o.review_state)),
            "od-wide",
        ),
        Column(
            _("payment"),
            lambda o: state_pill(Order.Payment, o.payment_state, tone(o.payment_state)),
            "od-wide",
        ),
        Column(_("fulfilment"), _fulfilment),
        Column(_("total"), lambda o: wording.money(o.total_amount, o.currency), "od-num"),
    ]
    tabs = [
        Tab("review", _("To review"), lambda rows: rows.to_review(), sorting=OLDEST_FIRST),
        Tab(
            "stock",
            _("Waiting for stock"),
            lambda rows: rows.waiting_for_stock(),
            sorting=OLDEST_FIRST,
        ),
        Tab("ship", _("To ship"), lambda rows: rows.to_ship(), sorting=OLDEST_FIRST),
        Tab("unpaid", _("Unpaid"), lambda rows: rows.filter(payment_state=Order.Payment.UNPAID)),
        Tab("held", _("Held"), lambda rows: rows.to_review().held(), sorting=OLDEST_FIRST),
        Tab(
            "late",
            _("Late"),
            lambda rows: rows.late(timezone.now()),
            counted=False,
            sorting=OLDEST_FIRST,
        ),
        Tab(
            "vip",
            _("VIP"),
            lambda rows: rows.of_valued_customers(),
            counted=False,
            sorting=OLDEST_FIRST,
        ),
        Tab(
            "after-sales",
            _("After-sales"),
            lambda rows: rows.exclude(after_sales_state=Order.AfterSales.NONE),
        ),
    ]

    def tabs_for(self, request: HttpRequest) -> list[Tab]:
        return [*self.tabs, *ship_by.tabs(request)]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request)
        return rows.select_related("store", "channel").only(*LISTED)

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        ship_by.work_out(request, shown)

    def export_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().export_rows(request).select_related("customer")
        return with_ship_by(rows.only(*LISTED, *sheet.READ))

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return bulk.ORDERS.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return bulk.ORDERS.preview(self, request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:object_id>/act/", view(require_POST(self.act)), name="orders_order_act"),
            path(
                "<int:object_id>/reveal/",
                view(require_POST(self.reveal)),
                name="orders_order_reveal",
            ),
            path("bulk/", view(require_POST(self.run_bulk)), name="orders_order_bulk"),
            path("by-phone/", view(require_POST(self.by_phone)), name="orders_order_by_phone"),
            *review_desk.urls(self),
            *edits.urls(self, self.order_of),
            *tagging.urls(self, self.order_of),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_find = bool(request.user.stores_allowing(contact.REVEAL))
        return super().changelist_view(request, {"may_find": may_find, **(extra_context or {})})

    def by_phone(self, request: HttpRequest) -> HttpResponse:
        """The list of orders to one phone, whose address holds a digest in the phone's place."""
        if not request.user.stores_allowing(contact.REVEAL):
            raise PermissionDenied
        digests = contacts.phone_digests(posted.text_of(request, "phone", most=32))
        if not digests:
            raise DomainError(gettext("That is no phone number."))
        place = ".".join(digest.hex() for digest in digests)
        return redirect(f"{reverse('admin:orders_order_changelist')}?phone={place}")

    def run_bulk(self, request: HttpRequest) -> HttpResponse:
        return bulk.ORDERS.run(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.order_of(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **page.context_for(request, order, timezone.now()),
            "papers": panel.context_for(order, request.user),
            "panels": extras.panels_of(order, request.user),
            "title": order.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "is_fullwidth": 1,
        }
        return TemplateResponse(request, self.change_form_template, context)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One action on one order, from its page."""
        order = self.order_of(request, str(object_id))
        action = actions.ACTIONS.get(request.POST.get("do", ""))
        if action is None:
            raise Http404
        if not action.is_allowed(request.user, order):
            raise PermissionDenied
        reason = posted.text_of(request, "reason", most=300)
        if action.needs_reason and not reason:
            raise DomainError(gettext("Say why, so that others can read it on the timeline."))
        changed = self._done(request, action, order, reason)
        if changed:
            messages.success(request, action.done % {"count": changed})
        else:
            messages.warning(
                request, gettext("Nothing was changed: the order has moved on in the meantime.")
            )
        return redirect(reverse("admin:orders_order_change", args=[order.pk]))

    def _done(self, request: HttpRequest, action: actions.Action, order: Order, reason: str) -> int:
        """How many orders moved on. Of a page that says which version it showed the later of two
        people is told who was first."""
        version, at = posted.id_of(request.POST.get("version", "")), timezone.now()
        if version is None:
            return len(action.run([order.pk], request.user, at, reason).changed)
        return act_on_order(
            action=action,
            order_id=order.pk,
            version=version,
            reason=reason,
            actor=request.user,
            at=at,
        )

    def reveal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The contact of one order in clear, on a page that is kept nowhere and closes itself."""
        order, at = self.order_of(request, str(object_id)), timezone.now()
        try:
            shown = contact.reveal_contact(
                order_id=order.pk,
                actor=request.user,
                reason=posted.text_of(request, "reason", most=300),
                at=at,
            )
        except (contact.OrderClosed, contact.QuotaUsedUp):
            refusals.note_request(request, store=order.store)
            raise
        context = {
            **self.admin_site.each_context(request),
            "title": order.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "contact": shown,
            "order": order,
            "left": contact.reveals_left(request.user, order.store, at=at),
            "seconds": REVEALED_SECONDS,
            "back": review_desk.address_of(order.pk)
            if request.POST.get("from") == "desk"
            else reverse("admin:orders_order_change", args=[order.pk]),
        }
        response = TemplateResponse(request, "orders/contact.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def order_of(self, request: HttpRequest, object_id: str) -> Order:
        """The order, if the person may look at it. Raises PermissionDenied, or Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "store", "channel", "customer", "import_session", "split_from"
        )
        order = rows.filter(pk=posted.id_of(object_id)).first()
        if order is None:
            raise Http404
        return order


@admin.register(Customer)
class CustomerAdmin(ReadOnlyList):
    filters = CustomerFilters
    empty_title = _("No customers yet")
    columns = [
        Column(_("customer"), str, "od-nowrap"),
        Column(_("first seen"), lambda c: moment_in(c.created_at, c.store), "od-nowrap"),
        Column(_("store"), lambda c: c.store),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                f"<int:object_id>/{name}/",
                view(require_POST(act)),
                name=f"orders_customer_{name}",
            )
            for name, act in (("export", self.export), ("erase", self.erase))
        ] + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self._customer(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(customer),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "customer": customer,
            "orders": customer.orders.count(),
            "may_export": request.user.has_perm(personal.EXPORT, customer),
            "may_erase": not erasure.is_done(customer)
            and request.user.has_perm(erasure.ERASE, customer),
            "history": reading.history_of(customer, request.user),
        }
        return TemplateResponse(request, "orders/customer_page.html", context)

    def export(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """All that is known of the customer, as a file that nobody keeps for us."""
        customer = self._customer(request, str(object_id))
        reason = posted.text_of(request, "reason", most=300)
        file = personal.export_person(
            customer_id=customer.pk, actor=request.user, reason=reason, at=timezone.now()
        )
        return exporting.sent(
            file,
            f"customer-{customer.pk}.json",
            model=Customer,
            store=customer.store,
            subject_id=customer.pk,
            reason=reason,
        )

    def erase(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Files the request; somebody else decides on it."""
        customer = self._customer(request, str(object_id))
        approval = erasure.file_erasure(
            customer_id=customer.pk,
            reason=posted.text_of(request, "reason", most=300),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The erasure is filed; a service lead decides on it."))
        return redirect(reverse("admin:approvals_approval_change", args=[approval.pk]))

    def _customer(self, request: HttpRequest, object_id: str) -> Customer:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("store")
        customer = rows.filter(pk=posted.id_of(object_id)).first()
        if customer is None:
            raise Http404
        return customer


desk.register()

from orders.screens import review as _review  # noqa: E402, F401
