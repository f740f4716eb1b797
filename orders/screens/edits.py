"""The pages on which an order is changed, each reached from the order's own (ORD-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import navigation, privacy
from opsdesk.errors import DomainError
from opsdesk.lists import crumbs
from opsdesk.posted import id_of
from opsdesk.wording import money
from orders import edit_forms as forms
from orders.contacts import Contact
from orders.models import FormerContact, Order, RefundRequest
from orders.scripts import TOPICS
from orders.services import contacting, parcels, refunding, splitting, together
from orders.services.addressing import CHANGE_ADDRESS, change_address
from orders.services.amending import CHANGE_GOODS, change_goods
from orders.services.contacting import CONTACT, record_contact

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.admin import OrderAdmin

Facts = list[tuple[str, str]]
DESK = "admin:orders_order_review"


@dataclass(frozen=True)
class Page:
    """A form about one order. `run` does what is entered; `facts` stand beside the form."""

    title: str | Promise
    right: str
    submit: str | Promise
    done: str | Promise
    form: Callable[..., forms.EditForm]
    fits: Callable[[Order, User], bool]
    run: Callable[[Any, Order, User, datetime], object]
    facts: Callable[[Order], Facts]
    intro: str | Promise = ""


def _is_here(order: Order, _user: User) -> bool:
    return order.fulfilment_state in (Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED)


def _has_contact(order: Order, user: User) -> bool:
    return _is_here(order, user) and order.contact_cleared_at is None


def _can_be_split(order: Order, user: User) -> bool:
    if not _is_here(order, user) or order.paid_at is None:
        return False
    pieces = sum(order.lines.values_list("quantity", flat=True))
    return pieces > 1 and not order.refund_requests.open().exists()


def _has_companions(order: Order, user: User) -> bool:
    return _is_here(order, user) and (
        parcels.companions_of(order).exists() or bool(together.candidates_of(order, actor=user))
    )


def _is_refundable(order: Order, _user: User) -> bool:
    return refunding.refundable(order) > 0


def _can_be_reached(order: Order, _user: User) -> bool:
    return order.contact_cleared_at is None


def _no_facts(_order: Order) -> Facts:
    return []


def _line_facts(order: Order) -> Facts:
    lines = [
        (line.sku_code, f"{line.quantity} · {money(line.amount, order.currency)}")
        for line in order.lines.all()
    ]
    return [*lines, (gettext("Total"), money(order.total_amount, order.currency))]


def _refund_facts(order: Order) -> Facts:
    asked = order.paid_amount - order.refunded_amount - refunding.refundable(order)
    rows = [
        (gettext("Paid"), order.paid_amount),
        (gettext("Refunded"), order.refunded_amount),
        (gettext("Asked for already"), asked),
        (gettext("May still be asked for"), refunding.refundable(order)),
    ]
    return [(label, money(amount, order.currency)) for label, amount in rows]


def _scripts(order: Order) -> Facts:
    return [(str(TOPICS[topic]), contacting.script_for(order, topic)) for topic in TOPICS]


def _together_facts(order: Order) -> Facts:
    others = ", ".join(map(str, parcels.companions_of(order)))
    return [(gettext("Ships together with"), others)] if others else []


def _change_address(form: forms.AddressForm, order: Order, user: User, at: datetime) -> object:
    given = form.cleaned_data
    return change_address(
        order_id=order.pk,
        version=given["version"],
        to=form.to,
        reason=given["reason"],
        actor=user,
        at=at,
    )


def _change_goods(form: forms.GoodsForm, order: Order, user: User, at: datetime) -> object:
    given = form.cleaned_data
    return change_goods(
        order_id=order.pk,
        version=given["version"],
        wanted=form.wanted,
        reason=given["reason"],
        refund_difference=given["refund_difference"],
        actor=user,
        at=at,
    )


def _split(form: forms.SplitForm, order: Order, user: User, at: datetime) -> object:
    given = form.cleaned_data
    return splitting.split_order(
        order_id=order.pk,
        version=given["version"],
        parts=form.parts,
        reason=given["reason"],
        actor=user,
        at=at,
    )


def _ship_together(form: forms.TogetherForm, order: Order, user: User, at: datetime) -> object:
    return together.ship_together(versions=form.versions, actor=user, at=at)


def _ask_refund(form: forms.RefundForm, order: Order, user: User, at: datetime) -> object:
    given = form.cleaned_data
    return refunding.request_refund(
        order_id=order.pk,
        version=given["version"],
        amount=given["amount"],
        reason=given["reason"],
        actor=user,
        at=at,
    )


def _record_contact(form: forms.ContactForm, order: Order, user: User, at: datetime) -> object:
    return record_contact(
        order_id=order.pk,
        version=form.cleaned_data["version"],
        said=form.said,
        actor=user,
        at=at,
    )


PAGES = {
    "contact": Page(
        title=_("Contact the buyer"),
        right=CONTACT,
        submit=_("Record"),
        done=_("The contact is on record."),
        form=forms.ContactForm,
        fits=_can_be_reached,
        run=_record_contact,
        facts=_scripts,
        intro=_("A text message leaves by the store's provider, where it has one."),
    ),
    "goods": Page(
        title=_("Change goods"),
        right=CHANGE_GOODS,
        submit=_("Change the goods"),
        done=_("The goods were changed."),
        form=forms.GoodsForm,
        fits=_is_here,
        run=_change_goods,
        facts=_line_facts,
        intro=_("What was paid stays as it is. Dearer goods are paid for at the channel first."),
    ),
    "address": Page(
        title=_("Change address"),
        right=CHANGE_ADDRESS,
        submit=_("Change the address"),
        done=_("The address was changed."),
        form=forms.AddressForm,
        fits=_has_contact,
        run=_change_address,
        facts=_no_facts,
        intro=_("Enter only what is to be replaced; what is left empty stays."),
    ),
    "split": Page(
        title=_("Split"),
        right=splitting.SPLIT,
        submit=_("Split the order"),
        done=_("The order was split."),
        form=forms.SplitForm,
        fits=_can_be_split,
        run=_split,
        facts=_line_facts,
        intro=_("Say how many pieces go to the new order. Money is divided by their amount."),
    ),
    "together": Page(
        title=_("Ship together"),
        right=together.MERGE,
        submit=_("Ship together"),
        done=_("These orders leave in one parcel."),
        form=forms.TogetherForm,
        fits=_has_companions,
        run=_ship_together,
        facts=_together_facts,
        intro=_("Orders of the same recipient. Each keeps its number and its money."),
    ),
    "refund": Page(
        title=_("Ask for a refund"),
        right=refunding.REQUEST,
        submit=_("Ask for the refund"),
        done=_("The refund is asked for."),
        form=forms.RefundForm,
        fits=_is_refundable,
        run=_ask_refund,
        facts=_refund_facts,
        intro=_("A small amount is agreed to at once; above it somebody else decides."),
    ),
}


def offered(order: Order, user: User) -> list[tuple[str | Promise, str]]:
    """Titles and addresses of the pages that would not refuse this person."""
    return [
        (page.title, reverse(f"admin:orders_order_{code}", args=[order.pk]))
        for code, page in PAGES.items()
        if user.has_perm(page.right, order) and page.fits(order, user)
    ]


def of_order(order: Order, user: User) -> dict[str, Any]:
    """What the order's page shows of its changes."""
    return {
        "edits": offered(order, user),
        "companions": list(parcels.companions_of(order)),
        "split_from": order.split_from,
        "parts": list(order.parts.order_by("pk")),
        "refund_requests": list(order.refund_requests.select_related("asked_by")),
        "contact_attempts": list(order.contact_attempts.select_related("person")),
        "former_contacts": _former(order),
        "may_view_refunds": user.has_perm("orders.view_refundrequest", order),
        "may_view_contacts": user.has_perm("orders.view_contactattempt", order),
        "may_part": user.has_perm(together.MERGE, order) and _is_here(order, user),
    }


