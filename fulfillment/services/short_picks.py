"""Somebody decides what becomes of pieces that were not there (FUL-1).

What is decided goes for all that is missing of the order. Locks are taken in this order: the
order, its pick lists, the wave, stock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import CountLine, Warehouse
from catalog.services.doubts import file_doubt
from catalog.services.handling import require_right
from fulfillment.models import Pick, ShortPick, Wave, WaveOrder
from fulfillment.services.back_orders import wait_for
from fulfillment.services.dropping import drop_orders
from fulfillment.services.picking import replace_pieces
from fulfillment.services.planning import PLAN, hold_plan
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.review.registry import HoldReason
from orders.services import holding, rerouting, splitting

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Decision = ShortPick.Decision
ASK_BUYER = HoldReason(
    code="goods_missing",
    title=gettext_lazy("Goods are missing in the warehouse"),
    owner_role=Role.CUSTOMER_SERVICE,
    advice=gettext_lazy(
        "Ask the buyer: wait for the goods, take something else, or have the money back. Change "
        "or cancel the order accordingly, or release it to wait."
    ),
    evidence={"sku": gettext_lazy("SKU code"), "pieces": gettext_lazy("missing pieces")},
)


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
    _settle(short, ShortPick.State.REPLANNED, Decision.AGAIN, actor=actor, at=at)
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
    """The order is in no wave: it can be changed, or planned again as it is.

    What was fetched for it is to be put back, and the SKUs are to be counted; the same goes for
    every decision below. Raises NotAllowed, and Conflict where it was settled before.
    """
    _decide(short_id, Decision.OUT, _nothing_more, actor=actor, at=at)


def back_order(*, short_id: int, actor: User | None, at: datetime) -> None:
    """The order is in no wave until bins have the missing pieces; it keeps what it is promised."""
    _decide(short_id, Decision.BACK_ORDER, _wait, actor=actor, at=at)


def ask_buyer(*, short_id: int, actor: User | None, at: datetime) -> None:
    """The order is held until its buyer was asked, and waits for the goods after that (ORD-5)."""
    _decide(short_id, Decision.CONTACT, _hold, actor=actor, at=at)


def serve_from(*, short_id: int, warehouse_id: int, actor: User | None, at: datetime) -> Order:
    """The whole order is served from the other warehouse (ORD-2).

    Raises what `rerouting.serve_from` does, such as InsufficientStock.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    move = partial(_move, warehouse)
    return _decide(short_id, Decision.ELSEWHERE, move, actor=actor, at=at)


def split_off(*, short_id: int, actor: User, at: datetime) -> Order:
    """The missing pieces are an order of their own that waits for them; the rest leaves (ORD-5).

    Raises what `split_order` does: it asks for its own right. A bundle isn't torn.
    """
    return _decide(short_id, Decision.SPLIT, _split, actor=actor, at=at)


def have_counted(*, short_id: int, actor: User | None, at: datetime) -> CountLine:
    """The SKU is on a stock-take, with what should be left, to be confirmed by counting (CAT-7).

    Raises NotAllowed. Safe to repeat.
    """
    return _doubt(_known(short_id, actor), actor, at)


def decide(
    *,
    short_id: int,
    decision: str,
    actor: User,
    at: datetime,
    warehouse_id: int | None = None,
) -> None:
    """What was decided is done, each decision by its own verb. Raises what that one does."""
    given: dict[str, Any] = {"short_id": short_id, "actor": actor, "at": at}
    if decision == Decision.ELSEWHERE:
        if warehouse_id is None:
            raise DomainError(_("Choose the warehouse that is to serve the order."))
        serve_from(warehouse_id=warehouse_id, **given)
        return
    verbs: dict[str, Callable[..., Any]] = {
        Decision.AGAIN: look_again,
        Decision.BACK_ORDER: back_order,
        Decision.SPLIT: split_off,
        Decision.CONTACT: ask_buyer,
        Decision.OUT: take_out,
    }
    if decision not in verbs:
        raise DomainError(_("Choose what is to be done."))
    verbs[decision](**given)


