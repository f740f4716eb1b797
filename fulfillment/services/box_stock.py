"""Boxes come in, are counted, and go with parcels; whoever orders them is told in time (FUL-6).

Every change is a line of `BoxMovement` beside the number. A box's stock is locked after its parcel.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.handling import require_right
from fulfillment.models import Box, BoxMovement, BoxStock, Parcel, ParcelBox
from fulfillment.services import boxing
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

MOVE = "fulfillment.move_box_stock"
MOST_BOXES = 1_000_000
Kind = BoxMovement.Kind

LOW = AlertKind(
    code="fulfillment.boxes_low",
    title=gettext_lazy("Boxes are running out"),
    clause="FUL-6",
    runbook=gettext_lazy(
        "Order boxes and put down what came, or count them if there are more. The alert closes by "
        "itself above the reorder point."
    ),
    evidence={
        "box": gettext_lazy("box"),
        "there": gettext_lazy("boxes there"),
        "reorder_point": gettext_lazy("reorder point"),
    },
    acts_on=ListPlace(
        "admin:fulfillment_boxstock_changelist", "fulfillment.view_boxstock", tab="low"
    ),
)


def receive_boxes(
    *, stock_id: int, boxes: int, actor: User | None, at: datetime, note: str = ""
) -> BoxStock:
    """So many more boxes are there. Raises NotAllowed, DomainError. Locks the row."""
    if not 1 <= boxes <= MOST_BOXES:
        raise DomainError(_("Receive 1 to %(most)s boxes.") % {"most": MOST_BOXES})
    return retrying(partial(_moved, stock_id, Kind.RECEIVED, boxes, None, note, actor, at))


def count_boxes(
    *, stock_id: int, found: int, actor: User | None, at: datetime, note: str = ""
) -> BoxStock:
    """So many boxes are there, as somebody has seen; the difference is a line of its own.

    Raises NotAllowed, DomainError. Locks the row.
    """
    if not 0 <= found <= MOST_BOXES:
        raise DomainError(_("A count is between 0 and %(most)s boxes.") % {"most": MOST_BOXES})
    return retrying(partial(_moved, stock_id, Kind.COUNTED, None, found, note, actor, at))


@transaction.atomic
def _moved(
    stock_id: int,
    kind: str,
    came: int | None,
    found: int | None,
    note: str,
    actor: User | None,
    at: datetime,
) -> BoxStock:
    stock = BoxStock.objects.select_related("warehouse", "box").locked().get(pk=stock_id)
    require_right(MOVE, stock.warehouse, actor)
    difference = came if came is not None else (found or 0) - stock.quantity
    if difference:
        BoxStock.objects.filter(pk=stock.pk).update(quantity=F("quantity") + difference)
        BoxMovement.objects.create(
            stock=stock,
            warehouse=stock.warehouse,
            kind=kind,
            quantity=difference,
            note=note.strip()[:200],
            actor=actor,
            at=at,
        )
        stock.quantity += difference
    return stock


def choose_box(parcel: Parcel, box: Box, *, at: datetime) -> None:
    """The parcel, which is open, goes into this box, whatever was chosen before. Locks it."""
    if not Parcel.objects.filter(state=Parcel.State.OPEN).locked().filter(pk=parcel.pk).exists():
        raise Conflict(_("Parcel %(parcel)s is closed.") % {"parcel": parcel})
    ParcelBox.objects.update_or_create(
        parcel=parcel, defaults={"box": box, "is_scanned": True, "at": at}
    )


def box_called(text: str, parcel: Parcel) -> Box | None:
    """The box of this code that the parcel's warehouse has."""
    return Box.objects.here(parcel.warehouse).filter(code__iexact=text.strip()).first()


def take_box(parcel: Parcel, actor: User | None, at: datetime) -> None:
    """The closed parcel's box is one less in its warehouse, once (FUL-6).

    Without a scanned box it is the one that was proposed, where that is one. Packing never fails
    for it: what nobody counts, or nobody knows, is left. The caller holds the parcel.
    """
    chosen = ParcelBox.objects.filter(parcel=parcel).values_list("box", flat=True).first()
    box_id = chosen or _proposed(parcel, at)
    if box_id is None:
        return
    stock = BoxStock.objects.filter(box=box_id, warehouse=parcel.warehouse_id).locked().first()
    if stock is None:
        return
    line = BoxMovement(
        stock=stock,
        warehouse_id=parcel.warehouse_id,
        kind=Kind.USED,
        quantity=-1,
        parcel=parcel,
        actor=actor,
        at=at,
    )
    if BoxMovement.objects.filter(parcel=parcel, kind=Kind.USED).exists():
        return
    line.save(force_insert=True)
    BoxStock.objects.filter(pk=stock.pk).update(quantity=F("quantity") - 1)


def _proposed(parcel: Parcel, at: datetime) -> int | None:
    """The one box that was proposed for what is inside, on record as such."""
    if not BoxStock.objects.filter(warehouse=parcel.warehouse_id).exists():
        return None
    inside: dict[int, int] = defaultdict(int)
    for sku_id, pieces in parcel.items.values_list("sku_id", "quantity"):
        inside[sku_id] += pieces
    proposal = boxing.propose(inside, warehouse=parcel.warehouse)
    if not proposal.is_complete or len(proposal.boxes) != 1:
        return None
    box_id: int = proposal.boxes[0].carton.box_id
    ParcelBox.objects.create(parcel=parcel, box_id=box_id, at=at)
    return box_id


def tell_low(at: datetime) -> int:
    """Each box at its reorder point or below has an alert; the others have none. Returns how
    many. Safe to repeat."""
    rows = BoxStock.objects.low().filter(box__is_active=True).select_related("box", "warehouse")
    found: dict[int, list[alerts.Finding]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.warehouse.store_id].append(
            alerts.Finding(
                key=str(row.pk),
                subject_label=f"{row.box} · {row.warehouse}",
                owner_role=Role.WAREHOUSE,
                evidence={
                    "box": row.box.code,
                    "there": row.quantity,
                    "reorder_point": row.reorder_point,
                },
            )
        )
    for store_id in Store.objects.active().values_list("pk", flat=True):
        alerts.report(LOW, found[store_id], store_id=store_id, at=at)
    return sum(len(each) for each in found.values())


def _run(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"low": tell_low(at)}


JOB = Job(
    "fulfillment.look_at_boxes",
    gettext_lazy("Boxes that are running out"),
    _run,
    every=timedelta(minutes=15),
)
