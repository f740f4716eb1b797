"""Many listings at once: first a page that says what would happen and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from catalog.services import publishing
from catalog.services.publishing import PUBLISH, TO_PUBLISH
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words, selection_of
from opsdesk.lists import crumbs

if TYPE_CHECKING:
    from catalog.admin.listings import ListingAdmin
    from opsdesk.stores.models import User

SHOWN = 100
State = Listing.State


@dataclass(frozen=True)
class Action:
    """A verb on listings in certain states; the service leaves others alone."""

    code: str
    title: str | Promise
    states: Sequence[str]
    run: Callable[[Sequence[int], User, datetime, str], int]
    done: str | Promise
    needs_reason: bool = False
    asks_gates: bool = False


def _publish(ids: Sequence[int], user: User, at: datetime, reason: str) -> int:
    return publishing.publish_listings(listing_ids=ids, actor=user, at=at).live


def _take_off(ids: Sequence[int], user: User, at: datetime, reason: str) -> int:
    return publishing.take_off_listings(listing_ids=ids, reason=reason, actor=user, at=at)


ACTIONS = {
    action.code: action
    for action in (
        Action(
            code="publish",
            title=gettext_lazy("Publish"),
            states=TO_PUBLISH,
            run=_publish,
            done=gettext_lazy("Live: %(count)s"),
            asks_gates=True,
        ),
        Action(
            code="take_off",
            title=gettext_lazy("Take off"),
            states=(State.LIVE,),
            run=_take_off,
            done=gettext_lazy("Taken off: %(count)s"),
            needs_reason=True,
        ),
    )
}
bulk.register(*(bulk.Verb(f"catalog.{a.code}", a.title, a.run) for a in ACTIONS.values()))


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s listing was left alone: it has moved on, or something blocks it now.",
        "%(count)s listings were left alone: they have moved on, or something blocks them.",
        count,
    ) % {"count": count}


LISTINGS = BulkList(
    app="catalog",
    view="admin:catalog_listing_changelist",
    directly=200,
    most=5_000,
    words=Words(
        tick_one=gettext_lazy("Tick at least one listing."),
        too_many=gettext_lazy("That is more than %(most)s listings. Narrow the selection first."),
        none_chosen=gettext_lazy("No listings were chosen."),
        say_why=gettext_lazy("Say why: it is put on record."),
        left_alone=_left_alone,
    ),
)


def preview(screen: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """What the action would do with the ticked rows or the whole selection, and why not more."""
    action = _action(request)
    ids = LISTINGS.ids_of(LISTINGS.chosen(screen, request))
    base = screen.get_queryset(request).filter(pk__in=ids)
    fitting = _fitting(action, base, request.user)
    blocked = _blocked(fitting, timezone.now()) if action.asks_gates else {}
    free = [listing.pk for listing in fitting if not blocked.get(listing.pk)]
    context = {
        **screen.admin_site.each_context(request),
        "title": action.title,
        "crumbs": crumbs(screen.opts),
        "opts": screen.opts,
        "is_fullwidth": 1,
        "action": action,
        "ids": ",".join(map(str, free)),
        "count": len(free),
        "left_alone": len(ids) - len(free),
        "rows": [
            (listing, listing.pk in set(free), blocked.get(listing.pk, []))
            for listing in base.order_by("pk")[:SHOWN]
        ],
        "more": max(len(ids) - SHOWN, 0),
        "in_background": len(free) > LISTINGS.directly,
        "selection": selection_of(request),
    }
    return TemplateResponse(request, "catalog/bulk_preview.html", context)


def run(request: HttpRequest) -> HttpResponse:
    """Do what the preview said; many are done by the worker."""
    return LISTINGS.run(_action(request), request)


def _fitting(action: Action, rows: QuerySet[Listing], user: User) -> list[Listing]:
    """Of these the ones in a state for it, in stores where the person may do this."""
    fitting = rows.filter(state__in=action.states)
    if not user.is_superuser:
        fitting = fitting.in_stores(user.stores_allowing(PUBLISH))
    return list(fitting.order_by("pk"))


def _blocked(listings: Sequence[Listing], at: datetime) -> dict[int, list[Blocker]]:
    found: dict[int, list[Blocker]] = {}
    for store_id in sorted({listing.store_id for listing in listings}):
        found |= blockers_of([one for one in listings if one.store_id == store_id], at)
    return found


def _action(request: HttpRequest) -> Action:
    action = ACTIONS.get(request.POST.get("bulk", ""))
    if action is None:
        raise Http404
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied
    return action
