"""Many orders at once: first a page that says what would happen, then it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy, ngettext

from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words, selection_of
from opsdesk.lists import crumbs
from orders import actions
from orders.actions import Action

if TYPE_CHECKING:
    from orders.admin import OrderAdmin

bulk.register(*(bulk.Verb(f"orders.{a.code}", a.title, a.run) for a in actions.ACTIONS.values()))

SHOWN = 100


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s order was left alone: it has moved on, or you may not do this.",
        "%(count)s orders were left alone: they have moved on, or you may not do this.",
        count,
    ) % {"count": count}


ORDERS = BulkList(
    app="orders",
    view="admin:orders_order_changelist",
    directly=500,
    most=20_000,
    words=Words(
        tick_one=gettext_lazy("Tick at least one order."),
        too_many=gettext_lazy("That is more than %(most)s orders. Narrow the selection first."),
        none_chosen=gettext_lazy("No orders were chosen."),
        say_why=gettext_lazy("Say why, so that others can read it on the timeline."),
        left_alone=_left_alone,
    ),
)


def preview(screen: OrderAdmin, request: HttpRequest) -> HttpResponse:
    """What the action would do with the ticked rows, or with the whole selection."""
    action = _action(request)
    ids = ORDERS.ids_of(ORDERS.chosen(screen, request))
    base = screen.get_queryset(request).filter(pk__in=ids)
    fitting = list(action.rows(base, request.user).order_by("pk").values_list("pk", flat=True))
    shown = base.select_related("store", "channel").order_by("placed_at", "pk")[:SHOWN]
    context = {
        **screen.admin_site.each_context(request),
        "title": action.title,
        "crumbs": crumbs(screen.opts),
        "opts": screen.opts,
        "is_fullwidth": 1,
        "action": action,
        "ids": ",".join(map(str, fitting)),
        "count": len(fitting),
        "left_alone": len(ids) - len(fitting),
        "orders": [(order, order.pk in set(fitting)) for order in shown],
        "more": max(len(ids) - SHOWN, 0),
        "in_background": len(fitting) > ORDERS.directly,
        "selection": selection_of(request),
    }
    return TemplateResponse(request, "orders/bulk_preview.html", context)


def run(request: HttpRequest) -> HttpResponse:
    """Do what the preview said; beyond five hundred orders the worker does it."""
    return ORDERS.run(_action(request), request)


def _action(request: HttpRequest) -> Action:
    action = actions.ACTIONS.get(request.POST.get("bulk", ""))
    if action is None:
        raise Http404
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    return action
