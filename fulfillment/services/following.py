"""Sources that follow a parcel are on record, also that they gave it up; people ask again (FUL-7).

What Kuaidi100 says with `abort`: it heard nothing for three days, or nothing new for sixty. With
`comNew` it has found another carrier to be right and goes on by itself, under that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import Following, Parcel, ParcelPoll
from fulfillment.services import polling
from fulfillment.tracking import subscribing
from fulfillment.waybills import folded
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from opsdesk.exchange.models import Target

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

FOLLOW = "fulfillment.follow_parcel"
State = Following.State


@dataclass(frozen=True, slots=True)
class Ended:
    """A source pushes nothing more of a waybill: it gave up, or there is nothing more to come.

    `right_carrier` is the carrier that it finds to be right, where it is another one.
    """

    carrier: str
    waybill: str
    is_given_up: bool
    words: str = ""
    right_carrier: str = ""


def parcels_left(parcel_ids: Sequence[int], at: datetime) -> None:
    """As parcels leave: each is followed by the sources that know its carrier."""
    asked = subscribing.ask_for_pushes(parcel_ids, at)
    Following.objects.bulk_create(
        [Following(parcel_id=parcel, target_id=target, asked_at=at) for parcel, target in asked],
        ignore_conflicts=True,
    )


def note_ended(told: Ended, *, store: Store, adapter: str, at: datetime) -> None:
    """It is on record how the source stands to the parcel, and others take over where it gave up.

    What heard nothing is asked once more by itself, unless the source goes on under another
    carrier. A repeat changes nothing. Locks the followings.
    """
    targets = list(Target.objects.filter(store=store, adapter=adapter).order_by("pk"))
    column = f"carrier__{subscribing.CODES[adapter]}__iexact"
    found = Parcel.objects.filter(
        store=store, waybill=folded(told.waybill), **{column: told.carrier}
    )
    for parcel in found.standing().select_related("carrier", "store").order_by("pk"):
        for target in targets:
            _note(parcel, target, told, at=at)
        if told.is_given_up:
            polling.ask_soon([parcel.pk], store=store, at=at, also_given_up=False)


@transaction.atomic
def _note(parcel: Parcel, target: Target, told: Ended, *, at: datetime) -> None:
    Following.objects.get_or_create(parcel=parcel, target=target, defaults={"asked_at": at})
    rows = Following.objects.select_for_update(of=("self",))
    row = rows.get(parcel=parcel, target=target)
    if told.right_carrier:
        row.right_carrier = told.right_carrier
    if not told.is_given_up:
        row.state = State.OVER
        row.save(update_fields=["state", "right_carrier"])
        return
    if row.state != State.FOLLOWED:
        return
    row.state, row.given_up_at, row.words = State.GIVEN_UP, at, told.words
    row.save(update_fields=["state", "given_up_at", "words", "right_carrier"])
    heard_nothing = subscribing.NOTHING_FOUND in told.words and not told.right_carrier
    if heard_nothing and row.turn == 1 and parcel.state == Parcel.State.HANDED_OVER:
        _ask_again([row], parcel, actor=None, at=at)


def note_carrier(told: Ended, *, store: Store, adapter: str) -> None:
    """The source goes on under the carrier that it found to be right, and follows the parcel."""
    column = f"parcel__carrier__{subscribing.CODES[adapter]}__iexact"
    rows = Following.objects.filter(
        parcel__store=store,
        parcel__waybill=folded(told.waybill),
        target__adapter=adapter,
        **{column: told.carrier},
    )
    changed = rows.exclude(right_carrier=told.right_carrier, state=State.FOLLOWED)
    ids = list(changed.exclude(state=State.OVER).values_list("pk", flat=True))
    Following.objects.filter(pk__in=ids).update(
        right_carrier=told.right_carrier, state=State.FOLLOWED
    )


def follow_again(*, parcel_id: int, actor: User | None, at: datetime) -> int:
    """Sources that gave the parcel up are asked anew, to push or what they know. Returns how many.

    Raises NotAllowed, Conflict for a parcel that is not under way or that nobody gave up. Of two
    at once the second finds nobody. Locks the parcel, then its followings.
    """
    return retrying(partial(_follow_again, parcel_id, actor=actor, at=at))


@transaction.atomic
def _follow_again(parcel_id: int, *, actor: User | None, at: datetime) -> int:
    parcels = Parcel.objects.select_related("warehouse", "store", "carrier")
    parcel = parcels.locked().get(pk=parcel_id)
    require_right(FOLLOW, parcel.warehouse, actor)
    if parcel.state != Parcel.State.HANDED_OVER:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    given_up = Following.objects.given_up().filter(parcel=parcel).select_related("target")
    rows = list(given_up.select_for_update(of=("self",)).order_by("pk"))
    parked = ParcelPoll.objects.parked().filter(parcel=parcel).count()
    if not rows and not parked:
        raise Conflict(_("No source has given this parcel up."), parcel=parcel.number)
    _ask_again(rows, parcel, actor=actor, at=at)
    polling.ask_soon([parcel.pk], store=parcel.store, at=at)
    return len(rows) + parked


def _ask_again(
    rows: Sequence[Following], parcel: Parcel, *, actor: User | None, at: datetime
) -> None:
    """The caller holds the rows' locks."""
    ids = [row.pk for row in rows]
    Following.objects.filter(pk__in=ids).update(
        state=State.FOLLOWED, turn=F("turn") + 1, asked_at=at, asked_by=actor
    )
    for row in rows:
        subscribing.ask_again(parcel, row.target, turn=row.turn + 1, at=at)
