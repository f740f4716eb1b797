"""`stock.generic` and `stock.compare`: how many pieces of which SKU lie in which warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import StockDifference, StockLevel, Warehouse
from catalog.services.adjusting import ADJUST
from catalog.services.articles import Article, ensure_articles
from catalog.services.statements import Settled, Stated, compare_statement, post_statement
from catalog.services.unstating import take_back_statement
from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Context, Importer, Pending, Record, Source
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Readers, Sheet

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportSession
    from opsdesk.stores.models import Store, User

PREFIX = "stock."
_PIECES = re.compile(r"([0-9]{1,7})(?:\.0+)?").fullmatch
_ANALYZED_FROM = 5_000
_BELOW_ZERO = re.compile(r"-[0-9.,]+|\([0-9.,]+\)").fullmatch
COLUMNS = (
    Column(
        "sku_code",
        gettext_lazy("SKU code"),
        ("sku_code", "sku", "sku code", "商家编码", "SKU编码", "商品编码", "货号"),
        is_required=True,
    ),
    Column(
        "warehouse",
        gettext_lazy("warehouse"),
        ("warehouse", "warehouse_code", "location", "仓库", "仓库编码", "仓库名称"),
    ),
    Column(
        "quantity",
        gettext_lazy("pieces on the shelf"),
        ("quantity", "qty", "stock", "on_hand", "on hand", "库存", "库存数量", "数量"),
    ),
    Column(
        "available",
        gettext_lazy("pieces free to sell"),
        ("available", "available quantity", "可用库存", "可售库存"),
    ),
    Column(
        "product_code",
        gettext_lazy("product code"),
        ("product_code", "product code", "design no.", "spu", "款号", "SPU编码"),
    ),
    Column("title", gettext_lazy("name"), ("title", "name", "商品名称", "商品标题")),
    Column("category", gettext_lazy("category"), ("category", "类目", "分类")),
    Column("color", gettext_lazy("color"), ("color", "colour", "颜色")),
    Column("size", gettext_lazy("size"), ("size", "尺码", "规格")),
)


def pieces(text: str) -> int:
    """A whole number of pieces from 0 on; `5.0`, as spreadsheets save it, is 5."""
    clean = values.trim(text)
    whole = _PIECES(clean)
    if whole:
        return int(whole[1])
    if _BELOW_ZERO(clean):
        raise BadValue(
            "negative_quantity",
            _("The stock %(value)s is below zero: count the pieces.") % {"value": clean[:40]},
        )
    return values.quantity(clean)


READERS: Readers = {
    "sku_code": values.identifier,
    "warehouse": partial(values.text, limit=120),
    "quantity": pieces,
    "available": pieces,
    "product_code": values.identifier,
    **{
        field: partial(values.shortened, limit=limit)
        for field, limit in (("title", 200), ("category", 120), ("color", 60), ("size", 40))
    },
}


class StatementImporter(Importer):
    """A line is a SKU in a warehouse; without that column, in the store's first warehouse."""

    columns = COLUMNS

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        sheet = Sheet(source, READERS)
        line = sheet.table.header_line
        if not {"quantity", "available"} & sheet.positions.keys():
            raise FileRefused(
                "missing_column",
                _("Say how many pieces there are: a column quantity, or available."),
                line=line,
                column="quantity",
            )
        places = _places(context.store)
        if "" not in places:
            raise FileRefused("no_warehouse", _("The store has no active warehouse."), line=line)
        return _records(sheet, places)

    def check(self, session: ImportSession) -> None:
        reason = _("Line %(line)s tells the stock of this SKU in this warehouse already.")
        checks.reject_repeated_keys(session, column="sku_code", reason=reason)

    def _lines(self, rows: Sequence[Pending]) -> list[Stated]:
        return [
            Stated(
                row.row_id,
                row.data["sku_code"],
                row.data["warehouse_id"],
                row.data["pieces"],
                row.data["is_free"],
            )
            for row in rows
        ]


class StockImporter(StatementImporter):
    """What the file says is what is there. Articles the catalog lacks are made."""

    name = f"{PREFIX}generic"
    permission = ADJUST
    title = gettext_lazy("Statement of stock: take it over")
    description = gettext_lazy(
        "Columns sku_code and quantity or available, perhaps warehouse. What differs from the "
        "record is corrected by ledger lines; SKUs that are missing are made."
    )

    def prepare(self, session: ImportSession) -> None:
        made = ensure_articles(_missing_articles(session), store=session.store)
        if made >= _ANALYZED_FROM:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE catalog_product, catalog_sku")

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        if actor is not None and not actor.has_perm(ADJUST, session.store):
            return [_refused(row.row_id, "not_allowed") for row in rows]
        settled = post_statement(
            self._lines(rows),
            store=session.store,
            reference=f"import:{session.pk}",
            actor=actor,
            at=session.as_of,
        )
        return [_applied(each) for each in settled]

    def count_known(self, session: ImportSession) -> int:
        codes = session.rows.pending().values("data__sku_code")
        return StockLevel.objects.filter(
            sku__store=session.store, sku__code__in=[row["data__sku_code"] for row in codes]
        ).count()

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        reference = f"import:{session.pk}"
        return take_back_statement(target_ids, reference=reference, actor=actor, at=at)


