"""Stock is corrected: a little by one person, more only when finance agrees (CAT-7).

Two ways to do it share limits, rights and the request: pieces found or missing on the shelf, and
damaged pieces written off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Sku, StockLevel, StockMovement, StockState, Warehouse
from catalog.services.bundles import check_no_bundles
from catalog.services.pricing import VIEW_COST
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.approvals import kinds
from opsdesk.approvals.kinds import Band, Change, Description
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.db import retrying
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

ADJUST, APPROVE = "catalog.adjust_stock", "catalog.approve_adjustment"
REFERENCE = "approval:"

PIECES_ALONE = Setting(
    key="catalog.adjust_pieces_alone",
    clause="CAT-7",
    title=gettext_lazy("Pieces that one person adjusts alone"),
    default=Decimal(50),
    unit=Unit.PIECES,
    is_limit=True,
)
AMOUNT_ALONE = Setting(
    key="catalog.adjust_amount_alone",
    clause="CAT-7",
    title=gettext_lazy("Amount that one person adjusts alone"),
    default=Decimal(5_000),
    unit=Unit.MONEY,
    is_limit=True,
)


@dataclass(frozen=True)
class Way:
    """The request's kind, the ledger's kind, and the state whose pieces become more or fewer."""

    code: str
    line_kind: str
    state: StockState
    before: str | Promise


SHELF = Way(
    "catalog.adjustment",
    Kind.COUNT,
    StockState.AVAILABLE,
    gettext_lazy("Available when asked for"),
)
DAMAGED = Way(
    "catalog.write_off",
    Kind.WRITE_OFF,
    StockState.DAMAGED,
    gettext_lazy("Damaged when asked for"),
)


@dataclass(frozen=True)
class Adjustment:
    """Pieces found too many (above zero) or missing (below), and why."""

    sku: Sku
    warehouse: Warehouse
    pieces: int
    reason: str
    way: Way = SHELF

    @property
    def subject_key(self) -> str:
        return f"{self.sku.pk}:{self.warehouse.pk}"

    @property
    def amount(self) -> Decimal:
        return abs(self.pieces) * worth_of(self.sku)


def adjust_stock(
    *,
    sku_id: int,
    warehouse_id: int,
    pieces: int,
    reason: str,
    actor: User,
    at: datetime,
    replaces: int | None = None,
) -> StockMovement | Approval:
    """The correction is a ledger line; above the limits it waits for finance, and then is one.

    The limits count what this person has adjusted or asked for on the SKU in the warehouse within
    the summing window. An edit of a request (`replaces`, its id) stays one, however small. Locks
    the stock row, so that corrections of one place take turns.
    """
    sku = Sku.objects.select_related("store").get(pk=sku_id)
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    adjustment = Adjustment(sku, warehouse, pieces, reason.strip())
    _check(adjustment, actor)
    return retrying(partial(_adjust, adjustment, replaces, actor=actor, at=at))


def write_off(
    *,
    sku_id: int,
    warehouse_id: int,
    pieces: int,
    reason: str,
    actor: User,
    at: datetime,
    replaces: int | None = None,
) -> StockMovement | Approval:
    """So many damaged pieces are gone from the ledger; above the limits finance agrees first.

    As `adjust_stock`, with the same limits, counted apart. Raises InsufficientStock.
    """
    sku = Sku.objects.select_related("store").get(pk=sku_id)
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    adjustment = Adjustment(sku, warehouse, -pieces, reason.strip(), DAMAGED)
    if pieces < 0:
        raise DomainError(_("A move takes at least one piece."))
    _check(adjustment, actor)
    return retrying(partial(_adjust, adjustment, replaces, actor=actor, at=at))


def worth_of(sku: Sku) -> Decimal:
    """A piece's cost; what it sells for where no cost is known."""
    return next((price for price in (sku.cost, sku.list_price) if price is not None), Decimal(0))


def _check(adjustment: Adjustment, actor: User) -> None:
    if adjustment.sku.store_id != adjustment.warehouse.store_id:
        raise DomainError(_("The SKU and the warehouse belong to different stores."))
    if not adjustment.pieces:
        raise DomainError(_("A correction of no pieces changes nothing."))
    if not adjustment.reason:
        raise DomainError(_("Say why the stock is corrected."))
    if not may_adjust(actor, adjustment.warehouse):
        raise NotAllowed(_("You may not correct stock in this warehouse."))


def may_adjust(actor: User, warehouse: Warehouse) -> bool:
    visible = Warehouse.objects.visible_to(actor).filter(pk=warehouse.pk)
    return actor.has_perm(ADJUST, warehouse) and visible.exists()


def _adjust(
    adjustment: Adjustment, replaces: int | None, *, actor: User, at: datetime
) -> StockMovement | Approval:
    with transaction.atomic():
        level = _locked_level(adjustment)
        if replaces is None and not _is_above_limits(adjustment, actor, at):
            return _move(adjustment, actor=actor, at=at)
        sku, warehouse, way = adjustment.sku, adjustment.warehouse, adjustment.way
        request = filing.Request(
            kind=way.code,
            store=sku.store,
            subject_key=adjustment.subject_key,
            subject_label=sku.code,
            subject=level,
            amount=adjustment.amount,
            asked={
                "sku_id": sku.pk,
                "warehouse_id": warehouse.pk,
                "pieces": adjustment.pieces,
                str(way.state): getattr(level, way.state),
                "reason": adjustment.reason,
            },
        )
        return filing.file_or_edit(request=request, actor=actor, at=at, replaces=replaces)


