"""What all formats of articles have in common: reading cells, taking, comparing, undoing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import Product, Sku, SkuCode
from catalog.services.assortment import ArticleDraft, Taken, differences, take_articles
from catalog.services.codes import skus_by_code
from catalog.services.removing import remove_untouched_skus
from opsdesk.exchange import values
from opsdesk.exchange.importers import Applied, Change, Context, Importer, Pending, Record, Source
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Sheet, rejected
from opsdesk.exports import restored

if TYPE_CHECKING:
    from opsdesk.stores.models import User

_BETWEEN_ALIASES = re.compile("[;；|\n]+")
_YES = {"1", "yes", "y", "true", "是", "启用", "上架"}
_NO = {"0", "no", "n", "false", "否", "停用", "下架"}


def text_of(cell: str, *, limit: int) -> str:
    """Free text, as our own exports write it, too."""
    return values.text(restored(cell), limit=limit)


def aliases_of(cell: str) -> list[str]:
    """Several codes in one cell, with semicolons between them."""
    found = [values.identifier(word) for word in _BETWEEN_ALIASES.split(cell) if word.strip()]
    return list(dict.fromkeys(found))


def yes_or_no(cell: str) -> bool:
    word = values.trim(cell).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadValue("not_yes_or_no", _("“%(value)s” is neither yes nor no.") % {"value": word[:40]})


# Field → what makes its JSON value of a cell. Raises BadValue.
READERS: dict[str, Callable[[str], Any]] = {
    "code": values.identifier,
    "product": values.identifier,
    "name": partial(text_of, limit=200),
    "brand": partial(text_of, limit=80),
    "category": partial(text_of, limit=120),
    "spec": partial(text_of, limit=120),
    "barcode": partial(values.identifier, limit=32),
    "cost": values.money,
    "list_price": values.money,
    "weight_grams": values.quantity,
    "length_mm": values.quantity,
    "width_mm": values.quantity,
    "height_mm": values.quantity,
    "aliases": aliases_of,
    "is_active": yes_or_no,
}


def draft_of(code: str, data: dict[str, Any]) -> ArticleDraft:
    """The draft of a staged row; what the row doesn't hold is not told."""
    told = {field: value for field, value in data.items() if field in READERS}
    for field in ("cost", "list_price"):
        if field in told:
            told[field] = Decimal(told[field])
    return ArticleDraft(code, **{**told, "aliases": tuple(told.get("aliases", ()))})


