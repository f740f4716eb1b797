"""Many orders at once: first a page that says what would happen, then it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk import posted
from opsdesk.bulk import services as bulk
from opsdesk.errors import DomainError
from opsdesk.lists import crumbs
from orders import actions
from orders.actions import Action
from orders.models import Order

if TYPE_CHECKING:
    from orders.admin import OrderAdmin

bulk.register(*(bulk.Verb(f"orders.{a.code}", a.title, a.run) for a in actions.ACTIONS.values()))

SHOWN = 100
DIRECTLY = 500
MOST = 20_000


def preview(screen: OrderAdmin, request: HttpRequest) -> HttpResponse:
    """What the action would do with the ticked rows, or with the whole selection."""
    action = _action(request)
    chosen = _chosen(screen, request)
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise DomainError(
            _("That is more than %(most)s orders. Narrow the selection first.") % {"most": MOST}
        )
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
        "in_background": len(fitting) > DIRECTLY,
        "selection": _selection(request),
    }
    return TemplateResponse(request, "orders/bulk_preview.html", context)


def run(screen: OrderAdmin, request: HttpRequest) -> HttpResponse:
    """Do what the preview said; beyond five hundred orders the worker does it."""
    action = _action(request)
    ids = actions.parse_ids(request.POST.get("ids", "").split(","))[:MOST]
    reason = posted.text_of(request, "reason", most=300)
    if not ids:
        raise DomainError(_("No orders were chosen."))
    if action.needs_reason and not reason:
        raise DomainError(_("Say why, so that others can read it on the timeline."))
    at = timezone.now()
    if len(ids) > DIRECTLY:
        task = bulk.start(
            code=f"orders.{action.code}", row_ids=ids, note=reason, actor=request.user, at=at
        )
        return redirect(reverse("admin:bulk_bulktask_change", args=[task.pk]))
    changed = action.run(ids, request.user, at, reason)
    messages.success(request, action.done % {"count": changed})
    if changed < len(ids):
        messages.warning(
            request,
            ngettext(
                "%(count)s order was left alone: it has moved on, or you may not do this.",
                "%(count)s orders were left alone: they have moved on, or you may not do this.",
                len(ids) - changed,
            )
            % {"count": len(ids) - changed},
        )
    return redirect(reverse("admin:orders_order_changelist") + _selection(request))


def _selection(request: HttpRequest) -> str:
    """Tab and filters of the list that the person came from, as they stand in its address."""
    kept = request.GET.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    return f"?{kept.urlencode()}" if kept else ""


def _action(request: HttpRequest) -> Action:
    action = actions.ACTIONS.get(request.POST.get("bulk", ""))
    if action is None:
        raise Http404
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    return action


def _chosen(screen: OrderAdmin, request: HttpRequest) -> QuerySet[Order]:
    if request.POST.get("everything"):
        _filters, rows = screen.filtered(request)
        return rows
    ids = actions.parse_ids(request.POST.getlist("ids"))
    if not ids:
        raise DomainError(_("Tick at least one order."))
    return screen.get_queryset(request).filter(pk__in=ids)
