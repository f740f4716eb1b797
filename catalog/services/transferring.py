"""Goods go from one warehouse to another; what is under way is in neither (CAT-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Sku, Transfer, TransferLine, Warehouse
from catalog.services.handling import require_right
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

TRANSFER = "catalog.transfer_stock"


def send_transfer(
    *,
    source_id: int,
    target_id: int,
    pieces: Mapping[int, int],
    actor: User | None,
    at: datetime,
    note: str = "",
) -> Transfer:
    """The pieces (by SKU id) have left the source and are under way, all of them or none.

    Raises NotAllowed, InsufficientStock. Locks the source's stock rows in SKU order.
    """
    source = Warehouse.objects.get(pk=source_id)
    target = Warehouse.objects.get(pk=target_id)
    if source.store_id != target.store_id or source == target:
        raise DomainError(_("Goods go from one warehouse to another one of the same store."))
    known = Sku.objects.filter(store=source.store_id, pk__in=list(pieces)).count()
    if not pieces or known != len(pieces):
        raise DomainError(_("Name what is sent: SKUs of this store, and how many pieces."))
    require_right(TRANSFER, source, actor)
    return retrying(partial(_send, source, target, pieces, actor=actor, at=at, note=note))


def _send(
    source: Warehouse,
    target: Warehouse,
    pieces: Mapping[int, int],
    *,
    actor: User | None,
    at: datetime,
    note: str,
) -> Transfer:
    with transaction.atomic():
        transfer = Transfer.objects.create(
            source=source, target=target, note=note, sent_by=actor, sent_at=at
        )
        moves = [
            Move(sku_id, source.pk, Kind.TRANSFER_OUT, quantity, _reference(transfer))
            for sku_id, quantity in pieces.items()
        ]
        move_stock(moves, actor=actor, at=at)
        TransferLine.objects.bulk_create(
            TransferLine(transfer=transfer, sku_id=sku_id, sent=quantity)
            for sku_id, quantity in sorted(pieces.items())
        )
    return transfer


def receive_transfer(
    *,
    transfer_id: int,
    received: Mapping[int, int],
    actor: User | None,
    at: datetime,
    note: str = "",
) -> Transfer:
    """What arrived (by SKU id) is available in the target; the transfer is over.

    A SKU that is not named arrived whole. Missing pieces need a `note`; they stay on the transfer
    as the difference. Raises NotAllowed, and Conflict where it is no longer under way. Locks the
    transfer, then the target's stock rows in SKU order.
    """
    target = Warehouse.objects.get(transfers_in=transfer_id)
    require_right(TRANSFER, target, actor)
    return retrying(partial(_receive, transfer_id, received, actor=actor, at=at, note=note))


def _receive(
    transfer_id: int,
    received: Mapping[int, int],
    *,
    actor: User | None,
    at: datetime,
    note: str,
) -> Transfer:
    with transaction.atomic():
        transfer = _ended(
            transfer_id, state=Transfer.State.RECEIVED, received_by=actor, received_at=at
        )
        lines = list(transfer.lines.all())
        for line in lines:
            line.received = received.get(line.sku_id, line.sent)
            if not 0 <= line.received <= line.sent:
                raise DomainError(_("No more pieces arrive than were sent."))
        if any(line.missing for line in lines):
            if not note:
                raise DomainError(_("Say what became of the missing pieces."))
            transfer.note = note
            transfer.save(update_fields=["note"])
        TransferLine.objects.bulk_update(lines, ["received"])
        moves = [
            Move(
                line.sku_id,
                transfer.target_id,
                Kind.TRANSFER_IN,
                line.received,
                _reference(transfer),
            )
            for line in lines
            if line.received
        ]
        if moves:
            move_stock(moves, actor=actor, at=at)
    return transfer


def cancel_transfer(*, transfer_id: int, reason: str, actor: User | None, at: datetime) -> Transfer:
    """What was sent is available in the source again, all of it; the transfer is over.

    Somebody of the source says so, who has the goods. Raises NotAllowed, and Conflict where it is
    no longer under way: of receiving and cancelling the first one counts. Locks the transfer, then
    the source's stock rows in SKU order.
    """
    source = Warehouse.objects.get(transfers_out=transfer_id)
    require_right(TRANSFER, source, actor)
    if not reason.strip():
        raise DomainError(_("Say why: it is put on record."))
    return retrying(partial(_cancel, transfer_id, reason.strip()[:200], actor=actor, at=at))


def _cancel(transfer_id: int, reason: str, *, actor: User | None, at: datetime) -> Transfer:
    with transaction.atomic():
        transfer = _ended(
            transfer_id,
            state=Transfer.State.CANCELLED,
            cancelled_by=actor,
            cancelled_at=at,
            cancelled_because=reason,
        )
        moves = [
            Move(
                line.sku_id,
                transfer.source_id,
                Kind.RECALL,
                line.sent,
                _reference(transfer),
                reason,
            )
            for line in transfer.lines.all()
        ]
        move_stock(moves, actor=actor, at=at)
    return transfer


def _ended(transfer_id: int, **end: Any) -> Transfer:
    """The transfer, which was under way until now; whoever ends it second is refused."""
    if not Transfer.objects.under_way().filter(pk=transfer_id).update(**end):
        raise Conflict(_("This transfer is no longer under way."))
    return Transfer.objects.get(pk=transfer_id)


def _reference(transfer: Transfer) -> str:
    return f"transfer:{transfer.pk}"