def _locked_level(adjustment: Adjustment) -> StockLevel:
    place: dict[str, Any] = {"sku": adjustment.sku, "warehouse": adjustment.warehouse}
    check_no_bundles([adjustment.sku.pk])
    StockLevel.objects.get_or_create(**place)
    return StockLevel.objects.filter(**place).locked().get()


def _is_above_limits(adjustment: Adjustment, actor: User, at: datetime) -> bool:
    store, code = adjustment.sku.store, adjustment.way.code
    limits = procedure.numbers_of(
        [PIECES_ALONE.key, AMOUNT_ALONE.key, "approvals.sums_within"],
        store=store,
        channel=None,
        at=at,
    )
    since = at - timedelta(minutes=float(limits["approvals.sums_within"].value))
    amount = filing.counted_amount(
        kind=code,
        store=store,
        filer=actor,
        subject_key=adjustment.subject_key,
        amount=adjustment.amount,
        at=at,
    )
    pieces = abs(adjustment.pieces) + _pieces_lately(adjustment, actor, since)
    return pieces > limits[PIECES_ALONE.key].value or amount > limits[AMOUNT_ALONE.key].value


def _pieces_lately(adjustment: Adjustment, actor: User, since: datetime) -> int:
    """What this person adjusted alone, and asked for, on the SKU in the warehouse."""
    way, subject_key = adjustment.way, adjustment.subject_key
    lines = _adjusted_alone(way, subject_key, actor, since)
    alone = lines.aggregate(sum=Sum("quantity"))["sum"] or 0
    asked_for = Approval.objects.filter(
        kind=way.code,
        filer=actor,
        subject_key=subject_key,
        state__in=filing.COUNTED,
        filed_at__gt=since,
    )
    return alone + sum(abs(approval.asked["pieces"]) for approval in asked_for)


def _adjusted_alone(
    way: Way, subject_key: str, actor: User, since: datetime
) -> QuerySet[StockMovement]:
    sku_id, warehouse_id = map(int, subject_key.split(":"))
    lines = StockMovement.objects.filter(sku=sku_id, warehouse=warehouse_id, kind=way.line_kind)
    return lines.filter(actor=actor, at__gt=since).exclude(reference__startswith=REFERENCE)


def _amount_alone(
    way: Way, _store: Store | None, filer: User, subject_key: str, since: datetime
) -> Decimal:
    lines = _adjusted_alone(way, subject_key, filer, since)
    pieces = lines.aggregate(sum=Sum(F("quantity")))["sum"] or 0
    return pieces * worth_of(Sku.objects.get(pk=subject_key.split(":")[0]))


def _move(
    adjustment: Adjustment, *, actor: User, at: datetime, reference: str = ""
) -> StockMovement:
    way = adjustment.way
    states = ("", way.state) if adjustment.pieces > 0 else (way.state, "")
    move = Move(
        adjustment.sku.pk,
        adjustment.warehouse.pk,
        way.line_kind,
        abs(adjustment.pieces),
        reference=reference,
        note=adjustment.reason[:200],
        states=states,
    )
    return move_stock([move], actor=actor, at=at)[0]


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What a piece is worth, and where it lies. Not how many there are: orders take some meanwhile,
    and the correction is of so many pieces, not to a number of them."""
    sku = Sku.objects.get(pk=asked["sku_id"])
    warehouse = Warehouse.objects.get(pk=asked["warehouse_id"])
    return {"sku": sku.code, "warehouse": str(warehouse), "worth": str(worth_of(sku))}


def _describe(way: Way, approval: Approval) -> Description:
    asked, found = approval.asked, approval.snapshot["found"]
    before, pieces = asked[way.state], asked["pieces"]
    return Description(
        summary=_("%(sku)s in %(warehouse)s: %(pieces)s pieces")
        % {"sku": found["sku"], "warehouse": found["warehouse"], "pieces": f"{pieces:+}"},
        changes=[
            Change(str(way.before), str(before), str(before + pieces)),
            Change(_("Pieces"), "", f"{pieces:+}"),
            Change(_("Worth of a piece"), "", "", f"{Decimal(found['worth']):,.2f}"),
            Change(_("Reason"), "", asked["reason"]),
        ],
    )


def _carry_out(way: Way, approval: Approval, at: datetime) -> dict[str, Any]:
    asked = approval.asked
    adjustment = Adjustment(
        Sku.objects.get(pk=asked["sku_id"]),
        Warehouse.objects.get(pk=asked["warehouse_id"]),
        asked["pieces"],
        asked["reason"],
        way,
    )
    if not may_adjust(approval.filer, adjustment.warehouse):
        raise NotAllowed(_("Whoever filed this may not correct stock in this warehouse."))
    reference = f"{REFERENCE}{approval.pk}"
    line = _move(adjustment, actor=approval.filer, at=at, reference=reference)
    return {"movement": line.pk}


def _kind(way: Way, title: Promise, form: str) -> kinds.Kind:
    return kinds.Kind(
        code=way.code,
        title=title,
        clause="CAT-7",
        files=ADJUST,
        decides=APPROVE,
        bands=(Band((Role.FINANCE,)),),
        found=_found,
        describe=partial(_describe, way),
        carry_out=partial(_carry_out, way),
        done_alone=partial(_amount_alone, way),
        form=lambda _approval: reverse(form),
        costs_need=VIEW_COST,
    )


ADJUSTMENT = _kind(SHELF, gettext_lazy("Correction of stock"), "admin:catalog_stocklevel_adjust")
WRITE_OFF = _kind(
    DAMAGED, gettext_lazy("Write-off of damaged pieces"), "admin:catalog_stocklevel_write_off"
)