class ProductImporter(Importer):
    """A format whose records are SKUs, each with its product's name, brand and category."""

    permission = "catalog.import_products"
    # The field by which the newest of several rows of one article is told; without one the first
    # counts.
    newest_by = ""

    def readers(self, context: Context) -> dict[str, Callable[[str], Any]]:
        return READERS

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        sheet = Sheet(source, self.readers(context))
        of_product: dict[str, tuple[int, dict[str, Any]]] = {}
        with sheet.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                fitting = sheet.fit_all(cells)
                if fitting is None:
                    yield rejected(line, "", cells, sheet.ragged(cells))
                    continue
                data: dict[str, Any] = {}
                problem = sheet.read(fitting, data) or self._missing(sheet, data)
                problem = problem or _contradiction(sheet, of_product, line, data)
                if problem is not None:
                    yield rejected(line, fitting[sheet.positions["code"]].strip(), cells, problem)
                else:
                    yield Record(line, data.pop("code"), cells, data)

    def _missing(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        required = [column.field for column in self.columns if column.is_required]
        return next((sheet.missing(field) for field in required if not data.get(field)), None)

    def check(self, session: ImportSession) -> None:
        column = _column(session, "code")
        checks.reject_repeated_keys(
            session, column=column, reason=self.repeated(), newest_by=self.newest_by
        )
        checks.reject_shortened_numbers(session, column=column)
        _reject_same_skus(session, column)

    def repeated(self) -> str:
        """Why of several lines of one code only one is taken, which is named as %(line)s."""
        return _("Line %(line)s has the same code already. One file tells a SKU once.")

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        taken = take_articles(
            [draft_of(row.key, row.data) for row in rows],
            store=session.store,
            source=session.file_name,
            actor=actor,
            at=session.as_of,
        )
        return [_applied(row, each, session) for row, each in zip(rows, taken, strict=True)]

    def count_known(self, session: ImportSession) -> int:
        keys = session.rows.pending().values("key")
        return SkuCode.objects.filter(store=session.store_id, code__in=keys).count()

    def changes(self, session: ImportSession, rows: Sequence[ImportRow]) -> dict[int, list[Change]]:
        drafts = {row.pk: draft_of(row.key, row.data) for row in rows if row.data}
        codes = {code for draft in drafts.values() for code in (draft.code, *draft.aliases)}
        held = skus_by_code(store_id=session.store_id, codes=codes)
        ids = {row.sku_id for row in held.values()}
        skus = Sku.objects.filter(pk__in=ids).select_related("product").in_bulk()
        found = {}
        for pk, draft in drafts.items():
            holder = held.get(draft.code)
            if holder is not None and holder.sku_id in skus:
                found[pk] = _changes(draft, skus[holder.sku_id], known=held)
        return found

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        return remove_untouched_skus(target_ids, since=session.created_at)


def _contradiction(
    sheet: Sheet, of_product: dict[str, tuple[int, dict[str, Any]]], line: int, data: dict[str, Any]
) -> Problem | None:
    """What an earlier line of the same product tells otherwise: a product has one name."""
    if "product" not in data:
        return None
    first, known = of_product.setdefault(data["product"], (line, {}))
    for field in ("name", "brand", "category"):
        if field in data and known.setdefault(field, data[field]) != data[field]:
            message = _("Line %(line)d says something else of the same product.")
            return Problem("contradicting_lines", sheet.column(field), message % {"line": first})
    return None


def _column(session: ImportSession, field: str) -> str:
    """What the file calls the field."""
    fields = session.dialect.get("fields", [])
    return session.dialect["header"][fields.index(field)].strip() if field in fields else field


def _applied(row: Pending, taken: Taken, session: ImportSession) -> Applied:
    target = taken.sku.pk if taken.sku else None
    if not taken.remarks:
        return Applied(row.row_id, taken.outcome, target)
    first = taken.remarks[0]
    reason = " ".join(remark.message for remark in taken.remarks)
    column = _column(session, first.field)
    return Applied(row.row_id, taken.outcome, target, first.code, reason, column)


def _changes(draft: ArticleDraft, sku: Sku, *, known: dict[str, SkuCode]) -> list[Change]:
    found = [
        Change(_title(each.row, each.field), _shown(each.before), _shown(each.after))
        for each in differences(draft, sku)
    ]
    new = [code for code in draft.aliases if code not in known]
    return [*found, Change(_("aliases"), "", "; ".join(new))] if new else found


def _title(row: Product | Sku, field: str) -> str | Promise:
    return row._meta.get_field(field).verbose_name


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


_SAME_SKUS = """
UPDATE exchange_importrow r
SET outcome = 'rejected', data = NULL, code = 'repeated_key', "column" = %(column)s,
    reason = replace(%(reason)s, %(place)s, copies.first_line::text)
FROM (
    SELECT w.id, first_value(w.line) OVER same AS first_line, row_number() OVER same AS number
    FROM exchange_importrow w
    JOIN catalog_skucode c ON c.store_id = %(store)s AND c.code = w.key AND c.sku_id IS NOT NULL
    WHERE w.session_id = %(session)s AND w.outcome = 'pending'
    WINDOW same AS (PARTITION BY c.sku_id ORDER BY w.line)
) copies
WHERE r.id = copies.id AND copies.number > 1
"""


def _reject_same_skus(session: ImportSession, column: str) -> None:
    """Lines that name one SKU by different codes: the first counts."""
    place = "\x01"  # filled in by the database
    reason = _("Line %(line)s names the same SKU by another of its codes.") % {"line": place}
    with connection.cursor() as cursor:
        cursor.execute(
            _SAME_SKUS,
            {
                "session": session.pk,
                "store": session.store_id,
                "column": column,
                "reason": reason,
                "place": place,
            },
        )