def _former(order: Order) -> list[tuple[FormerContact, Contact, str]]:
    """Each with its contact and address, masked."""
    rows = list(order.former_contacts.select_related("order", "replaced_by"))
    masked = [row.masked_contact for row in rows]
    return [
        (row, contact, privacy.mask_address(row.region, contact.address))
        for row, contact in zip(rows, masked, strict=True)
    ]


def urls(screen: OrderAdmin, find: Callable[[HttpRequest, str], Order]) -> list[URLPattern]:
    """`find` gives the order of a request, or refuses."""
    view = screen.admin_site.admin_view
    own = {"withdraw": _withdraw, "part": _part}
    return [
        *(
            path(
                f"<int:object_id>/{code}/",
                view(partial(_edit, screen, find, page)),
                name=f"orders_order_{code}",
            )
            for code, page in PAGES.items()
        ),
        *(
            path(
                f"<int:object_id>/{name}/",
                view(require_POST(partial(act, find))),
                name=f"orders_order_{name}",
            )
            for name, act in own.items()
        ),
    ]


def _edit(
    screen: OrderAdmin,
    find: Callable[[HttpRequest, str], Order],
    page: Page,
    request: HttpRequest,
    object_id: int,
) -> HttpResponse:
    order = find(request, str(object_id))
    if not request.user.has_perm(page.right, order):
        raise PermissionDenied
    if not page.fits(order, request.user):
        raise DomainError(gettext("This order can't be changed in this way any more."))
    if _is_of_desk(request):
        navigation.stand_in(request, DESK)
    form = _form(page, order, request)
    if request.method == "POST" and form.is_valid():
        try:
            page.run(form, order, request.user, timezone.now())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, page.done)
            return redirect(_back(request, order))
    context = {
        **screen.admin_site.each_context(request),
        "title": f"{page.title}: {order}",
        "crumbs": [*crumbs(screen.opts), (str(order), _address(order))],
        "opts": screen.opts,
        "form": form,
        "intro": page.intro,
        "submit": page.submit,
        "back": _back(request, order),
        "facts": page.facts(order),
    }
    return TemplateResponse(request, "orders/edit_page.html", context)


