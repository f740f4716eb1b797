"""Carriers' words as they may be read: each thing once, people in them masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fulfillment.models import Progress, TrackingEvent
from fulfillment.models.tracking import ORDER
from opsdesk import privacy
from orders.services.contact import REVEAL

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from fulfillment.models import Parcel
    from opsdesk.stores.models import User

MOST_SHOWN = 200
TONES = {
    Progress.DELIVERED: "good",
    Progress.FAILED: "warning",
    Progress.EXCEPTION: "warning",
    Progress.DAMAGED: "danger",
    Progress.RETURNING: "warning",
    Progress.RETURNED: "warning",
    Progress.LOST: "danger",
    Progress.CANCELLED: "danger",
}
# 派件人:张三, Signed by: J. DOE; a carrier's own words before a name.
_PERSON = re.compile(
    r"((?:签收人|收件人|快递员|派件人|派件员|派送员|配送员|业务员|揽收人|联系人"
    r"|signed (?:for )?by|received by|courier|recipient)\s*(?:是|为)?\s*[:：]\s*)"
    r"([^\s,，。;；、()（）\[\]【】][^,，。;；、()（）\[\]【】\d]*)",
    re.IGNORECASE,
)
_LANDLINE = re.compile(r"(?<!\d)(?:0\d{2,3}[-\s]?)?\d{7,8}(?!\d)|(?<!\d)\+\d[\d\s-]{7,}\d")


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


def without_people(text: str) -> str:
    """As strangers may read it: no telephone number in one piece, of names the first letter."""
    masked = _LANDLINE.sub(privacy.MASK * 4, privacy.mask_mobiles(text))
    return _PERSON.sub(lambda found: found[1] + privacy.mask_name(found[2]), masked)


def may_see_people(user: User | AnonymousUser, parcel: Parcel) -> bool:
    """Whoever may look up an order's contact may read who brought its parcel."""
    return user.has_perm(REVEAL, parcel)


def latest_events(parcel: Parcel, *, at: datetime, shows_people: bool = False) -> list[Told]:
    """The newest first. What was told twice, once with a finer state, is shown with that.

    Names in the carrier's words are masked unless it `shows_people`; telephone numbers always are.
    """
    readable = privacy.mask_mobiles if shows_people else without_people
    rows = TrackingEvent.objects.filter(parcel=parcel).counting(at).order_by("-at", "-pk")
    shown: dict[tuple[datetime, str], Told] = {}
    for row in rows[:MOST_SHOWN]:
        told = Told(row.at, Progress(row.state), readable(row.text), row.place)
        known = shown.get((row.at, row.text))
        if known is None or ORDER.index(known.state) < ORDER.index(told.state):
            shown[row.at, row.text] = told
    return list(shown.values())