class CompareImporter(StatementImporter):
    """What the file says is compared; what differs waits to be settled. Nothing moves."""

    name = f"{PREFIX}compare"
    permission = "catalog.compare_stock"
    title = gettext_lazy("Statement of stock: only compare")
    description = gettext_lazy(
        "The same columns. What differs from the record becomes an open stock difference."
    )

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        settled = compare_statement(
            self._lines(rows),
            store=session.store,
            source=session.file_name[:60],
            at=session.as_of,
            now=timezone.now(),
        )
        return [_applied(each) for each in settled]

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        waiting = StockDifference.objects.open().filter(pk__in=target_ids).select_for_update()
        gone = set(waiting.values_list("pk", flat=True))
        StockDifference.objects.filter(pk__in=gone).delete()
        return gone


def _places(store: Store) -> dict[str, int]:
    """Code or name → warehouse; the empty one is the store's first."""
    found = list(Warehouse.objects.filter(store=store, is_active=True))
    places = {warehouse.name: warehouse.pk for warehouse in found}
    places |= {warehouse.code: warehouse.pk for warehouse in found}
    return places | ({"": found[0].pk} if found else {})


def _records(sheet: Sheet, places: dict[str, int]) -> Iterator[Record]:
    sku = sheet.positions["sku_code"]
    with sheet.table.rows() as rows:
        next(rows)
        for line, cells in rows:
            fitting = sheet.fit_all(cells)
            if fitting is None:
                yield Record(line, "", cells, None, sheet.ragged(cells))
                continue
            data: dict[str, Any] = {}
            problem = sheet.read(fitting, data) or _completed(sheet, data, places)
            if problem is not None:
                yield Record(line, fitting[sku].strip()[:120], cells, None, problem)
            else:
                yield Record(line, f"{data['sku_code']}@{data['warehouse_id']}", cells, data)


def _completed(sheet: Sheet, data: dict[str, Any], places: dict[str, int]) -> Problem | None:
    if "sku_code" not in data:
        return sheet.missing("sku_code")
    counts = [name for name in ("available", "quantity") if name in data]
    if not counts:
        return sheet.missing("quantity" if "quantity" in sheet.positions else "available")
    warehouse = data.pop("warehouse", "")
    if warehouse not in places:
        known = ", ".join(sorted(filter(None, places)))
        reason = _("There is no active warehouse “%(name)s”. Warehouses: %(known)s.")
        facts = {"name": warehouse[:40], "known": known[:200]}
        return Problem("unknown_warehouse", sheet.column("warehouse"), reason % facts)
    data["warehouse_id"] = places[warehouse]
    data["is_free"] = counts[0] == "available"
    data["pieces"] = data[counts[0]]
    return None


_MISSING = """
SELECT DISTINCT ON (r.data ->> 'sku_code')
       r.data ->> 'sku_code', coalesce(r.data ->> 'title', ''), coalesce(r.data ->> 'category', ''),
       coalesce(r.data ->> 'product_code', ''), coalesce(r.data ->> 'color', ''),
       coalesce(r.data ->> 'size', '')
FROM exchange_importrow r
LEFT JOIN catalog_sku k ON k.store_id = %s AND k.code = r.data ->> 'sku_code'
WHERE r.session_id = %s AND r.outcome = 'pending' AND k.id IS NULL
ORDER BY r.data ->> 'sku_code', r.line
"""


def _missing_articles(session: ImportSession) -> list[Article]:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [session.store_id, session.pk])
        return [
            Article(
                code,
                name=title,
                category=category,
                product_code=product_code,
                spec=" / ".join(filter(None, (color, size))),
            )
            for code, title, category, product_code, color, size in cursor.fetchall()
        ]


_OUTCOMES = {"new": "created", "different": "created", "corrected": "changed", "same": "duplicate"}


def _applied(settled: Settled) -> Applied:
    outcome = _OUTCOMES.get(settled.outcome)
    if outcome is None:
        return _refused(settled.number, settled.outcome, settled)
    return Applied(settled.number, outcome, settled.target_id)


def _refused(row_id: int, code: str, settled: Settled | None = None) -> Applied:
    reasons = {
        "not_allowed": _("You may not correct stock in this store."),
        "unknown": _("The store has no SKU with this code."),
        "short": _(
            "Orders have taken more pieces than the statement leaves: release some, or count again."
        ),
        "large": _(
            "More than one person corrects alone (%(ours)d here, %(theirs)d there): it waits among "
            "the stock differences."
        ),
    }
    facts = {"ours": settled.ours, "theirs": settled.theirs} if settled else {}
    known = {"unknown": "unknown_sku", "short": "less_than_taken", "large": "needs_approval"}
    return Applied(row_id, "rejected", None, known.get(code, code), reasons[code] % facts)
