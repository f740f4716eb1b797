"""Somebody decides what becomes of pieces that were not there (FUL-1)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import Pick, ShortPick, Wave, WaveOrder
from fulfillment.services.dropping import drop_orders
from fulfillment.services.picking import replace_pieces
from fulfillment.services.planning import PLAN, hold_plan
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import User


class NowhereElse(Conflict):
    """No bin of the warehouse has the missing pieces free. Facts: `found`."""

    code = "nowhere_else"


def look_again(*, short_id: int, actor: User | None, at: datetime) -> Pick:
    """The missing pieces are on a new pick list of the same wave: put away or found meanwhile.

    Raises NotAllowed, NowhereElse, and Conflict where it was settled before. Locks the
    warehouse's name, the short pick, the wave.
    """
    short = _known(short_id, actor)
    return retrying(partial(_look_again, short, actor=actor, at=at))


@transaction.atomic
def _look_again(short: ShortPick, *, actor: User | None, at: datetime) -> Pick:
    line = short.line
    hold_plan(line.pick.wave.warehouse_id)
    _settle(short, ShortPick.State.REPLANNED, actor=actor, at=at)
    pick = Pick.objects.create(wave=line.pick.wave)
    found = replace_pieces(pick, line, short.pieces)
    if found < short.pieces:
        raise NowhereElse(
            _("Other bins have %(found)s of the %(missing)s missing pieces.")
            % {"found": found, "missing": short.pieces},
            found=found,
        )
    Wave.objects.filter(pk=pick.wave_id, state=Wave.State.PICKED).update(
        state=Wave.State.PICKING, picked_at=None
    )
    return pick


def take_out(*, short_id: int, actor: User | None, at: datetime) -> None:
    """The order is in no wave: it can be split, served from elsewhere, or planned again later.

    What was fetched for it is to be put back. Raises NotAllowed, Conflict. Locks the order, its
    pick lists, the wave.
    """
    short = _known(short_id, actor)
    retrying(partial(_take_out, short, actor=actor, at=at))


@transaction.atomic
def _take_out(short: ShortPick, *, actor: User | None, at: datetime) -> None:
    order_id = short.line.wave_order.order_id
    list(Order.objects.filter(pk=order_id).locked())
    _settle(short, ShortPick.State.SETTLED, actor=actor, at=at)
    drop_orders([order_id], WaveOrder.Left.SHORT, at=at)


def _known(short_id: int, actor: User | None) -> ShortPick:
    shorts = ShortPick.objects.select_related("line__pick__wave__warehouse", "line__wave_order")
    short = shorts.get(pk=short_id)
    require_right(PLAN, short.line.pick.wave.warehouse, actor)
    return short


def _settle(short: ShortPick, state: str, *, actor: User | None, at: datetime) -> None:
    settled = ShortPick.objects.open().filter(pk=short.pk)
    if not settled.update(state=state, settled_by=actor, settled_at=at):
        raise Conflict(_("This was settled before."))
