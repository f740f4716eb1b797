"""Many listings at once: first a page that says what would happen and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from catalog.services import publishing
from catalog.services.publishing import PUBLISH, TO_PUBLISH
from opsdesk import posted
from opsdesk.bulk import services as bulk
from opsdesk.errors import DomainError
from opsdesk.lists import crumbs

if TYPE_CHECKING:
    from catalog.admin.listings import ListingAdmin
    from opsdesk.stores.models import User

SHOWN = 100
DIRECTLY = 200
MOST = 5_000
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


def preview(screen: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """What the action would do with the ticked rows or the whole selection, and why not more."""
    action = _action(request)
    ids = list(_chosen(screen, request).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise DomainError(
            _("That is more than %(most)s listings. Narrow the selection first.") % {"most": MOST}
        )
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
        "in_background": len(free) > DIRECTLY,
        "selection": _selection(request),
    }
    return TemplateResponse(request, "catalog/bulk_preview.html", context)


def run(screen: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """Do what the preview said; many are done by the worker."""
    action = _action(request)
    named = map(posted.id_of, request.POST.get("ids", "").split(","))
    ids = [pk for pk in named if pk is not None][:MOST]
    reason = posted.text_of(request, "reason", most=300)
    if not ids:
        raise DomainError(_("No listings were chosen."))
    if action.needs_reason and not reason:
        raise DomainError(_("Say why: it is put on record."))
    at = timezone.now()
    if len(ids) > DIRECTLY:
        task = bulk.start(
            code=f"catalog.{action.code}", row_ids=ids, note=reason, actor=request.user, at=at
        )
        return redirect(reverse("admin:bulk_bulktask_change", args=[task.pk]))
    changed = action.run(ids, request.user, at, reason)
    messages.success(request, action.done % {"count": changed})
    if changed < len(ids):
        left = len(ids) - changed
        messages.warning(
            request,
            ngettext(
                "%(count)s listing was left alone: it has moved on, or something blocks it now.",
                "%(count)s listings were left alone: they have moved on, or something blocks them.",
                left,
            )
            % {"count": left},
        )
    return redirect(reverse("admin:catalog_listing_changelist") + _selection(request))


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


def _selection(request: HttpRequest) -> str:
    """Tab and filters of the list that the person came from."""
    kept = request.GET.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    return f"?{kept.urlencode()}" if kept else ""


def _action(request: HttpRequest) -> Action:
    action = ACTIONS.get(request.POST.get("bulk", ""))
    if action is None:
        raise Http404
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied
    return action


def _chosen(screen: ListingAdmin, request: HttpRequest) -> QuerySet[Listing]:
    if request.POST.get("everything"):
        _filters, rows = screen.filtered(request)
        return rows
    named = map(posted.id_of, request.POST.getlist("ids"))
    ids = [pk for pk in named if pk is not None]
    if not ids:
        raise DomainError(_("Tick at least one listing."))
    return screen.get_queryset(request).filter(pk__in=ids)
