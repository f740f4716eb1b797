"""Ordered goods come in, one delivery note at a time, each booked once (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    StockState,
)
from catalog.models.purchasing import EXPECTED
from catalog.services import purchase_overdue
from catalog.services.purchasing import State, locked_order, refuse_other_states
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

RECEIVE = "catalog.receive_stock"


class NoteBookedBefore(Conflict):
    """This delivery note of the order was received before. Nothing was booked now."""

    code = "note_booked_before"


class MoreThanOrdered(DomainError):
    """More pieces of a SKU came than the order allows. Nothing was booked."""

    code = "more_than_ordered"


@dataclass(frozen=True)
class Came:
    """So many pieces of a SKU came in good, and so many damaged."""

    sku_id: int
    good: int
    damaged: int = 0

    @property
    def pieces(self) -> int:
        return self.good + self.damaged


def receive_purchase(
    *,
    order_id: int,
    delivery_note: str,
    came: Sequence[Came],
    actor: User,
    at: datetime,
    remark: str = "",
) -> PurchaseReceipt:
    """What the note says is in stock: good pieces available, the others damaged; all or nothing.

    Orders that wait for the goods are served as after any arrival. Raises NotAllowed,
    NoteBookedBefore, MoreThanOrdered, and Conflict where nothing is expected any more. Locks the
    order, its lines by SKU, then the stock rows in SKU order.
    """
    note = " ".join(delivery_note.split())[:60]
    if not note:
        raise DomainError(_("Name the supplier's delivery note: each is booked once."))
    came = [each for each in came if each.pieces]
    if not came or any(min(each.good, each.damaged) < 0 for each in came):
        raise DomainError(_("Say how many pieces came, good and damaged."))
    if len({each.sku_id for each in came}) < len(came):
        raise DomainError(_("Name each SKU once."))
    given = PurchaseReceipt(
        order_id=order_id,
        delivery_note=note,
        remark=remark.strip()[:200],
        received_by=actor,
        received_at=at,
    )
    return retrying(partial(_receive, given, came, actor=actor, at=at))


def _receive(
    given: PurchaseReceipt, came: Sequence[Came], *, actor: User, at: datetime
) -> PurchaseReceipt:
    with transaction.atomic():
        order = locked_order(given.order_id, State.values, actor=actor, right=RECEIVE)
        # First of all: the same note once more may well find the order received.
        receipt = _booked(given)
        refuse_other_states(order, EXPECTED)
        lines = {line.sku_id: line for line in order.lines.select_related("sku").locked()}
        PurchaseReceiptLine.objects.bulk_create([_received(receipt, each, lines) for each in came])
        PurchaseLine.objects.bulk_update(lines.values(), ["received"])
        _follow(order, lines.values(), at=at)
        move_stock(_moves(order, receipt, came), actor=actor, at=at)
    return receipt


def _booked(given: PurchaseReceipt) -> PurchaseReceipt:
    """The database lets each note of an order in once, however many come at the same time."""
    try:
        with transaction.atomic():
            given.pk = None
            given.save(force_insert=True)
    except IntegrityError as error:
        raise NoteBookedBefore(
            _("The delivery note %(note)s was booked before.") % {"note": given.delivery_note},
            delivery_note=given.delivery_note,
        ) from error
    return given


def _received(
    receipt: PurchaseReceipt, came: Came, lines: Mapping[int, PurchaseLine]
) -> PurchaseReceiptLine:
    line = lines.get(came.sku_id)
    if line is None:
        raise DomainError(_("A delivered SKU is not on this purchase order."), sku_id=came.sku_id)
    line.received += came.pieces
    if line.received > line.most:
        left = line.most - line.received + came.pieces
        raise MoreThanOrdered(
            _("%(sku)s: %(pieces)s pieces came, %(left)s are still to come of %(ordered)s ordered.")
            % {
                "sku": line.sku,
                "pieces": came.pieces,
                "left": left,
                "ordered": line.quantity,
            },
            sku=line.sku.code,
            came=came.pieces,
            left=left,
        )
    return PurchaseReceiptLine(receipt=receipt, line=line, good=came.good, damaged=came.damaged)


def _follow(order: PurchaseOrder, lines: Iterable[PurchaseLine], *, at: datetime) -> None:
    """The order has come as far as its lines have."""
    order.state = State.PARTLY
    if not any(line.missing for line in lines):
        order.state, order.received_at = State.RECEIVED, at
        purchase_overdue.close_alert(order, at=at)
    order.save(update_fields=["state", "received_at"])


def _moves(order: PurchaseOrder, receipt: PurchaseReceipt, came: Iterable[Came]) -> list[Move]:
    moves = []
    for each in came:
        ways = ((each.good, StockState.AVAILABLE), (each.damaged, StockState.DAMAGED))
        moves += [
            Move(
                each.sku_id,
                order.warehouse_id,
                Kind.RECEIVE,
                pieces,
                reference=reference_of(order.pk),
                note=receipt.delivery_note,
                states=("", state),
            )
            for pieces, state in ways
            if pieces
        ]
    return moves


def reference_of(order_id: int) -> str:
    """What a ledger line of the order's goods refers to."""
    return f"purchase:{order_id}"
