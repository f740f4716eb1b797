"""What all formats of orders have in common: reading cells, placing, comparing, undoing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from catalog.services.articles import Article, ensure_articles
from opsdesk.exchange import sheets, values
from opsdesk.exchange.importers import Applied, Change, Context, Importer, Pending, Source
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.moments import MomentReader
from opsdesk.exchange.problems import Problem
from opsdesk.exchange.services import checks
from orders.contacts import LABELS
from orders.importers.records import AMOUNTS, MOMENTS, REMARK, draft_of
from orders.models import Order
from orders.services.intake import Placed, place_orders
from orders.services.undo import remove_imported_orders

if TYPE_CHECKING:
    from opsdesk.stores.models import User

_TEXTS = {
    "customer": 120,
    "recipient": 80,
    "phone": 32,
    "region": 120,
    "address": 300,
    "buyer_memo": 500,
}
_ANALYZED_FROM_ROWS = 50_000
# The longest invoice of a real wholesaler has 1,114. One number on all lines of a file is a mistake
# in its making, or an attack; it would hold the memory and the time of everybody.
LINES_OF_AN_ORDER = 2_000


# Promises lie ahead, and not for ever.
PROMISED_WITHIN = timedelta(days=366)


def moment_reader(context: Context) -> MomentReader:
    """Of the store's zone, up to a day after the file is read: clocks differ."""
    return MomentReader(context.store.zone, max(context.as_of, context.now) + timedelta(days=1))


def cell_readers(context: Context) -> dict[str, Callable[[str], Any]]:
    """Field → what makes its JSON value of a cell. Raises BadValue."""
    moments = moment_reader(context)
    promises = MomentReader(context.store.zone, context.now + PROMISED_WITHIN)
    return {
        "order_number": values.identifier,
        **dict.fromkeys(MOMENTS, moments.read),
        "deliver_by": promises.read,
        **dict.fromkeys(AMOUNTS, values.money),
        **{field: partial(values.text, limit=limit) for field, limit in _TEXTS.items()},
        "sku_code": values.identifier,
        "title": partial(values.shortened, limit=200),
        "quantity": values.quantity,
        "unit_price": values.money,
        "line_amount": values.money,
    }


class Sheet(sheets.Sheet):
    """The rows of one table of orders."""

    def __init__(self, source: Source, context: Context, table: str = "") -> None:
        super().__init__(source, cell_readers(context), table)


class OrderImporter(Importer):
    """A format whose records are orders. They are placed like any other order (ORD-1)."""

    number_column = "order_number"
    # Whether articles the catalogue lacks are made: for files that are a store's history.
    makes_articles = False

    def check(self, session: ImportSession) -> None:
        checks.reject_repeated_keys(session, column=self.number_column)
        checks.reject_shortened_numbers(session, column=self.number_column)
        if not self.makes_articles:
            _reject_shortened_codes(session)

    def prepare(self, session: ImportSession) -> None:
        if self.makes_articles:
            ensure_articles(_articles(session), store=session.store)

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        placed = place_orders(
            [draft_of(row.key, row.data) for row in rows],
            store=session.store,
            channel=session.channel,
            at=session.as_of,
            session_id=session.pk,
            actor=actor,
        )
        return [_applied(row, each) for row, each in zip(rows, placed, strict=True)]

    def finish(self, session: ImportSession) -> None:
        """A big load leaves the planner with the picture of an empty table."""
        if session.created >= _ANALYZED_FROM_ROWS:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE orders_order, orders_orderline, orders_orderevent")

    def count_known(self, session: ImportSession) -> int:
        return Order.objects.filter(
            store=session.store, external_number__in=session.rows.pending().values("key")
        ).count()

    def changes(self, session: ImportSession, rows: Sequence[ImportRow]) -> dict[int, list[Change]]:
        orders = Order.objects.filter(
            store=session.store, external_number__in=[row.key for row in rows]
        )
        by_number = {order.external_number: order for order in orders}
        return {
            row.pk: _differences(by_number[row.key], row)
            for row in rows
            if row.key in by_number and row.data
        }

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        return set(
            remove_imported_orders(session_id=session.pk, order_ids=target_ids, actor=actor, at=at)
        )


