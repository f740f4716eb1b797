"""Carriers' words as they may be read: each thing once, mobile numbers masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fulfillment.models import Progress, TrackingEvent
from fulfillment.models.tracking import ORDER
from opsdesk import privacy

if TYPE_CHECKING:
    from fulfillment.models import Parcel

MOST_SHOWN = 200
TONES = {
    Progress.DELIVERED: "good",
    Progress.FAILED: "warning",
    Progress.EXCEPTION: "warning",
    Progress.RETURNING: "warning",
    Progress.RETURNED: "warning",
    Progress.LOST: "danger",
    Progress.CANCELLED: "danger",
}


@dataclass(frozen=True)
class Told:
    """An event as a page shows it."""

    at: datetime
    state: Progress
    text: str
    place: str

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "info")


def latest_events(parcel: Parcel, *, at: datetime) -> list[Told]:
    """The newest first. What was told twice, once with a finer state, is shown with that."""
    rows = TrackingEvent.objects.filter(parcel=parcel).counting(at).order_by("-at", "-pk")
    shown: dict[tuple[datetime, str], Told] = {}
    for row in rows[:MOST_SHOWN]:
        told = Told(row.at, Progress(row.state), privacy.mask_mobiles(row.text), row.place)
        known = shown.get((row.at, row.text))
        if known is None or ORDER.index(known.state) < ORDER.index(told.state):
            shown[row.at, row.text] = told
    return list(shown.values())
