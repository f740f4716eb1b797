"""Pieces are put into bins, moved between them, counted (FUL-1).

Every change is a guarded UPDATE of the bin's stock with a movement in the same transaction. Locks
are taken in this order: the stock row of the warehouse, then bins by (bin, SKU).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalog.models import StockLevel, Warehouse
from catalog.services.handling import require_right
from fulfillment import scanning
from fulfillment.models import Bin, BinMovement, BinStock, PickLine, Zone
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import User

MOVE = "fulfillment.move_bin_stock"
MOST_PIECES = 1_000_000
Kind = BinMovement.Kind


class NotInBin(Conflict):
    """Fewer pieces lie in the bin than were to be taken. Facts: `bin`, `there`."""

    code = "not_in_bin"


class MoreThanOnHand(Conflict):
    """The bins would hold more than the warehouse has. Facts: `left`, pieces not put away."""

    code = "more_than_on_hand"


@dataclass(frozen=True)
class Shift:
    """So many pieces of a SKU come into a bin (above zero) or leave it (below)."""

    bin_id: int
    sku_id: int
    pieces: int
    kind: str
    reference: str = ""


def put_away(
    *,
    warehouse_id: int,
    bin_code: str,
    sku_code: str,
    pieces: int,
    actor: User | None,
    at: datetime,
    reference: str = "",
) -> BinStock:
    """So many pieces that lay in no bin lie in this one.

    Codes are what a scanner reads. Raises NotAllowed, UnknownCode, Conflict for a bin that is out
    of use, and MoreThanOnHand. Locks the stock row, then the bin's stock.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(MOVE, warehouse, actor)
    _check_pieces(pieces)
    place = _usable(scanning.bin_scanned(warehouse_id=warehouse_id, code=bin_code))
    sku = scanning.sku_scanned(store_id=warehouse.store_id, code=sku_code)
    shift = Shift(place.pk, sku.pk, pieces, Kind.PUT_AWAY, reference)
    return retrying(partial(_put_away, warehouse, shift, actor=actor, at=at))


@transaction.atomic
def _put_away(warehouse: Warehouse, shift: Shift, *, actor: User | None, at: datetime) -> BinStock:
    _hold_level(warehouse, shift.sku_id)
    shift_pieces([shift], actor=actor, at=at)
    _refuse_surplus(warehouse, shift.sku_id, shift.pieces)
    return BinStock.objects.get(bin=shift.bin_id, sku=shift.sku_id)


def move_pieces(
    *,
    warehouse_id: int,
    from_code: str,
    to_code: str,
    sku_code: str,
    pieces: int,
    actor: User | None,
    at: datetime,
) -> BinStock:
    """So many pieces lie in the other bin of the same warehouse; returns what lies there now.

    Raises NotAllowed, UnknownCode, NotInBin, Conflict for a bin that is out of use. Locks both.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(MOVE, warehouse, actor)
    _check_pieces(pieces)
    source = scanning.bin_scanned(warehouse_id=warehouse_id, code=from_code)
    target = _usable(scanning.bin_scanned(warehouse_id=warehouse_id, code=to_code))
    if source == target:
        raise DomainError(_("Scan two different bins."))
    sku = scanning.sku_scanned(store_id=warehouse.store_id, code=sku_code)
    reference = f"{source.code} → {target.code}"[:60]
    shifts = [
        Shift(source.pk, sku.pk, -pieces, Kind.MOVED, reference),
        Shift(target.pk, sku.pk, pieces, Kind.MOVED, reference),
    ]
    retrying(partial(shift_pieces, shifts, actor=actor, at=at))
    return BinStock.objects.get(bin=target, sku=sku)


def count_bin(
    *,
    warehouse_id: int,
    bin_code: str,
    sku_code: str,
    found: int,
    actor: User | None,
    at: datetime,
) -> BinStock:
    """So many pieces of the SKU lie in the bin, as somebody has seen; the difference is a movement.

    The stock of the warehouse stays as it is: its stock-takes correct that. Raises NotAllowed,
    UnknownCode, and MoreThanOnHand. Locks the stock row, then the bin's stock.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(MOVE, warehouse, actor)
    if not 0 <= found <= MOST_PIECES:
        raise DomainError(_("A count is between 0 and %(most)s pieces.") % {"most": MOST_PIECES})
    place = scanning.bin_scanned(warehouse_id=warehouse_id, code=bin_code)
    sku = scanning.sku_scanned(store_id=warehouse.store_id, code=sku_code)
    return retrying(partial(_count, warehouse, place, sku.pk, found, actor=actor, at=at))


