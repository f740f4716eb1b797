"""What has gone quiet: a carrier's pushes stopped, and a source that can't be asked (INS-8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from analytics.demo.opening import Demonstration
from fulfillment.models import Parcel, ParcelPoll
from fulfillment.tracking.asking import EASYPOST
from opsdesk.exchange.models import InboundDelivery, Target
from opsdesk.exchange.services import webhooks

PUSHES = "kuaidi100"
# Twice a day for so many days, and then no more.
DAYS, QUIET = 12, timedelta(days=2)
HALF_A_DAY = timedelta(hours=12)
ASKED_IN_VAIN = 2
REFUSED = "401: This API key is not active."


def fall_silent(it: Demonstration, *, at: datetime) -> None:
    _pushes_stop(it, last=at - QUIET)
    _asking_fails(it, at=at - HALF_A_DAY)


def _pushes_stop(it: Demonstration, *, last: datetime) -> None:
    """The deliveries' bodies were emptied after they were worked on, as they are after a while."""
    first = last - DAYS * 2 * HALF_A_DAY
    webhooks.enter_secret(
        store=it.store,
        source=PUSHES,
        secret=webhooks.new_secret(),
        channel=it.store.channels.order_by("pk").first(),
        at=first,
    )
    InboundDelivery.objects.bulk_create(
        InboundDelivery(
            store=it.store,
            source=PUSHES,
            delivery_id=f"push-{number:03}",
            size=812,
            sha256=sha256(f"push-{number}".encode()).hexdigest(),
            received_at=first + number * HALF_A_DAY,
            next_at=first + number * HALF_A_DAY,
            state=InboundDelivery.State.DONE,
            attempts=1,
            finished_at=first + number * HALF_A_DAY,
        )
        for number in range(2 * DAYS + 1)
    )


def _asking_fails(it: Demonstration, *, at: datetime) -> None:
    """The source was switched off once it had refused its key: the demonstration asks nobody."""
    source = Target(
        store=it.store, code=EASYPOST, name="EasyPost", adapter=EASYPOST, is_active=False
    )
    source.token = "revoked"
    source.save()
    away = Parcel.objects.filter(store=it.store, state=Parcel.State.HANDED_OVER)
    ParcelPoll.objects.bulk_create(
        ParcelPoll(
            parcel=parcel,
            target=source,
            carrier=parcel.carrier,
            attempts=8,
            asked_at=at,
            error=REFUSED,
            parked_at=at,
        )
        for parcel in away.select_related("carrier").order_by("pk")[:ASKED_IN_VAIN]
    )
