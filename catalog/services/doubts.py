"""What somebody doubts of the stock on record waits to be counted (CAT-7)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from catalog.models import CountEntry, CountLine, CountSession
from catalog.services.counting import book_of
from opsdesk.db import retrying

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def file_doubt(
    *, sku_id: int, warehouse_id: int, missing: int, name: str, actor: User | None, at: datetime
) -> CountLine:
    """The SKU is on an open stock-take of the warehouse, to be counted before that is posted.

    Where none counts it, one of this name is opened, with what should be left as its first count;
    where one does, its count is to be taken again. Nothing is corrected before somebody counted.
    The caller looked whether the actor may. Locks the stock row.
    """
    return retrying(partial(_file, sku_id, warehouse_id, missing, name, actor=actor, at=at))


def _file(
    sku_id: int, warehouse_id: int, missing: int, name: str, *, actor: User | None, at: datetime
) -> CountLine:
    known = _open_line(sku_id, warehouse_id)
    if known is None:
        try:
            with transaction.atomic():
                return _opened(sku_id, warehouse_id, missing, name, actor=actor, at=at)
        except IntegrityError:
            known = _open_line(sku_id, warehouse_id)
            if known is None:
                raise
    CountLine.objects.counted().filter(pk=known.pk, is_open=True).update(wants_recount=True)
    known.refresh_from_db()
    return known


def _open_line(sku_id: int, warehouse_id: int) -> CountLine | None:
    lines = CountLine.objects.filter(sku=sku_id, warehouse=warehouse_id, is_open=True)
    return lines.select_related("session").first()


def _opened(
    sku_id: int, warehouse_id: int, missing: int, name: str, *, actor: User | None, at: datetime
) -> CountLine:
    session = CountSession.objects.create(
        warehouse_id=warehouse_id, name=name[:80], opened_by=actor, opened_at=at
    )
    book = book_of(sku_id, warehouse_id, at)
    left = max(book - missing, 0)
    line = CountLine.objects.create(
        session=session,
        sku_id=sku_id,
        warehouse_id=warehouse_id,
        counted=left,
        book=book,
        counted_at=at,
        wants_recount=True,
    )
    CountEntry.objects.create(line=line, quantity=left, book=book, at=at, actor=actor)
    return line
