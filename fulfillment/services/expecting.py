"""Soon after parcels left it is on record when they are to arrive, and at what cost (FUL-5, FUL-7).

Not in the transaction in which they leave: nobody waits for it there, and all parcels of a minute
take as many statements as one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fulfillment.models import Parcel
from fulfillment.services import costing, lanes, promises
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

BATCH = 2_000
# How far back each minute's run looks. What an outage left behind for longer is found at night.
LOOKS_BACK = timedelta(hours=6)


def expect_new(store: Store, *, at: datetime, since: datetime | None = None) -> int:
    """Parcels that left after `since` have their promise, expected day and cost on record.

    Returns how many had none before. Each batch has all three or none of them, so that what failed
    is found again. Safe to repeat.
    """
    # Whatever became of them since: some arrive before their minute is over.
    left = Parcel.objects.filter(store=store, handed_over_at__isnull=False, promise=None)
    if since is not None:
        left = left.filter(handed_over_at__gt=since)
    expected = 0
    while ids := list(left.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            promises.promise_parcels(ids)
            lanes.expect_parcels(ids, store=store, at=at)
            costing.price_left(ids, store=store, at=at)
        expected += len(ids)
    return expected


def _of_late(_slot: Slot, at: datetime) -> dict[str, Any]:
    stores = Store.objects.active()
    return {"expected": sum(expect_new(one, at=at, since=at - LOOKS_BACK) for one in stores)}


def _catch_up(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    return {"promised": expect_new(slot.store, at=at)}


JOBS = (
    Job(
        "fulfillment.expect_parcels",
        _("When parcels that left are to arrive, and what they cost, is on record"),
        _of_late,
        every=timedelta(minutes=1),
    ),
    Job(
        "fulfillment.promise_parcels",
        _("By when parcels are to arrive is on record"),
        _catch_up,
        daily_at=time(1, 40),
    ),
)
