"""One order before somebody's eyes moves on, unless somebody else was first (ORD-5)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from orders.models import Order
from orders.services import parcels
from orders.services.editing import refuse_stale

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.actions import Action


class TornParcel(DomainError):
    """Some orders of a parcel can't leave yet, so none does."""

    code = "torn_parcel"


def act_on_order(
    *, action: Action, order_id: int, version: int, reason: str = "", actor: User, at: datetime
) -> int:
    """The action is done to the order as this person saw it. Returns how many orders moved on.

    Raises Conflict, which names who was first and what they did, and TornParcel. Locks the order.
    """
    return retrying(partial(_act, action, order_id, version, reason, actor=actor, at=at))


@transaction.atomic
def _act(
    action: Action, order_id: int, version: int, reason: str, *, actor: User, at: datetime
) -> int:
    order = Order.objects.select_related("store").locked().get(pk=order_id)
    refuse_stale(order, version)
    moved = action.run([order_id], actor, at, reason).changed
    if not moved:
        raise _why_not(action, order)
    return len(moved)


def _why_not(action: Action, order: Order) -> DomainError:
    companions = ", ".join(map(str, parcels.companions_of(order)))
    if action.moves_pieces and companions:
        return TornParcel(
            _("Order %(number)s leaves in one parcel with %(others)s: not all of them are ready.")
            % {"number": order, "others": companions}
        )
    return Conflict(_("Nothing was changed: the order has moved on in the meantime."))
