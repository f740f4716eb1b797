"""Orders drop out of their waves when they are cancelled or changed; their pickers are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from fulfillment.models import Pick, PickLine, ShortPick, WaveOrder
from fulfillment.services import waves

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.models import Order


def drop_cancelled(order_ids: Sequence[int], actor: User | None, at: datetime) -> None:
    """What is not fetched yet is not wanted any more; what is, is to be put back. Locks picks."""
    drop_orders(order_ids, WaveOrder.Left.CANCELLED, at=at)


def drop_changed(order: Order) -> None:
    """The order is planned anew as it is then. Runs before the change, with the order locked."""
    drop_orders([order.pk], WaveOrder.Left.CHANGED, at=timezone.now())


def drop_orders(order_ids: Sequence[int], because: str, *, at: datetime) -> int:
    """These orders are in no wave; returns how many were. The caller locked them.

    Locks their pick lists, then the waves.
    """
    members = WaveOrder.objects.current().filter(order__in=list(order_ids))
    ids = list(members.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    lines = PickLine.objects.filter(wave_order__in=ids)
    picks = Pick.objects.filter(pk__in=lines.values("pick"))
    held = [pick.pk for pick in picks.locked()]
    lines.open().update(state=PickLine.State.DROPPED)
    ShortPick.objects.open().filter(line__wave_order__in=ids).update(
        state=ShortPick.State.SETTLED, settled_at=at
    )
    WaveOrder.objects.filter(pk__in=ids).update(left_at=at, left_because=because)
    waves.end_picks(held, at=at)
    return len(ids)