Then = Callable[[Order, "list[ShortPick]", "User | None", datetime], Any]


def _decide(
    short_id: int, decision: Decision, then: Then, *, actor: User | None, at: datetime
) -> Any:
    short = _known(short_id, actor)
    return retrying(partial(_carry_out, short, decision, then, actor=actor, at=at))


@transaction.atomic
def _carry_out(
    short: ShortPick, decision: Decision, then: Then, *, actor: User | None, at: datetime
) -> Any:
    order = Order.objects.locked().get(pk=short.line.wave_order.order_id)
    _settle(short, ShortPick.State.SETTLED, decision, actor=actor, at=at)
    others = _with_line().open().filter(line__wave_order=short.line.wave_order_id).order_by("pk")
    missing = [short, *others]
    for other in missing[1:]:
        _settle(other, ShortPick.State.SETTLED, decision, actor=actor, at=at)
    drop_orders([order.pk], WaveOrder.Left.SHORT, at=at)
    done = then(order, missing, actor, at)
    for one in missing:
        _doubt(one, actor, at)
    return done


def _nothing_more(order: Order, missing: list[ShortPick], actor: User | None, at: datetime) -> None:
    """Out of its wave it is all that was decided."""


def _wait(order: Order, missing: list[ShortPick], actor: User | None, at: datetime) -> None:
    wait_for(order.pk, missing, actor=actor, at=at)


def _hold(order: Order, missing: list[ShortPick], actor: User | None, at: datetime) -> None:
    wait_for(order.pk, missing, actor=actor, at=at)
    evidence = {
        "sku": ", ".join(one.line.sku.code for one in missing),
        "pieces": sum(one.pieces for one in missing),
    }
    holding.raise_hold([order.pk], code=ASK_BUYER.code, evidence=evidence, at=at)


def _move(
    warehouse: Warehouse,
    order: Order,
    missing: list[ShortPick],
    actor: User | None,
    at: datetime,
) -> Order:
    return rerouting.serve_from(
        order_id=order.pk, warehouse=warehouse, reason=_because(missing), actor=actor, at=at
    )


def _split(order: Order, missing: list[ShortPick], actor: User | None, at: datetime) -> Order:
    assert actor is not None
    if any(one.line.sku_id != one.line.line.sku_id for one in missing):
        raise Conflict(_("A part of a bundle is missing: it is not sold alone."))
    pieces: Counter[int] = Counter()
    for one in missing:
        pieces[one.line.line_id] += one.pieces
    part = splitting.split_order(
        order_id=order.pk,
        version=order.version,
        parts=[splitting.Part(line, quantity) for line, quantity in sorted(pieces.items())],
        reason=_because(missing),
        actor=actor,
        at=at,
    )
    wait_for(part.pk, missing, actor=actor, at=at)
    return part


def _because(missing: Iterable[ShortPick]) -> str:
    codes = ", ".join(f"{one.pieces} × {one.line.sku.code}" for one in missing)
    return _("Not there when picked: %(goods)s") % {"goods": codes}


def _doubt(short: ShortPick, actor: User | None, at: datetime) -> CountLine:
    line = short.line
    return file_doubt(
        sku_id=line.sku_id,
        warehouse_id=line.pick.wave.warehouse_id,
        missing=short.pieces,
        name=f"{line.pick.number} · {line.sku.code}",
        actor=actor,
        at=at,
    )


def _with_line() -> Any:
    return ShortPick.objects.select_related(
        "line__pick__wave__warehouse", "line__wave_order", "line__sku", "line__line"
    )


def _known(short_id: int, actor: User | None) -> ShortPick:
    short = _with_line().get(pk=short_id)
    require_right(PLAN, short.line.pick.wave.warehouse, actor)
    return short


def _settle(
    short: ShortPick, state: str, decision: Decision, *, actor: User | None, at: datetime
) -> None:
    settled = ShortPick.objects.open().filter(pk=short.pk)
    if not settled.update(state=state, decision=decision, settled_by=actor, settled_at=at):
        raise Conflict(_("This was settled before."))
