"""Pieces that pickers did not find, and what is decided about them (FUL-1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.models import CountLine, Warehouse
from fulfillment.models import ShortPick
from fulfillment.services import back_orders, short_picks
from fulfillment.services.planning import PLAN
from opsdesk import navigation, posted, wording
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen
from orders.services import rerouting, splitting

Decision = ShortPick.Decision


@dataclass(frozen=True)
class Way:
    """A button with what it does; some ask which warehouse."""

    code: str
    title: str | Promise
    hint: str | Promise
    tone: str = ""
    places: tuple[Warehouse, ...] = ()


WAYS = (
    Way(
        Decision.AGAIN,
        _("Look in other bins again"),
        _("Put away or found meanwhile: a new pick list of the same wave fetches them."),
        "primary",
    ),
    Way(
        Decision.BACK_ORDER,
        _("Let the order wait for the goods"),
        _("It is planned again by itself once bins have the pieces."),
    ),
    Way(
        Decision.ELSEWHERE,
        _("Serve it from another warehouse"),
        _("The whole order; these have all of it."),
    ),
    Way(
        Decision.SPLIT,
        _("Split the missing pieces off"),
        _("The rest is planned again and leaves now; the missing pieces wait as their own order."),
    ),
    Way(
        Decision.CONTACT,
        _("Have the buyer asked"),
        _("The order is held for customer service until the buyer was reached."),
    ),
    Way(
        Decision.OUT,
        _("Take the order out of its wave"),
        _("Nothing else is decided: change the order, or plan it again as it is."),
        "danger",
    ),
)
DONE = {
    Decision.AGAIN: _("The pieces are on a new pick list."),
    Decision.BACK_ORDER: _("The order waits for the goods."),
    Decision.ELSEWHERE: _("The other warehouse serves the order."),
    Decision.SPLIT: _("The missing pieces are an order of their own."),
    Decision.CONTACT: _("Customer service asks the buyer."),
    Decision.OUT: _("The order is in no wave: change it, or plan it again."),
    "count": _("It is on a stock-take, to be confirmed by counting."),
    "resume": _("The order can be planned again."),
}


@admin.register(ShortPick)
class ShortPickAdmin(ReadOnlyList):
    empty_title = _("Nothing was missing")
    empty_hint = _("What pickers don't find is listed here until somebody decides.")
    columns = [
        Column(_("SKU code"), lambda s: s.line.sku.code, "od-mono"),
        Column(_("missing pieces"), lambda s: s.pieces, "od-num"),
        Column(_("reason"), lambda s: s.get_reason_display()),
        Column(
            _("state"),
            lambda s: state_pill(
                ShortPick.State, s.state, "danger" if s.state == ShortPick.State.OPEN else "good"
            ),
        ),
        Column(_("decision"), lambda s: s.get_decision_display(), "od-wide"),
        Column(_("bin"), lambda s: s.line.bin or "", "od-mono od-wide"),
        Column(_("order"), lambda s: s.line.wave_order.order, "od-mono od-wide"),
        Column(_("at"), lambda s: wording.moment(s.told_at), "od-nowrap od-wide"),
        Column(_("by"), lambda s: s.told_by or "", "od-wide"),
    ]
    tabs = [
        Tab("open", _("To decide"), lambda rows: rows.open()),
        Tab("waiting", _("Wait for goods"), lambda rows: rows.waiting()),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request)
        return rows.select_related("line__sku", "line__bin", "line__wave_order__order", "told_by")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:object_id>/act/",
                self.admin_site.admin_view(require_POST(self.act)),
                name="fulfillment_shortpick_act",
            ),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What becomes of the pieces and their order; each way by its own service."""
        short = self.get_object(request, str(object_id))
        if not self.allows(request, PLAN, short):
            raise PermissionDenied
        do, now = request.POST.get("do", ""), timezone.now()
        done = DONE.get(do)
        if done is None:
            raise Http404
        given: dict[str, Any] = {"short_id": short.pk, "actor": request.user, "at": now}
        if do == "count":
            short_picks.have_counted(**given)
        elif do == "resume":
            back_orders.resume(**given)
        else:
            place = posted.id_of(request.POST.get("warehouse", ""))
            short_picks.decide(decision=do, warehouse_id=place, **given)
        messages.success(request, done)
        return redirect("admin:fulfillment_shortpick_change", short.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What can be done about it, each with its button."""
        short = self.get_object(request, object_id)
        line = short.line
        warehouse = line.pick.wave.warehouse
        is_open = short.state == ShortPick.State.OPEN
        may_decide = self.allows(request, PLAN, short)
        count = CountLine.objects.filter(sku=line.sku_id, warehouse=warehouse, is_open=True)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Short pick of %(pick)s") % {"pick": line.pick.number},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "short": short,
            "line": line,
            "is_open": is_open,
            "ways": _ways(short, request.user) if is_open and may_decide else [],
            "waiting": short.back_orders.open().select_related("order").first(),
            "count": count.select_related("session").first(),
            "may_resume": may_decide,
            "may_have_counted": may_decide,
            "may_see_count": self.allows(request, "catalog.view_countsession", warehouse),
            "may_see_order": self.allows(request, "orders.view_order", warehouse),
            "may_adjust": self.allows(request, "catalog.adjust_stock", warehouse),
        }
        return TemplateResponse(request, "fulfillment/short_page.html", context)


def _ways(short: ShortPick, user: Any) -> list[Way]:
    """What can be decided, without what would refuse at once."""
    order = short.line.wave_order.order
    places = rerouting.places_for(order)
    impossible = set()
    if not places:
        impossible.add(Decision.ELSEWHERE)
    if not user.has_perm(splitting.SPLIT, order) or not splitting.can_be_split(order):
        impossible.add(Decision.SPLIT)
    return [
        replace(way, places=tuple(places)) if way.code == Decision.ELSEWHERE else way
        for way in WAYS
        if way.code not in impossible
    ]


navigation.register(
    "fulfillment",
    Screen(
        _("Short picks"),
        "remove_shopping_cart",
        "admin:fulfillment_shortpick_changelist",
        "fulfillment.view_shortpick",
        waiting=lambda request: ShortPick.objects.viewable_by(request.user).open(),
        tone="danger",
        rank=16,
    ),
)
