"""What bins, waves and pick lists bring: numbers of the procedure and rights (FUL-1)."""

from __future__ import annotations

from catalog.services import stock
from fulfillment.services import (
    bins,
    cut_offs,
    dropping,
    emptying,
    paces,
    planning,
    short_picks,
    unpicked,
    waves,
)
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from orders.review import registry
from orders.services import editing, lifecycle

LOOKED_AT = ("zone", "bin", "binstock", "wave", "pick", "shortpick", "waverule", "warehousepace")
SET_UP = ("zone", "bin", "waverule")


def register() -> None:
    procedure.register(planning.WAVE_ORDERS, planning.WAVE_PIECES, unpicked.PACK_AFTER_PICKING)
    jobs.register(cut_offs.JOB)
    checks.register(cut_offs.SHORT)
    registry.register(short_picks.ASK_BUYER)
    lifecycle.on_cancel(dropping.drop_cancelled)
    editing.on_change(dropping.drop_changed)
    lifecycle.on_ship(emptying.orders_left, where=emptying.LAY_IN_BINS)
    stock.on_loss(emptying.pieces_lost)
    grant(
        [f"fulfillment.view_{model}" for model in LOOKED_AT],
        to=[Role.WAREHOUSE, Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.ADMINISTRATOR],
    )
    grant(
        [f"fulfillment.{verb}_{model}" for verb in ("add", "change") for model in SET_UP],
        to=[Role.WAREHOUSE, Role.ADMINISTRATOR],
    )
    grant([paces.SET], to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR])
    grant([bins.MOVE, planning.PLAN, waves.PICK], to=[Role.WAREHOUSE])
