"""What a listing tells is changed; one that buyers see never becomes less complete by it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from catalog.services.publishing import Blocked
from opsdesk.errors import NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

# What people write; the rest of a listing says where it is shown, and whether.
WRITTEN = (*Listing.TEXTS, "attributes", "freight", "external_id")


def change_listing(
    *, listing_id: int, values: dict[str, Any], actor: User | None, at: datetime
) -> Listing:
    """The listing tells what is given; what is not named stays.

    A live one is refused what would bring a reason to block it that was not there before: take it
    off first. Raises Blocked, NotAllowed. Locks the listing.
    """
    with transaction.atomic():
        listing = (
            Listing.objects.select_for_update(of=("self",))
            .select_related("store", "product", "channel")
            .order_by("pk")
            .get(pk=listing_id)
        )
        if actor is not None and not actor.has_perm("catalog.change_listing", listing):
            raise NotAllowed(_("You may not change listings in this store."))
        is_live = listing.state == Listing.State.LIVE
        before = _keys(blockers_of([listing], at)[listing.pk]) if is_live else set()
        for name, value in values.items():
            setattr(listing, name, value)
        listing.save(update_fields=list(values))
        if is_live:
            _check_no_worse(listing, before, at)
    return listing


def _check_no_worse(listing: Listing, before: set[tuple[str, str]], at: datetime) -> None:
    after = blockers_of([listing], at)[listing.pk]
    new = [blocker for blocker in after if (blocker.code, blocker.field) not in before]
    if new:
        raise Blocked(
            _("The listing is live and would no longer be complete. %(reasons)s")
            % {"reasons": " ".join(str(blocker.message) for blocker in new)},
            new,
        )


def _keys(blockers: list[Blocker]) -> set[tuple[str, str]]:
    return {(blocker.code, blocker.field) for blocker in blockers}
