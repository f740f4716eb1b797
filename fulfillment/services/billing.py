"""What carriers bill for parcels, put down beside what was expected (FUL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import Parcel, ParcelCharge
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

BILL = "fulfillment.bill_parcelcharge"
SEE = "fulfillment.view_parcelcharge"
MOST_BILL = 80
MOST_AMOUNT = Decimal(10) ** 10


@dataclass(frozen=True)
class Billed:
    """A line of a carrier's bill; the amount is in the store's currency."""

    parcel_id: int
    amount: Decimal
    bill: str = ""


def put_down_bill(
    *,
    billed: Billed,
    seen: Decimal | None,
    actor: User | None,
    at: datetime,
) -> ParcelCharge:
    """The carrier billed so much for the parcel; the same again changes nothing.

    `seen` is the amount on record that is to be replaced, None where there was none. Raises
    NotAllowed, DomainError for an amount that is none, Conflict for a parcel without a waybill or
    where somebody put down another amount meanwhile. Locks the parcel.
    """
    if not 0 <= billed.amount < MOST_AMOUNT:
        raise DomainError(_("Put down an amount from 0 on."))
    return retrying(partial(_put_down, billed, seen, actor=actor, at=at))


@transaction.atomic
def _put_down(
    billed: Billed, seen: Decimal | None, *, actor: User | None, at: datetime
) -> ParcelCharge:
    parcel = Parcel.objects.select_related("warehouse").locked().get(pk=billed.parcel_id)
    require_right(BILL, parcel.warehouse, actor)
    if not parcel.waybill:
        raise Conflict(_("Parcel %(parcel)s has no waybill yet.") % {"parcel": parcel})
    known = ParcelCharge.objects.filter(parcel=parcel).first()
    before = known.billed if known else None
    if before not in (seen, billed.amount):
        raise Conflict(
            _("Somebody put down %(amount)s meanwhile: look at it again.") % {"amount": before},
            billed=str(before),
        )
    put_down([billed], actor=actor, at=at)
    return ParcelCharge.objects.get(parcel=parcel)


def put_down(
    lines: Sequence[Billed],
    *,
    actor: User | None,
    at: datetime,
    session_id: int | None = None,
) -> dict[int, str]:
    """Each of these parcels has its billed cost. Returns parcel id → what became of it.

    That is `created`, `changed` or `duplicate`. The caller holds the parcels. Three queries.
    """
    rows = ParcelCharge.objects.select_for_update().order_by("parcel_id")
    known = {row.parcel_id: row for row in rows.filter(parcel__in=[one.parcel_id for one in lines])}
    outcomes: dict[int, str] = {}
    written = []
    for one in lines:
        own = known.get(one.parcel_id)
        if own is None or own.billed is None:
            outcomes[one.parcel_id] = "created"
        elif (own.billed, own.bill) == (one.amount, one.bill):
            outcomes[one.parcel_id] = "duplicate"
            continue
        else:
            outcomes[one.parcel_id] = "changed"
        bill = one.bill[:MOST_BILL]
        written.append(
            ParcelCharge(
                parcel_id=one.parcel_id,
                billed=one.amount,
                bill=bill,
                billed_at=at,
                billed_by=actor,
                session_id=session_id,
            )
        )
    ParcelCharge.objects.bulk_create(
        written,
        update_conflicts=True,
        unique_fields=["parcel"],
        update_fields=["billed", "bill", "billed_at", "billed_by", "session"],
    )
    return outcomes


def take_back(charge_ids: Sequence[int], *, session_id: int) -> set[int]:
    """What the import put down is not on record any more; what was expected stays.

    What somebody corrected since stays, too. Returns the ids of those that are gone.
    """
    rows = ParcelCharge.objects.select_for_update().order_by("parcel_id")
    held = rows.filter(pk__in=list(charge_ids), session=session_id)
    ids = set(held.values_list("pk", flat=True))
    ParcelCharge.objects.filter(pk__in=ids).update(
        billed=None, bill="", billed_at=None, billed_by=None, session=None
    )
    return ids
