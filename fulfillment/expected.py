"""When a parcel is expected to arrive, as people read it: by day (FUL-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fulfillment.models import Parcel, ParcelEta, Progress

if TYPE_CHECKING:
    from fulfillment.models import ParcelProgress

# Then its state says more than any experience.
_KNOWN_BETTER = (
    Progress.OUT_FOR_DELIVERY,
    Progress.TO_COLLECT,
    Progress.CANCELLED,
    Progress.LOST,
    Progress.RETURNING,
    Progress.RETURNED,
    Progress.DELIVERED,
)


@dataclass(frozen=True)
class Expected:
    """Between which days of the store a parcel arrives, if it goes as usual."""

    first: date
    last: date
    is_late: bool
    basis: str
    sample: int

    @property
    def why(self) -> str:
        """What it is based on, for those who have to explain it."""
        if self.basis == ParcelEta.Basis.LANE:
            return _("By %(count)s parcels on this lane.") % {"count": self.sample}
        if self.basis == ParcelEta.Basis.SERVICE:
            return _("By %(count)s parcels of this service.") % {"count": self.sample}
        return _("By what was promised.")


def expected_of(
    parcel: Parcel, progress: ParcelProgress | None, *, at: datetime
) -> Expected | None:
    """None for a parcel that is not under way, or of which nothing says anything. One query."""
    if parcel.state != Parcel.State.HANDED_OVER:
        return None
    if progress is not None and progress.state in _KNOWN_BETTER:
        return None
    eta = ParcelEta.objects.filter(parcel=parcel).first()
    if eta is None:
        return None
    first, last = (parcel.store.business_date(moment) for moment in (eta.earliest, eta.latest))
    today = parcel.store.business_date(at)
    return Expected(max(first, min(today, last)), last, last < today, eta.basis, eta.sample)
