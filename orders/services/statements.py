"""Statements of providers come in, each line once, whoever brings them in and however often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pgtrigger
from django.db import connection
from django.db.models import Min
from django.utils.translation import gettext as _

from opsdesk.exchange.importers import Applied
from orders.models import MoneyDifference, Payment, Refund, Statement, StatementLine

if TYPE_CHECKING:
    from opsdesk.exchange.importers import Pending
    from opsdesk.exchange.models import ImportSession

_OPEN = """
INSERT INTO orders_statement (store_id, provider, import_session_id, first_day, last_day)
SELECT %(store)s, %(provider)s, %(session)s,
       LEAST(min(said.day), %(first)s::date), GREATEST(max(said.day), %(last)s::date)
FROM (
    SELECT ((data ->> 'at')::timestamptz AT TIME ZONE %(zone)s)::date AS day
    FROM exchange_importrow WHERE session_id = %(session)s AND outcome = 'pending'
) said
HAVING count(*) > 0
ON CONFLICT (import_session_id) DO NOTHING
"""
_GIVEN = """
SELECT g.* FROM jsonb_to_recordset(%(lines)s) AS g (
    row_id bigint, line integer, kind text, reference text, trade text, order_number text,
    amount numeric, fee numeric, balance numeric, currency text, at timestamptz
)
"""
_TAKE = f"""
INSERT INTO orders_statementline (
    store_id, statement_id, "row", provider, kind, reference, trade, order_number, amount, fee,
    balance, currency, at
)
SELECT %(store)s, %(statement)s, g.line, %(provider)s, g.kind, g.reference,
       COALESCE(g.trade, ''), COALESCE(g.order_number, ''), g.amount, g.fee, g.balance,
       g.currency, g.at
FROM ({_GIVEN}) g
ORDER BY g.kind, g.reference
ON CONFLICT (store_id, provider, kind, reference) DO NOTHING
RETURNING id
"""
# A statement of its own: it sees what somebody else took in while we waited for them.
_TAKEN = f"""
SELECT g.row_id, l.id, l.amount, l.fee,
       (l.amount, l.fee, l.currency) = (g.amount, g.fee, g.currency)
FROM ({_GIVEN}) g
JOIN orders_statementline l
  ON l.store_id = %(store)s AND l.provider = %(provider)s AND l.kind = g.kind
 AND l.reference = g.reference
"""
_KNOWN = """
SELECT count(*) FROM exchange_importrow r
JOIN orders_statementline l
  ON l.store_id = %(store)s AND l.provider = %(provider)s
 AND l.kind = r.data ->> 'kind' AND l.reference = r.data ->> 'reference'
WHERE r.session_id = %(session)s AND r.outcome = 'pending'
"""


def open_statement(session: ImportSession, *, provider: str) -> None:
    """The file is a statement of the days that it names, or its lines are of. Safe to repeat."""
    period = session.dialect.get("period") or [None, None]
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "store": session.store_id,
                "provider": provider,
                "session": session.pk,
                "zone": session.store.timezone,
                "first": period[0],
                "last": period[-1],
            },
        )


def take_lines(rows: Sequence[Pending], *, session: ImportSession, provider: str) -> list[Applied]:
    """Every line is on record once, in the caller's transaction; one answer each.

    A known reference with the same figures is a duplicate, with others it contradicts what is on
    record and is rejected. Two people with overlapping files wait for each other.
    """
    statement = Statement.objects.get(import_session=session)
    lines = [{**row.data, "row_id": row.row_id} for row in rows]
    facts: dict[str, Any] = {
        "lines": orjson.dumps(lines).decode(),
        "store": session.store_id,
        "statement": statement.pk,
        "provider": provider,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, facts)
        made = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(_TAKEN, facts)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_answer(row.row_id, made, *found[row.row_id]) for row in rows]


def _answer(
    row_id: int, made: set[int], pk: int, amount: object, fee: object, same: bool
) -> Applied:
    if pk in made:
        return Applied(row_id, "created", pk)
    if same:
        return Applied(row_id, "duplicate", pk)
    reason = _("This reference is on record with %(amount)s and a fee of %(fee)s.")
    facts = {"amount": amount, "fee": fee}
    return Applied(row_id, "rejected", pk, "contradicts_record", reason % facts)


def first_moment(session: ImportSession) -> datetime | None:
    """When the first line of this import was booked; None where none came in by it."""
    lines = StatementLine.objects.filter(statement__import_session=session)
    return lines.aggregate(first=Min("at"))["first"]


def count_known(session: ImportSession, *, provider: str) -> int:
    """How many waiting rows name a line that is on record."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            {"store": session.store_id, "provider": provider, "session": session.pk},
        )
        return cursor.fetchone()[0]


def take_back_lines(target_ids: Sequence[int], *, session: ImportSession) -> set[int]:
    """Lines of this import are gone, except those about which somebody decided. Returns the gone.

    What they were matched with differs anew at the next matching; the statement itself goes with
    its last line, so that its days are not taken for reconciled.
    """
    own = StatementLine.objects.filter(pk__in=target_ids, statement__import_session=session)
    decided = [MoneyDifference.State.SETTLED, MoneyDifference.State.ASKED]
    about = MoneyDifference.objects.filter(state__in=decided)
    kept = own.filter(differences__in=about) | own.filter(payment__differences__in=about)
    kept = kept | own.filter(refund__differences__in=about)
    gone = own.exclude(pk__in=kept.values("pk")).order_by("pk").select_for_update()
    ids = set(gone.values_list("pk", flat=True))
    for model in (Payment, Refund):
        model.objects.filter(lines__in=ids).update(reference="", provider="")
    with pgtrigger.ignore("orders.StatementLine:kept"):
        StatementLine.objects.filter(pk__in=ids).delete()
    Statement.objects.filter(import_session=session, lines=None).delete()
    return ids
