"""Many listings at once: first a page that says what would happen and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from catalog.services import publishing
from catalog.services.publishing import PUBLISH, TO_PUBLISH
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words
from opsdesk.bulk.services import Done

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = Listing.State


def _publish(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    done = publishing.publish_listings(listing_ids=ids, actor=user, at=at)
    return Done(done.live, {pk: " ".join(_words(found)) for pk, found in done.blocked.items()})


def _take_off(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    return Done(publishing.take_off_listings(listing_ids=ids, reason=reason, actor=user, at=at))


def _blocked(listings: QuerySet[Listing], at: datetime) -> dict[int, list[str]]:
    """Store by store, as the gates want them."""
    found: dict[int, list[Blocker]] = {}
    waiting = list(listings.order_by("pk"))
    for store_id in sorted({listing.store_id for listing in waiting}):
        found |= blockers_of([one for one in waiting if one.store_id == store_id], at)
    return {pk: _words(blockers) for pk, blockers in found.items()}


def _words(blockers: Iterable[Blocker]) -> list[str]:
    return [f"{blocker.clause} {blocker.message}" for blocker in blockers]


ACTIONS = {
    action.code: action
    for action in (
        Action(
            code="publish",
            title=_("Publish"),
            permission=PUBLISH,
            fitting=lambda rows: rows.filter(state__in=TO_PUBLISH),
            blocked=_blocked,
            run=_publish,
            done=_("Live: %(count)s"),
        ),
        Action(
            code="take_off",
            title=_("Take off"),
            permission=PUBLISH,
            fitting=lambda rows: rows.filter(state=State.LIVE),
            run=_take_off,
            done=_("Taken off: %(count)s"),
            needs_reason=True,
        ),
    )
}


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s listing was left alone: it has moved on, or something blocks it now.",
        "%(count)s listings were left alone: they have moved on, or something blocks them.",
        count,
    ) % {"count": count}


LISTINGS = BulkList(
    model=Listing,
    actions=ACTIONS,
    state=lambda listing: listing.get_state_display(),
    related=("product",),
    directly=200,
    most=5_000,
    words=Words(
        tick_one=_("Tick at least one listing."),
        too_many=_("That is more than %(most)s listings. Narrow the selection first."),
        none_chosen=_("No listings were chosen."),
        say_why=_("Say why: it is put on record."),
        left_alone=_left_alone,
        why=_(
            "Left alone are listings in another state, those that something blocks, and those of "
            "stores where you may not do this."
        ),
        back=_("Back to the listings"),
    ),
)
bulk.register(*LISTINGS.verbs())