@transaction.atomic
def _count(
    warehouse: Warehouse, place: Bin, sku_id: int, found: int, *, actor: User | None, at: datetime
) -> BinStock:
    _hold_level(warehouse, sku_id)
    BinStock.objects.get_or_create(bin=place, sku_id=sku_id, defaults={"quantity": 0})
    row = BinStock.objects.locked().get(bin=place, sku=sku_id)
    difference = found - row.quantity
    if difference:
        shift_pieces([Shift(place.pk, sku_id, difference, Kind.COUNTED)], actor=actor, at=at)
    if difference > 0:
        _refuse_surplus(warehouse, sku_id, difference)
    row.refresh_from_db()
    return row


def shift_pieces(shifts: Sequence[Shift], *, actor: User | None, at: datetime) -> None:
    """All shifts are done and on record, or none: raises NotInBin. In the caller's transaction.

    Locks the rows by (bin, SKU), those that are missing after they were made.
    """
    with transaction.atomic():
        coming = [
            BinStock(bin_id=bin_id, sku_id=sku_id, quantity=0)
            for bin_id, sku_id in sorted({(s.bin_id, s.sku_id) for s in shifts if s.pieces > 0})
        ]
        BinStock.objects.bulk_create(coming, ignore_conflicts=True)
        for shift in sorted(shifts, key=lambda s: (s.bin_id, s.sku_id)):
            _shift(shift)
        _put_on_record(shifts, actor=actor, at=at)


def take_held(
    rows: Sequence[BinStock], shifts: Sequence[Shift], *, actor: User | None, at: datetime
) -> None:
    """All shifts are done and on record, of rows that the caller holds and looked at."""
    if not shifts:
        return
    held = {(row.bin_id, row.sku_id): row for row in rows}
    for shift in shifts:
        held[shift.bin_id, shift.sku_id].quantity += shift.pieces
    changed = {(shift.bin_id, shift.sku_id) for shift in shifts}
    BinStock.objects.bulk_update([held[key] for key in sorted(changed)], ["quantity"])
    _put_on_record(shifts, actor=actor, at=at)


def _put_on_record(shifts: Sequence[Shift], *, actor: User | None, at: datetime) -> None:
    BinMovement.objects.bulk_create(
        BinMovement(
            bin_id=shift.bin_id,
            sku_id=shift.sku_id,
            quantity=shift.pieces,
            kind=shift.kind,
            reference=shift.reference,
            actor=actor,
            at=at,
        )
        for shift in shifts
    )


def _shift(shift: Shift) -> None:
    here = BinStock.objects.filter(bin=shift.bin_id, sku=shift.sku_id)
    enough = here.filter(quantity__gte=-shift.pieces)
    if enough.update(quantity=F("quantity") + shift.pieces):
        return
    row = here.select_related("bin").first()
    there = row.quantity if row else 0
    label = row.bin.code if row else Bin.objects.get(pk=shift.bin_id).code
    raise NotInBin(
        _("%(bin)s: %(there)s pieces lie there, %(wanted)s were to be taken.")
        % {"bin": label, "there": there, "wanted": -shift.pieces},
        bin=label,
        there=there,
    )


def _usable(place: Bin) -> Bin:
    if not place.is_active:
        raise Conflict(_("The bin %(bin)s is out of use.") % {"bin": place}, bin=place.code)
    return place


