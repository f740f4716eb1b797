"""The review desk: what waits on the left, the order on the right, decided by key or button."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from catalog.services.pricing import VIEW_COST
from opsdesk import posted, wording
from opsdesk.errors import Conflict, DomainError
from orders import actions, buyer, page, queue
from orders.models import Hold, Order
from orders.review import words
from orders.screens import edits
from orders.services import acting, holding, visiting
from orders.services.editing import overtaken

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from orders.admin import OrderAdmin

# What is decided here, by its key; the rest is done on pages of its own.
KEYS = {"review": "a", "cancel": "x"}
PAGE_KEYS = {
    "contact": "h c",
    "goods": "g",
    "address": "d",
    "split": "s",
    "together": "m",
    "refund": "r",
}
ADDRESS = "admin:orders_order_review"


@dataclass(frozen=True)
class Place:
    """What of the queue is shown: all or only what is held, and from where on."""

    held: bool
    after: queue.Place | None

    @classmethod
    def of(cls, request: HttpRequest) -> Place:
        return cls(
            held=request.GET.get("view") == "held",
            after=queue.Place.parse(request.GET.get("after", "")),
        )

    def link(self, order: int | None = None, after: queue.Place | None = None) -> str:
        """The desk's address, at this place of the queue or at another one, with an order open."""
        place = after or self.after
        query: dict[str, Any] = {}
        if self.held:
            query["view"] = "held"
        if place is not None:
            query["after"] = place
        if order is not None:
            query["order"] = order
        return reverse(ADDRESS) + (f"?{urlencode(query)}" if query else "")

    def query(self) -> str:
        """As a post carries it on."""
        return self.link().removeprefix(reverse(ADDRESS))


def address_of(order_id: int) -> str:
    """The desk with this order open."""
    return Place(held=False, after=None).link(order_id)


def urls(screen: OrderAdmin) -> list[URLPattern]:
    view = screen.admin_site.admin_view
    return [
        path("review/", view(require_GET(partial(desk, screen))), name="orders_order_review"),
        path(
            "review/<int:object_id>/act/",
            view(require_POST(partial(act, screen))),
            name="orders_order_review_act",
        ),
        path(
            "review/<int:object_id>/release/",
            view(require_POST(partial(release, screen))),
            name="orders_order_review_release",
        ),
        path(
            "review/<int:object_id>/here/",
            view(require_POST(partial(here, screen))),
            name="orders_order_review_here",
        ),
    ]


def desk(screen: OrderAdmin, request: HttpRequest) -> HttpResponse:
    """The whole page, or (asked for by the page itself) what is in it."""
    return _shown(screen, request, posted.id_of(request.GET.get("order", "")))


