"""Goods are fetched by scanning bin and article; what is not there is told and looked for (FUL-1).

Locks are taken in this order: the warehouse's name, the pick list, its lines, the wave, bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from fulfillment import scanning
from fulfillment.models import BinMovement, BinStock, Pick, PickLine, ShortPick
from fulfillment.models.picks import PickLineQuerySet
from fulfillment.services import bins, waves
from fulfillment.services.allocating import free_stock
from fulfillment.services.bins import Shift
from fulfillment.services.packing import TooMany, WrongItem
from fulfillment.services.planning import hold_plan
from fulfillment.services.walking import NOWHERE, place_in_walk
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = PickLine.State


class WrongBin(DomainError):
    """Another bin was scanned than the pick list names. Facts: `bin`, the right one."""

    code = "wrong_bin"


@dataclass(frozen=True)
class Scan:
    """What was scanned at a bin; None where a program has checked that itself."""

    bin_code: str | None = None
    sku_code: str | None = None


def pick_pieces(
    *, pick_id: int, line_id: int, pieces: int, scan: Scan, actor: User | None, at: datetime
) -> PickLine:
    """So many pieces of the line are fetched and have left their bin.

    Raises WrongBin, WrongItem, TooMany, NotInBin where fewer lie there than the record says,
    PickTaken and Conflict where the line is not open. Locks the pick list and the bin's stock.
    """
    if pieces < 1:
        raise DomainError(_("Pick one piece or more, or say that it is not there."))
    return retrying(partial(_pick, pick_id, line_id, pieces, scan, actor=actor, at=at))


@transaction.atomic
def _pick(
    pick_id: int, line_id: int, pieces: int, scan: Scan, *, actor: User | None, at: datetime
) -> PickLine:
    pick = waves.pick_of(pick_id, actor)
    line = _open_line(pick, line_id)
    _check(pick, line, scan)
    waves.start_pick(pick, actor, at)
    _fetch(pick, line, pieces, actor=actor, at=at)
    waves.end_picks([pick.pk], at=at)
    line.refresh_from_db()
    return line


def pick_stop(
    *,
    pick_id: int,
    position: int,
    pieces: int | None,
    scan: Scan,
    actor: User | None,
    at: datetime,
) -> list[PickLine]:
    """So many pieces, or all, of one stop of the walk are fetched, tote after tote.

    A stop is a bin and an article; returns its lines that got some. Raises what `pick_pieces` does.
    """
    return retrying(partial(_pick_stop, pick_id, position, pieces, scan, actor=actor, at=at))


@transaction.atomic
def _pick_stop(
    pick_id: int,
    position: int,
    pieces: int | None,
    scan: Scan,
    *,
    actor: User | None,
    at: datetime,
) -> list[PickLine]:
    pick = waves.pick_of(pick_id, actor)
    lines = _lines(pick).open().filter(position=position)
    waiting = list(lines.order_by("wave_order__slot", "pk"))
    if not waiting:
        raise Conflict(_("This stop is done, or its orders are not wanted any more."))
    _check(pick, waiting[0], scan)
    missing = sum(line.left for line in waiting)
    rest = missing if pieces is None else pieces
    if not 1 <= rest <= missing:
        raise _too_many(waiting[0], missing)
    waves.start_pick(pick, actor, at)
    fetched = []
    for line in waiting:
        part = min(rest, line.left)
        if part:
            _fetch(pick, line, part, actor=actor, at=at)
            fetched.append(line)
        rest -= part
    waves.end_picks([pick.pk], at=at)
    return fetched


def _lines(pick: Pick) -> PickLineQuerySet:
    return PickLine.objects.filter(pick=pick).select_related("bin", "sku", "wave_order__order")


def _open_line(pick: Pick, line_id: int) -> PickLine:
    line = _lines(pick).filter(pk=line_id).first()
    if line is None:
        raise DomainError(_("Pick list %(pick)s has no such line.") % {"pick": pick})
    if line.state != State.OPEN:
        raise Conflict(
            _("This line is %(state)s already.") % {"state": line.get_state_display()},
            state=line.state,
        )
    return line


def _check(pick: Pick, line: PickLine, scan: Scan) -> None:
    """Raises WrongBin, WrongItem: the right place first, then the right thing."""
    label = line.bin.code if line.bin else ""
    if scan.bin_code is not None and scan.bin_code.strip().lower() != label.lower():
        raise WrongBin(
            _("%(scanned)s is the wrong bin: go to %(bin)s.")
            % {
                "scanned": scan.bin_code.strip() or "–",
                "bin": label or _("the goods that are not put away"),
            },
            bin=label,
        )
    if scan.sku_code is None:
        return
    store_id = pick.wave.warehouse.store_id
    code = scan.sku_code.strip()
    if line.sku_id not in scanning.skus_scanned(store_id=store_id, code=code):
        raise WrongItem(
            _("%(code)s is the wrong article: take %(sku)s. Put it back.")
            % {"code": code or "–", "sku": line.sku.code},
            code=code,
        )


def _fetch(pick: Pick, line: PickLine, pieces: int, *, actor: User | None, at: datetime) -> None:
    if line.bin_id is not None:
        shift = Shift(
            line.bin_id, line.sku_id, -pieces, BinMovement.Kind.PICKED, reference=pick.number
        )
        bins.shift_pieces([shift], actor=actor, at=at)
    open_ones = PickLine.objects.open().filter(pk=line.pk)
    picked = open_ones.filter(wanted__gt=F("picked") + pieces).update(
        picked=F("picked") + pieces, picked_by=actor, picked_at=at
    )
    if picked:
        return
    if not open_ones.filter(wanted=F("picked") + pieces).update(
        picked=F("wanted"), state=State.PICKED, picked_by=actor, picked_at=at
    ):
        raise _too_many(line, line.left)


def _too_many(line: PickLine, left: int) -> TooMany:
    return TooMany(
        _("%(code)s: %(left)s pieces are wanted here, no more.")
        % {"code": line.sku.code, "left": left},
        code=line.sku.code,
        left=left,
    )


def report_short(
    *, pick_id: int, line_id: int, reason: str, actor: User | None, at: datetime, note: str = ""
) -> ShortPick:
    """The rest of the line is not there; where other bins have it, the walk goes on to them.

    The bin is counted down to what was found. What no bin has stays open for somebody to decide
    (`ShortPick`), and the warehouse is alerted. Stock of the warehouse stays on record: its
    corrections say what was lost. Raises PickTaken, Conflict. Locks the warehouse's name, the pick
    list, the bins.
    """
    if reason not in ShortPick.Reason.values:
        raise DomainError(_("Say why it can't be picked."))
    return retrying(partial(_short, pick_id, line_id, reason, note.strip()[:200], actor, at))


@transaction.atomic
def _short(
    pick_id: int, line_id: int, reason: str, note: str, actor: User | None, at: datetime
) -> ShortPick:
    hold_plan(Pick.objects.values_list("wave__warehouse", flat=True).get(pk=pick_id))
    pick = waves.pick_of(pick_id, actor)
    line = _open_line(pick, line_id)
    waves.start_pick(pick, actor, at)
    missing = line.left
    PickLine.objects.filter(pk=line.pk).update(state=State.SHORT)
    _count_down(pick, line, missing, reason, actor=actor, at=at)
    found = replace_pieces(pick, line, missing)
    is_found = found == missing
    short = ShortPick.objects.create(
        line=line,
        pieces=missing if is_found else missing - found,
        reason=reason,
        note=note,
        state=ShortPick.State.REPLANNED if is_found else ShortPick.State.OPEN,
        told_by=actor,
        told_at=at,
        settled_at=at if is_found else None,
    )
    waves.end_picks([pick.pk], at=at)
    return short


def _count_down(
    pick: Pick, line: PickLine, missing: int, reason: str, *, actor: User | None, at: datetime
) -> None:
    """Of what is not there nothing is left; of damaged pieces those that were wanted are out."""
    if line.bin_id is None:
        return
    row = BinStock.objects.locked().filter(bin=line.bin_id, sku=line.sku_id).first()
    there = row.quantity if row else 0
    gone = there if reason == ShortPick.Reason.MISSING else min(missing, there)
    if gone:
        kind = BinMovement.Kind.COUNTED
        shift = Shift(line.bin_id, line.sku_id, -gone, kind, reference=pick.number)
        bins.shift_pieces([shift], actor=actor, at=at)


def replace_pieces(pick: Pick, line: PickLine, missing: int) -> int:
    """New lines of the walk for what other bins of the warehouse have free; returns their pieces.

    The caller holds the warehouse's plan and the pick list.
    """
    stock = free_stock(pick.wave.warehouse_id, [line.sku_id])
    taken = [(place, part) for place, part in stock.take(line.sku_id, missing) if place]
    PickLine.objects.bulk_create(
        PickLine(
            pick=pick,
            wave_order_id=line.wave_order_id,
            line_id=line.line_id,
            sku_id=line.sku_id,
            bin=place,
            wanted=part,
            position=line.position,
        )
        for place, part in taken
    )
    if taken:
        lay_out(pick)
    return sum(part for _place, part in taken)


def lay_out(pick: Pick) -> None:
    """What is still open is walked in the shortest way from here on."""
    done = PickLine.objects.filter(pick=pick).exclude(state=State.OPEN)
    position = max(done.values_list("position", flat=True), default=0)
    lines = list(PickLine.objects.open().filter(pick=pick).select_related("bin__zone"))
    stops: dict[tuple[int | None, int], list[PickLine]] = {}
    for line in lines:
        stops.setdefault((line.bin_id, line.sku_id), []).append(line)

    def key(stop: list[PickLine]) -> tuple:
        place = stop[0].bin
        return (place_in_walk(place) if place else NOWHERE, stop[0].sku_id)

    for number, stop in enumerate(sorted(stops.values(), key=key), start=position + 1):
        for line in stop:
            line.position = number
    PickLine.objects.bulk_update(lines, ["position"])