def _check_pieces(pieces: int) -> None:
    if not 1 <= pieces <= MOST_PIECES:
        raise DomainError(_("Move 1 to %(most)s pieces.") % {"most": MOST_PIECES})


def _hold_level(warehouse: Warehouse, sku_id: int) -> None:
    """Two who put the same goods away at once take turns, and nothing leaves meanwhile."""
    list(StockLevel.objects.filter(warehouse=warehouse, sku=sku_id).locked())


def _refuse_surplus(warehouse: Warehouse, sku_id: int, came: int) -> None:
    """Raises MoreThanOnHand. The caller holds the stock row."""
    surplus = -not_put_away(warehouse.pk, [sku_id]).get(sku_id, 0)
    if surplus > 0:
        raise MoreThanOnHand(
            _(
                "The warehouse has %(left)s pieces of this SKU that lie in no bin. If there are "
                "more, receive them or open a stock-take first."
            )
            % {"left": max(came - surplus, 0)},
            left=max(came - surplus, 0),
        )


def not_put_away(warehouse_id: int, sku_ids: Iterable[int]) -> dict[int, int]:
    """SKU id → pieces on hand that lie in no bin; below zero where the bins say too many."""
    levels = StockLevel.objects.filter(warehouse=warehouse_id).of_skus(sku_ids)
    return dict(with_pieces_left(levels).values_list("sku_id", "left"))


def with_pieces_left(levels: QuerySet[StockLevel]) -> QuerySet[Any]:
    """The stock rows with `left`: pieces on hand that lie in no bin and in no picker's tote."""
    lying = (
        BinStock.objects.filter(bin__warehouse=OuterRef("warehouse"), sku=OuterRef("sku"))
        .order_by()
        .values("sku")
        .annotate(pieces=Sum("quantity"))
    )
    fetched = (
        PickLine.objects.filter(
            wave_order__warehouse=OuterRef("warehouse"),
            sku=OuterRef("sku"),
            picked__gt=0,
            wave_order__left_at=None,
            wave_order__order__fulfilment_state=Order.Fulfilment.RESERVED,
        )
        .order_by()
        .values("sku")
        .annotate(pieces=Sum("picked"))
    )
    on_hand = F("available") + F("reserved") + F("damaged")
    held = Coalesce(Subquery(lying.values("pieces")), 0) + Coalesce(
        Subquery(fetched.values("pieces")), 0
    )
    return levels.annotate(left=on_hand - held)


def propose_bins(warehouse_id: int, sku_ids: Sequence[int]) -> dict[int, Bin]:
    """SKU id → where to put it: its own bin, the one with most of it first, else a free one.

    Bins where nobody picks come last; a bin is proposed to one SKU only. Two queries.
    """
    own = BinStock.objects.filter(bin__warehouse=warehouse_id, bin__is_active=True, sku__in=sku_ids)
    own = own.annotate(is_pick=_IS_PICK).order_by("-is_pick", "-quantity", "bin_id")
    proposed: dict[int, Bin] = {}
    for row in own.select_related("bin__zone"):
        proposed.setdefault(row.sku_id, row.bin)
    rest = [sku_id for sku_id in sku_ids if sku_id not in proposed]
    free = (
        Bin.objects.active()
        .free()
        .filter(warehouse=warehouse_id, zone__kind__in=[Zone.Kind.PICK, Zone.Kind.BULK])
        .annotate(is_pick=Case(When(zone__kind=Zone.Kind.PICK, then=1), default=0))
        .order_by("-is_pick", "zone__position", "aisle", "bay", "level", "pk")
    )
    taken = {place.pk for place in proposed.values()}
    places = free.exclude(pk__in=taken).select_related("zone")[: len(rest)]
    proposed.update(zip(rest, places, strict=False))
    return proposed


_IS_PICK = Case(When(bin__zone__kind=Zone.Kind.PICK, then=1), default=0)
