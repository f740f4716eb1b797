"""What a stock-take found becomes ledger lines, above the limits once finance agrees (CAT-7).

The request stands on the counts: a line that is counted anew, or a cost that changes, voids it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import CountLine, CountSession, StockMovement, StockState
from catalog.services.adjusting import (
    ADJUST,
    AMOUNT_ALONE,
    APPROVE,
    PIECES_ALONE,
    REFERENCE,
    may_adjust,
    worth_of,
)
from catalog.services.counting import close_count
from catalog.services.pricing import VIEW_COST
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.approvals import kinds
from opsdesk.approvals.kinds import Band, Change, Description
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SHOWN_LINES = 50


@dataclass(frozen=True)
class Variance:
    """SKUs that differ, and by how much; pieces and amount without their sign."""

    lines: list[CountLine]

    @property
    def pieces(self) -> int:
        return sum(abs(line.variance or 0) for line in self.lines)

    @property
    def amount(self) -> Decimal:
        worth = (abs(line.variance or 0) * worth_of(line.sku) for line in self.lines)
        return sum(worth, Decimal(0))


def variance_of(session: CountSession) -> Variance:
    return Variance(list(session.lines.varying().select_related("sku").order_by("sku_id")))


def post_count(*, session_id: int, actor: User, at: datetime) -> CountSession | Approval:
    """What differs is corrected, once, by as much as it differed when it was counted.

    Lines that nobody counted are left as they are. Above the limits, which count what this person
    has corrected alone in the warehouse within the summing window, finance agrees first. Raises
    NotAllowed, Conflict once it is over, InsufficientStock where orders have taken what is missing;
    then nothing is corrected. Locks the stock-take, its lines, then the stock rows in SKU order.
    """
    session = CountSession.objects.select_related("warehouse__store").get(pk=session_id)
    if not may_adjust(actor, session.warehouse):
        raise NotAllowed(_("You may not correct stock in this warehouse."))
    return retrying(partial(_post_or_file, session_id, actor=actor, at=at))


def _post_or_file(session_id: int, *, actor: User, at: datetime) -> CountSession | Approval:
    with transaction.atomic():
        session = close_count(session_id, CountSession.State.POSTED, actor=actor, at=at)
        if session.lines.filter(wants_recount=True).exists():
            raise DomainError(_("Some lines are to be counted again first."))
        if not session.lines.counted().exists():
            raise DomainError(_("Nothing has been counted yet."))
        variance = variance_of(session)
        if not _is_above_limits(session, variance, actor, at):
            _post(session, variance, reference=f"count:{session.pk}", actor=actor, at=at)
            return session
        # Closed first, so that no line changes while it is looked at; now it stays open after all.
        transaction.set_rollback(True)
    return _file(session, variance, actor=actor, at=at)


def _is_above_limits(session: CountSession, variance: Variance, actor: User, at: datetime) -> bool:
    limits = procedure.numbers_of(
        [PIECES_ALONE.key, AMOUNT_ALONE.key, "approvals.sums_within"],
        store=session.warehouse.store,
        channel=None,
        at=at,
    )
    since = at - timedelta(minutes=float(limits["approvals.sums_within"].value))
    lately = list(
        StockMovement.objects.filter(
            warehouse=session.warehouse, kind=Kind.COUNT, actor=actor, at__gt=since
        )
        .exclude(reference__startswith=REFERENCE)
        .select_related("sku")
    )
    pieces = variance.pieces + sum(line.quantity for line in lately)
    amount = variance.amount + sum(line.quantity * worth_of(line.sku) for line in lately)
    return pieces > limits[PIECES_ALONE.key].value or amount > limits[AMOUNT_ALONE.key].value


def _file(session: CountSession, variance: Variance, *, actor: User, at: datetime) -> Approval:
    with transaction.atomic():
        CountSession.objects.open().select_for_update().get(pk=session.pk)
        if request_of(session) is not None:
            raise Conflict(_("Finance has not decided on this stock-take yet."))
        request = filing.Request(
            kind=COUNT_RESULT.code,
            store=session.warehouse.store,
            subject_key=_subject_key(session),
            subject_label=session.name,
            subject=session,
            amount=variance.amount,
            asked={"session_id": session.pk},
        )
        return filing.file_approval(request=request, filer=actor, at=at)


def request_of(session: CountSession) -> Approval | None:
    """The request that waits for a decision, or to be carried out."""
    waiting = [Approval.State.PENDING, Approval.State.APPROVED]
    requests = Approval.objects.filter(
        kind=COUNT_RESULT.code, subject_key=_subject_key(session), state__in=waiting
    )
    return requests.first()


def _subject_key(session: CountSession) -> str:
    return f"count:{session.pk}"


def _post(
    session: CountSession, variance: Variance, *, reference: str, actor: User | None, at: datetime
) -> None:
    moves = [
        Move(
            line.sku_id,
            session.warehouse_id,
            Kind.COUNT,
            abs(line.variance or 0),
            reference=reference,
            note=session.name,
            states=("", StockState.AVAILABLE)
            if (line.variance or 0) > 0
            else (StockState.AVAILABLE, ""),
        )
        for line in variance.lines
    ]
    if moves:
        move_stock(moves, actor=actor, at=at)


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The counts that differ, and what a piece is worth."""
    session = CountSession.objects.select_related("warehouse").get(pk=asked["session_id"])
    lines = [
        [line.sku.code, line.book, line.counted, str(worth_of(line.sku))]
        for line in variance_of(session).lines
    ]
    return {"name": session.name, "warehouse": str(session.warehouse), "lines": lines}


def _describe(approval: Approval) -> Description:
    found = approval.snapshot["found"]
    lines = found["lines"]
    facts = {
        "name": found["name"],
        "warehouse": found["warehouse"],
        "skus": len(lines),
        "pieces": sum(abs(counted - book) for _code, book, counted, _worth in lines),
    }
    return Description(
        summary=_("%(name)s in %(warehouse)s: %(skus)s SKUs differ, by %(pieces)s pieces") % facts,
        changes=[
            Change(code, str(book), str(counted))
            for code, book, counted, _worth in lines[:SHOWN_LINES]
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    session = CountSession.objects.select_related("warehouse").get(pk=approval.asked["session_id"])
    if not may_adjust(approval.filer, session.warehouse):
        raise NotAllowed(_("Whoever filed this may not correct stock in this warehouse."))
    with transaction.atomic():
        posted = CountSession.State.POSTED
        session = close_count(session.pk, posted, actor=approval.filer, at=at)
        reference = f"{REFERENCE}{approval.pk}"
        variance = variance_of(session)
        _post(session, variance, reference=reference, actor=approval.filer, at=at)
    return {"session": session.pk, "skus": len(variance.lines)}


COUNT_RESULT = kinds.Kind(
    code="catalog.count",
    title=gettext_lazy("Result of a stock-take"),
    clause="CAT-7",
    files=ADJUST,
    decides=APPROVE,
    bands=(Band((Role.FINANCE,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
    costs_need=VIEW_COST,
)