def _applied(row: Pending, placed: Placed) -> Applied:
    if placed.outcome == "conflict":
        return Applied(row.row_id, "rejected", placed.order_id, "conflict", placed.reason)
    code, column, reason = row.data.get(REMARK, ("", "", ""))
    return Applied(row.row_id, placed.outcome, placed.order_id, code, reason, column)


_SHORTENED_CODES = """
UPDATE exchange_importrow r
SET outcome = 'rejected', data = NULL, code = 'lost_leading_zero', "column" = 'sku_code',
    reason = replace(replace(%(reason)s, %(found)s, shortened.found), %(meant)s, shortened.meant)
FROM (
    SELECT DISTINCT ON (waiting.id)
           waiting.id, waiting.article ->> 0 AS found, s.code AS meant
    FROM (
        SELECT id, jsonb_array_elements(data -> 'lines') AS article
        FROM exchange_importrow
        WHERE session_id = %(session)s AND outcome = 'pending' AND data ? 'lines'
    ) waiting
    JOIN catalog_sku s ON s.store_id = %(store)s AND s.code >= '0' AND s.code < '1'
                      AND ltrim(s.code, '0') = waiting.article ->> 0
    WHERE NOT EXISTS (
        SELECT FROM catalog_skucode exact
        WHERE exact.store_id = %(store)s AND exact.code = waiting.article ->> 0
          AND exact.sku_id IS NOT NULL
    )
) shortened
WHERE r.id = shortened.id
"""


def _reject_shortened_codes(session: ImportSession) -> None:
    """Codes that the catalogue has with zeros in front: Excel has cut them."""
    found, meant = "\x01", "\x02"  # filled in by the database
    reason = _(
        "SKU %(found)s is not known, but %(meant)s is: Excel has cut the zeros. Format the column "
        "as text and export again."
    ) % {"found": found, "meant": meant}
    with connection.cursor() as cursor:
        cursor.execute(
            _SHORTENED_CODES,
            {
                "session": session.pk,
                "store": session.store_id,
                "reason": reason,
                "found": found,
                "meant": meant,
            },
        )


def _differences(order: Order, row: ImportRow) -> list[Change]:
    draft, contact = draft_of(row.key, row.data), order.contact
    found = []
    for field in (*AMOUNTS, *MOMENTS, *_TEXTS):
        if field == "customer" or field not in row.data:
            continue
        before = getattr(contact if field in LABELS else order, field)
        after = getattr(draft, field)
        if before != after:
            found.append(
                Change(
                    LABELS.get(field) or Order._meta.get_field(field).verbose_name,
                    _shown(before, order),
                    _shown(after, order),
                    field in LABELS,
                )
            )
    return found


def _shown(value: Any, order: Order) -> str:
    if isinstance(value, datetime):
        return value.astimezone(order.store.zone).strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else str(value)


_ARTICLES = """
SELECT DISTINCT ON (article ->> 0)
       article ->> 0, article ->> 4, coalesce(article ->> 5, ''), (article ->> 6)::integer
FROM exchange_importrow r, jsonb_array_elements(r.data -> 'lines') article
WHERE r.session_id = %s AND r.outcome = 'pending'
ORDER BY article ->> 0, article ->> 4 DESC
"""


def _articles(session: ImportSession) -> list[Article]:
    """The articles of the waiting rows, each once."""
    with connection.cursor() as cursor:
        cursor.execute(_ARTICLES, [session.pk])
        return [Article(*row) for row in cursor.fetchall()]


def too_many_lines() -> Problem:
    return Problem(
        "too_many_lines",
        "",
        _("An order has at most %(limit)d lines. Do other orders bear the same number?")
        % {"limit": LINES_OF_AN_ORDER},
    )


def on_line(problem: Problem, line: int, first: int) -> Problem:
    """The problem of a record's later line: which line is said in front."""
    if line == first:
        return problem
    return problem._replace(
        message=_("Line %(line)d: %(reason)s") % {"line": line, "reason": problem.message}
    )
