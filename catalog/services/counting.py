"""Stock-takes (盘点): SKUs are counted blind, one by one, while goods keep moving (CAT-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from catalog.models import (
    CountEntry,
    CountLine,
    CountSession,
    Sku,
    StockLevel,
    StockMovement,
    StockState,
    Warehouse,
)
from catalog.services.bundles import check_no_bundles
from catalog.services.handling import require_right
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

COUNT = "catalog.count_stock"
SHELF = (StockState.AVAILABLE, StockState.RESERVED)


class NotCounted(DomainError):
    """The count can't be taken as it is: unknown code, or an amount below zero."""

    code = "not_counted"


_LINES = """
INSERT INTO catalog_countline (session_id, sku_id, warehouse_id, is_open, wants_recount)
SELECT %(session)s, k.id, %(warehouse)s, true, false
FROM catalog_sku k
WHERE k.store_id = %(store)s AND CASE
    WHEN %(codes)s::text[] <> '{}' THEN k.code = ANY (%(codes)s)
    ELSE starts_with(upper(k.code), upper(%(prefix)s)) AND EXISTS (
        SELECT FROM catalog_stocklevel l
        WHERE l.sku_id = k.id AND l.warehouse_id = %(warehouse)s
    ) END
ORDER BY k.id
"""


def open_count(
    *,
    warehouse_id: int,
    name: str,
    actor: User | None,
    at: datetime,
    prefix: str = "",
    codes: Sequence[str] = (),
) -> CountSession:
    """A stock-take of the warehouse's SKUs is open: all, those of a prefix, or the named ones.

    Raises NotAllowed, NotCounted where a code is unknown or nothing is left to count, and Conflict
    where another open stock-take has one of the SKUs.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(COUNT, warehouse, actor)
    facts: dict[str, Any] = {
        "warehouse": warehouse.pk,
        "store": warehouse.store_id,
        "prefix": prefix,
        "codes": sorted(set(codes)),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            session = CountSession.objects.create(
                warehouse=warehouse, name=name, prefix=prefix, opened_by=actor, opened_at=at
            )
            cursor.execute(_LINES, facts | {"session": session.pk})
            if not cursor.rowcount or (codes and cursor.rowcount < len(set(codes))):
                raise NotCounted(_("There is nothing to count, or a SKU code is not known."))
    except IntegrityError as error:
        raise Conflict(
            _("Another open stock-take of this warehouse counts some of these SKUs already.")
        ) from error
    return session


def record_count(
    *,
    session_id: int,
    sku_code: str,
    quantity: int,
    actor: User | None,
    at: datetime,
) -> CountLine:
    """So many pieces lie on the shelf; what is on record at this moment stands beside it.

    A SKU of the store that nobody expected joins the stock-take. The last count of a line holds,
    all are kept. `at` may be past, as a scanner without a network tells it. Raises NotAllowed,
    NotCounted, Conflict once the stock-take is over. Locks the line, then its stock row, so that
    the record is that of a moment between two moves.
    """
    session = CountSession.objects.select_related("warehouse").get(pk=session_id)
    require_right(COUNT, session.warehouse, actor)
    if quantity < 0:
        raise NotCounted(_("A count is never below zero."))
    sku = Sku.objects.filter(store=session.warehouse.store_id, code=sku_code).first()
    if sku is None:
        raise NotCounted(_("No SKU has the code %(code)s.") % {"code": sku_code[:80]})
    return retrying(partial(_record, session, sku, quantity, actor=actor, at=at))


def _record(
    session: CountSession, sku: Sku, quantity: int, *, actor: User | None, at: datetime
) -> CountLine:
    with transaction.atomic():
        line = _locked_line(session, sku)
        line.counted, line.counted_at, line.wants_recount = quantity, at, False
        line.book = book_of(sku.pk, session.warehouse_id, at)
        line.save(update_fields=["counted", "book", "counted_at", "wants_recount"])
        CountEntry.objects.create(line=line, quantity=quantity, book=line.book, at=at, actor=actor)
    return line


def _locked_line(session: CountSession, sku: Sku) -> CountLine:
    """The SKU's line, locked and open. Who ends the stock-take closes its lines."""
    locked = CountLine.objects.select_for_update()
    line = locked.filter(session=session, sku=sku).first()
    if line is None:
        # Held until the line is committed: nobody ends a stock-take that a line joins.
        if not CountSession.objects.open().select_for_update().filter(pk=session.pk).exists():
            raise _over()
        try:
            with transaction.atomic():
                CountLine.objects.create(session=session, sku=sku, warehouse=session.warehouse)
        except IntegrityError as error:
            if not CountLine.objects.filter(session=session, sku=sku).exists():
                raise Conflict(_("Another open stock-take counts this SKU already.")) from error
        line = locked.get(session=session, sku=sku)
    if not line.is_open:
        raise _over()
    return line


def _over() -> Conflict:
    return Conflict(_("This stock-take is over."))


def book_of(sku_id: int, warehouse_id: int, at: datetime) -> int:
    """Pieces on the shelf by the record of that moment; holds the stock row until the commit."""
    check_no_bundles([sku_id])
    StockLevel.objects.get_or_create(sku_id=sku_id, warehouse_id=warehouse_id)
    level = StockLevel.objects.locked().get(sku=sku_id, warehouse=warehouse_id)
    later = StockMovement.objects.filter(sku=sku_id, warehouse=warehouse_id, at__gt=at)
    moved = sum(
        line.quantity * ((line.to_state in SHELF) - (line.from_state in SHELF)) for line in later
    )
    return level.available + level.reserved - moved


def want_recount(*, session_id: int, line_ids: Sequence[int], actor: User | None) -> int:
    """These lines are to be counted again before the stock-take can be posted. Returns how many."""
    session = CountSession.objects.select_related("warehouse").get(pk=session_id)
    require_right(COUNT, session.warehouse, actor)
    lines = CountLine.objects.filter(session=session, pk__in=list(line_ids), is_open=True)
    return lines.counted().update(wants_recount=True)


def abandon_count(*, session_id: int, actor: User | None, at: datetime) -> None:
    """The stock-take is over and corrects nothing. Raises NotAllowed, Conflict."""
    session = CountSession.objects.select_related("warehouse").get(pk=session_id)
    require_right(COUNT, session.warehouse, actor)
    with transaction.atomic():
        close_count(session_id, CountSession.State.ABANDONED, actor=actor, at=at)


def close_count(
    session_id: int, state: CountSession.State, *, actor: User | None, at: datetime
) -> CountSession:
    """The stock-take ends this way, once; its lines are closed. Raises Conflict for the second.

    In the caller's transaction, which holds the stock-take and its lines from here on.
    """
    closed = CountSession.objects.open().filter(pk=session_id)
    if not closed.update(state=state, closed_by=actor, closed_at=at):
        raise _over()
    session = CountSession.objects.select_related("warehouse__store").get(pk=session_id)
    session.lines.update(is_open=False)
    return session