def act(screen: OrderAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """Decide on the order as it was seen, then go on with the next.

    Who is second stays at the order and is told who was first.
    """
    order = _order(screen, request, object_id)
    action = actions.ACTIONS.get(request.POST.get("do", ""))
    if action is None or action.code not in KEYS:
        raise Http404
    if not action.is_allowed(request.user, order):
        raise PermissionDenied
    reason = posted.text_of(request, "reason", most=300)
    if action.needs_reason and not reason:
        raise DomainError(gettext("Say why, so that others can read it on the timeline."))
    following = posted.id_of(request.POST.get("following", ""))
    try:
        acting.act_on_order(
            action=action,
            order_id=order.pk,
            version=_version(request),
            reason=reason,
            actor=request.user,
            at=timezone.now(),
        )
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return _answer(screen, request, order.pk)
    messages.success(request, f"{order.external_number}: {action.title}.")
    # Somebody may have done the next one meanwhile: then the first is next.
    is_next = queue.waiting_for(request.user).filter(pk=following).exists()
    return _answer(screen, request, following if is_next else None)


def release(screen: OrderAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """One hold is over. The order stays open, unless that was its last and it passes."""
    order = _order(screen, request, object_id)
    hold = order.holds.filter(pk=posted.id_of(request.POST.get("hold", ""))).first()
    if hold is None:
        raise DomainError(gettext("The order has no such hold. Look at it again."))
    try:
        holding.release_hold(
            hold.pk,
            outcome=request.POST.get("outcome", ""),
            note=posted.text_of(request, "note", most=300),
            actor=request.user,
            at=timezone.now(),
        )
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, gettext("The hold is released."))
    return _answer(screen, request, order.pk)


def here(screen: OrderAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """Says that the order is still open here; answers who else has it, and what was done to it."""
    order, at = _order(screen, request, object_id), timezone.now()
    visiting.visit_order(order_id=order.pk, person=request.user, at=at)
    context = {
        "order": order,
        "place": Place.of(request),
        **_presence(request, order, _version(request), at),
    }
    return TemplateResponse(request, "orders/review/here.html", context)


def _answer(screen: OrderAdmin, request: HttpRequest, order_id: int | None) -> HttpResponse:
    """After a post: what is there now, in place for the page's own script, else by its address."""
    if request.headers.get("HX-Request"):
        return _shown(screen, request, order_id)
    return redirect(Place.of(request).link(order_id))


def _version(request: HttpRequest) -> int:
    """Of the order as the person saw it; none that exists where the page didn't say."""
    return posted.id_of(request.POST.get("version", "")) or 0


def _shown(screen: OrderAdmin, request: HttpRequest, asked: int | None) -> HttpResponse:
    if not request.user.has_perm(queue.REVIEW):
        raise PermissionDenied
    at, place = timezone.now(), Place.of(request)
    waiting = queue.read(request.user, held=place.held, after=place.after)
    rows, beyond = waiting[: queue.PAGE], waiting[queue.PAGE :]
    order_id = asked or (rows[0].pk if rows else None)
    why = words.short(rows)
    context = {
        "title": gettext("Review desk"),
        "at": at,
        "place": place,
        "here": place.link(order_id),
        "views": [
            (Place(held=False, after=None).link(), gettext("Everything"), not place.held),
            (Place(held=True, after=None).link(), gettext("Held"), place.held),
        ],
        "rows": [_row(row, place, at, why, chosen=row.pk == order_id) for row in rows],
        "next_page": place.link(after=_end_of(rows)) if beyond else "",
        "first_page": Place(place.held, None).link() if place.after else "",
        "is_asked": asked is not None,
        "is_part": bool(request.headers.get("HX-Request")),
    }
    if order_id is not None:
        order = _order(screen, request, order_id)
        visiting.visit_order(order_id=order.pk, person=request.user, at=at)
        context |= _open(request, order, place, at)
        context |= _neighbours(rows, order_id, place, bool(beyond))
    if context["is_part"]:
        response = TemplateResponse(request, "orders/review/part.html", context)
        if request.method == "POST":
            response.headers["HX-Push-Url"] = place.link(order_id)
        return response
    context |= {**screen.admin_site.each_context(request), "opts": screen.opts, "is_fullwidth": 1}
    return TemplateResponse(request, "orders/review/desk.html", {**context, "crumbs": []})


def _row(
    order: Order, place: Place, at: datetime, why: dict[int, list[str]], *, chosen: bool
) -> dict[str, Any]:
    left = order.due - at  # type: ignore[attr-defined]  # worked out by the queue
    seconds = left.total_seconds()
    return {
        "order": order,
        "link": place.link(order.pk),
        "left": wording.time_left(left),
        "due": wording.moment(order.due, order.store.zone),  # type: ignore[attr-defined]
        "tone": "danger" if seconds < 0 else ("warning" if seconds < 600 else ""),
        "reasons": why.get(order.pk, []),
        "is_chosen": chosen,
    }


def _end_of(rows: list[Order]) -> queue.Place:
    return queue.Place(rows[-1].due, rows[-1].pk)  # type: ignore[attr-defined]


def _neighbours(rows: list[Order], order_id: int, place: Place, more: bool) -> dict[str, Any]:
    """The orders before and after this one; behind the last the next page begins."""
    ids = [row.pk for row in rows]
    at = ids.index(order_id) if order_id in ids else -1
    following = ids[at + 1] if at + 1 < len(ids) else None
    onward = place.link(following) if following else ""
    if following is None and more:
        onward = place.link(after=_end_of(rows))
    return {
        "following": following or "",
        "next_link": onward,
        "previous_link": place.link(ids[at - 1]) if at > 0 else "",
    }


def _open(request: HttpRequest, order: Order, place: Place, at: datetime) -> dict[str, Any]:
    """Everything that is shown of the order on the right."""
    shown = page.outline(order, request.user, at)
    decisions = [action for action in shown["actions"] if action.code in KEYS]
    return {
        **shown,
        **_presence(request, order, order.version, at),
        "place_query": place.query(),
        "decisions": [(action, KEYS[action.code]) for action in decisions],
        "is_waiting": order.review_state in (Order.Review.WAITING, Order.Review.HELD),
        "pages": [_page(title, address) for title, address in edits.offered(order, request.user)],
        "buyer": buyer.history_of(order),
        "holds": words.holds_of(order),
        "look": next(iter(words.looks_of(order, most=1)), None),
        "outcomes": [(one.value, one.label) for one in Hold.BY_HAND],
        "lines": [(line, _margin(line, request, order)) for line in shown["lines"]],
        "may_see_cost": request.user.has_perm(VIEW_COST, order),
        "order_page": reverse("admin:orders_order_change", args=[order.pk]),
    }


def _page(title: str | Promise, address: str) -> tuple[str | Promise, str, str]:
    """Title, address and keys of a page on which the order is changed; it leads back here."""
    code = address.rstrip("/").rpartition("/")[2]
    return title, f"{address}?from=desk", PAGE_KEYS.get(code, "")


def _margin(line: page.Line, request: HttpRequest, order: Order) -> Decimal | None:
    """What is left of a line's amount once its goods are paid for; None where cost is unknown."""
    sku = line.line.sku
    if sku is None or sku.cost is None or not request.user.has_perm(VIEW_COST, order):
        return None
    return line.line.amount - sku.cost * line.line.quantity


def _presence(request: HttpRequest, order: Order, version: int, at: datetime) -> dict[str, Any]:
    return {
        "others": [
            (visit.person, wording.duration(at - visit.opened_at))
            for visit in visiting.others_at(order, request.user, at)
        ],
        "news": overtaken(order).message if order.version != version else "",
        "version": version,
    }


def _order(screen: OrderAdmin, request: HttpRequest, order_id: int) -> Order:
    order = screen.order_of(request, str(order_id))
    if not request.user.has_perm(queue.REVIEW, order):
        raise PermissionDenied
    return order
