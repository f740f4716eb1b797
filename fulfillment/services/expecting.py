"""Soon after parcels left it is on record when they are to arrive, and at what cost (FUL-5, FUL-7).

Not in the transaction in which they leave: nobody waits for it there, and all parcels of a minute
take as many statements as one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from fulfillment.models import Parcel
from fulfillment.services import costing, lanes, promises
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

# What an outage made older than this is found at night: `promises.JOB`, `lanes.JOB`.
LOOKS_BACK = timedelta(hours=6)


def expect_left(*, at: datetime) -> int:
    """Parcels that left of late have their promise, their expected day and cost. Returns how many.

    Safe to repeat; parcels that have theirs are left alone.
    """
    expected = 0
    for store in Store.objects.active():
        # Whatever became of them since: some arrive before their minute is over.
        new = Parcel.objects.filter(
            warehouse__store=store, handed_over_at__gt=at - LOOKS_BACK, promise=None
        )
        ids = list(new.order_by("pk").values_list("pk", flat=True))
        if ids:
            promises.promise_parcels(ids)
            lanes.expect_parcels(ids, store=store, at=at)
            costing.price_left(ids, store=store, at=at)
        expected += len(ids)
    return expected


def _run(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"expected": expect_left(at=at)}


JOB = Job(
    "fulfillment.expect_parcels",
    _("When parcels that left are to arrive, and what they cost, is on record"),
    _run,
    every=timedelta(minutes=1),
)
