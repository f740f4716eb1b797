"""What becomes of parcels when their orders change (ORD-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext as _

from fulfillment.models import Parcel
from opsdesk.errors import Conflict

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.models import Order


class BeingPacked(Conflict):
    """A parcel of the order is packed, or being packed: it has to be cancelled first."""

    code = "being_packed"


def refuse_packed(order: Order) -> None:
    """Raises BeingPacked, which names the parcel."""
    parcel = Parcel.objects.here().filter(parcel_orders__order=order).order_by("pk").first()
    if parcel is not None:
        raise BeingPacked(
            _("Order %(number)s is in parcel %(parcel)s: ask the warehouse to cancel that first.")
            % {"number": order, "parcel": parcel},
            parcel=parcel.number,
        )


def take_off_the_line(order_ids: Sequence[int], actor: User | None, at: datetime) -> None:
    """Parcels of cancelled orders that are still here are cancelled, too: scanned, they say so.

    A parcel that other orders share is packed anew without them. Locks the parcels.
    """
    parcels = Parcel.objects.here().filter(parcel_orders__order__in=list(order_ids))
    ids = list(
        Parcel.objects.filter(pk__in=parcels.values("pk")).locked().values_list("pk", flat=True)
    )
    Parcel.objects.here().filter(pk__in=ids).update(
        state=Parcel.State.CANCELLED,
        cancelled_at=at,
        cancelled_because=Parcel.ORDER_CANCELLED,
        manifest=None,
        version=F("version") + 1,
    )
