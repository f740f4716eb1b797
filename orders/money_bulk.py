"""Many differences at once: first a page that says what would happen, then it happens (ORD-9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words, selection_of
from opsdesk.lists import crumbs
from orders.models import MoneyDifference
from orders.services.settling import SETTLE, settle_all

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.screens.money import MoneyDifferenceAdmin

How = MoneyDifference.How
SHOWN = 100


@dataclass(frozen=True)
class Action:
    """A way to settle; `run` settles what one person may settle alone and asks for the rest."""

    code: str
    title: str | Promise
    run: Callable[[Sequence[int], User, datetime, str], int]
    done: str | Promise = _("Settled or asked for: %(count)s.")
    needs_reason: bool = True
    tone: str = "primary"


ACTIONS = {
    code: Action(code, title, partial(settle_all, how))
    for code, how, title in (
        ("money_accepted", How.ACCEPTED, _("Accept the provider's figures")),
        ("money_claimed", How.CLAIMED, _("Claim from the provider")),
        ("money_written_off", How.WRITTEN_OFF, _("Write off")),
    )
}
bulk.register(*(bulk.Verb(f"orders.{a.code}", a.title, a.run) for a in ACTIONS.values()))


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s difference was left alone: it is not open any more, or you may not settle it.",
        "%(count)s differences were left alone: they are not open any more, or you may not "
        "settle them.",
        count,
    ) % {"count": count}


DIFFERENCES = BulkList(
    app="orders",
    view="admin:orders_moneydifference_changelist",
    directly=200,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one difference."),
        too_many=_("That is more than %(most)s differences. Narrow the selection first."),
        none_chosen=_("No differences were chosen."),
        say_why=_("Say why, so that others can follow it."),
        left_alone=_left_alone,
    ),
)


def preview(screen: MoneyDifferenceAdmin, request: HttpRequest) -> HttpResponse:
    """What would be settled of the ticked rows, or of the whole selection."""
    action = _action(request)
    ids = DIFFERENCES.ids_of(DIFFERENCES.chosen(screen, request))
    base = screen.list_rows(request).filter(pk__in=ids)
    fitting = set(_settleable(base, request.user).values_list("pk", flat=True))
    context = {
        **screen.admin_site.each_context(request),
        "title": action.title,
        "crumbs": crumbs(screen.opts),
        "opts": screen.opts,
        "is_fullwidth": 1,
        "action": action,
        "ids": ",".join(str(pk) for pk in sorted(fitting)),
        "count": len(fitting),
        "left_alone": len(ids) - len(fitting),
        "differences": [(row, row.pk in fitting) for row in base.order_by("at", "pk")[:SHOWN]],
        "more": max(len(ids) - SHOWN, 0),
        "in_background": len(fitting) > DIFFERENCES.directly,
        "selection": selection_of(request),
    }
    return TemplateResponse(request, "orders/money_bulk_preview.html", context)


def run(request: HttpRequest) -> HttpResponse:
    """Do what the preview said; beyond two hundred differences the worker does it."""
    return DIFFERENCES.run(_action(request), request)


def _settleable(rows: QuerySet, person: User) -> QuerySet:
    rows = rows.open()
    return rows if person.is_superuser else rows.in_stores(person.stores_allowing(SETTLE))


def _action(request: HttpRequest) -> Action:
    action = ACTIONS.get(request.POST.get("bulk", ""))
    if action is None:
        raise Http404
    if not request.user.has_perm(SETTLE):
        raise PermissionDenied
    return action
