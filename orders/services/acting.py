"""One order before somebody's eyes moves on, unless somebody else was first (ORD-5)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from opsdesk.db import retrying
from orders.services.editing import overtaken, refuse_overtaken

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.actions import Action


def act_on_order(
    *, action: Action, order_id: int, version: int, reason: str = "", actor: User, at: datetime
) -> int:
    """The action is done to the order as this person saw it. Returns how many orders moved on.

    Raises Conflict, which names who was first and what they did. Locks the order.
    """
    return retrying(partial(_act, action, order_id, version, reason, actor=actor, at=at))


@transaction.atomic
def _act(
    action: Action, order_id: int, version: int, reason: str, *, actor: User, at: datetime
) -> int:
    order = refuse_overtaken(order_id=order_id, version=version)
    moved = action.run([order_id], actor, at, reason)
    if not moved:
        raise overtaken(order)
    return moved
