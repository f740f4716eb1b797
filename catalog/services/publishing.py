"""A listing goes live when nothing blocks it, and is taken off; each once, whoever else tries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from opsdesk.audit.context import acting
from opsdesk.errors import Conflict, DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = Listing.State

PUBLISH = "catalog.publish_listing"
TO_PUBLISH = (State.DRAFT, State.PAUSED)


class Blocked(DomainError):
    """Something keeps the listing from being live; `blockers` say all of it."""

    code = "listing_blocked"

    def __init__(self, message: str, blockers: Sequence[Blocker]) -> None:
        super().__init__(message, blockers=[{"code": b.code, "clause": b.clause} for b in blockers])
        self.blockers = list(blockers)


@dataclass(frozen=True)
class Published:
    """What became of a batch: which went live now, and what keeps the others off."""

    live: list[int]
    blocked: dict[int, list[Blocker]]


def publish_listing(*, listing_id: int, actor: User | None, at: datetime) -> None:
    """Buyers see it from now on (CAT-2). Raises Blocked with the whole list, NotAllowed, Conflict.

    The change of its state is one entry of the audit trail: of two people who publish at once the
    second learns that it is live.
    """
    with transaction.atomic():
        listing = _locked([listing_id], actor)[0]
        blockers = blockers_of([listing], at)[listing.pk]
        if blockers:
            words = " ".join(str(blocker.message) for blocker in blockers)
            raise Blocked(
                _("%(listing)s can't go live. %(reasons)s")
                % {"listing": listing, "reasons": words},
                blockers,
            )
        if not _go_live([listing.pk], at):
            raise Conflict(_("%(listing)s is live already.") % {"listing": listing})


def publish_listings(*, listing_ids: Sequence[int], actor: User | None, at: datetime) -> Published:
    """Those that nothing blocks go live; live ones are left alone. Safe to repeat.

    Listings of several stores are looked at store by store, a fixed number of queries for each.
    """
    blocked: dict[int, list[Blocker]] = {}
    with transaction.atomic():
        waiting = [one for one in _locked(listing_ids, actor) if one.state in TO_PUBLISH]
        for store_id in sorted({listing.store_id for listing in waiting}):
            blocked |= blockers_of([one for one in waiting if one.store_id == store_id], at)
        live = [pk for pk, blockers in blocked.items() if not blockers]
        _go_live(live, at)
    return Published(live, {pk: blockers for pk, blockers in blocked.items() if blockers})


def take_off_listing(*, listing_id: int, reason: str, actor: User | None, at: datetime) -> None:
    """Buyers no longer see it. Raises Conflict for one that is not live, NotAllowed."""
    if not take_off_listings(listing_ids=[listing_id], reason=reason, actor=actor, at=at):
        raise Conflict(_("The listing is not live."))


def take_off_listings(
    *, listing_ids: Sequence[int], reason: str, actor: User | None, at: datetime
) -> list[int]:
    """Those that were live are not. Returns their ids; the reason is on record with each."""
    with transaction.atomic(), acting(reason=reason):
        live = [one.pk for one in _locked(listing_ids, actor) if one.state == State.LIVE]
        Listing.objects.filter(pk__in=live).update(state=State.PAUSED, published_at=None)
    return live


def _go_live(ids: Sequence[int], at: datetime) -> int:
    """The guard: of two that come at once only one finds the listing in its former state."""
    waiting = Listing.objects.filter(pk__in=ids, state__in=TO_PUBLISH)
    return waiting.update(state=State.LIVE, published_at=at)


def _locked(listing_ids: Sequence[int], actor: User | None) -> list[Listing]:
    """In the order of their ids. Without an actor it is the program's own doing."""
    rows = Listing.objects.filter(pk__in=listing_ids).select_for_update(of=("self",))
    if actor is not None:
        rows = rows.visible_to(actor)
    listings = list(rows.select_related("product", "channel", "store").order_by("pk"))
    if not listings and listing_ids:
        raise Conflict(_("The listing is not there any more."))
    if actor is not None and not all(actor.has_perm(PUBLISH, one) for one in listings):
        raise NotAllowed(_("You may not publish in this store."))
    return listings