def _form(page: Page, order: Order, request: HttpRequest) -> forms.EditForm:
    data = request.POST or None
    if page.form is forms.TogetherForm:
        candidates = together.candidates_of(order, actor=request.user)
        return forms.TogetherForm(data, order=order, candidates=candidates)
    return page.form(data, order=order)


def _part(
    find: Callable[[HttpRequest, str], Order], request: HttpRequest, object_id: int
) -> HttpResponse:
    """The orders of one parcel leave alone again."""
    order = find(request, str(object_id))
    if not request.user.has_perm(together.MERGE, order):
        raise PermissionDenied
    together.part_orders(order_id=order.pk, actor=request.user, at=timezone.now())
    messages.success(request, gettext("These orders leave each alone again."))
    return redirect(_address(order))


def _withdraw(
    find: Callable[[HttpRequest, str], Order], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Whoever asked for a refund doesn't want it any more."""
    order = find(request, str(object_id))
    if not request.user.has_perm(refunding.REQUEST, order):
        raise PermissionDenied
    asked = RefundRequest.objects.filter(order=order, pk=id_of(request.POST.get("request", "")))
    if not asked.exists():
        raise Http404
    refunding.withdraw_refund(request_id=asked.get().pk, actor=request.user, at=timezone.now())
    messages.success(request, gettext("The refund request is withdrawn."))
    return redirect(_address(order))


def _back(request: HttpRequest, order: Order) -> str:
    """Where the person came from: the review desk with the order open, or the order's page."""
    return f"{reverse(DESK)}?order={order.pk}" if _is_of_desk(request) else _address(order)


def _is_of_desk(request: HttpRequest) -> bool:
    return request.GET.get("from") == "desk"


def _address(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])
