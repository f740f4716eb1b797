"""A store's money of one business day: what orders tell, what providers say, and why it differs.

What differs is taken apart without a rest: every cent of it belongs to a reason (ORD-9).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.worktime import DAY
from orders.models import MoneyDifference, Provider

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Kind = MoneyDifference.Kind
REASONS: dict[str, str | Promise] = {
    "missing_here": _("missing here: the provider has it, no order tells of it"),
    "missing_there": _("missing there: an order tells of it, the provider does not"),
    "late": _("late: it should be there by now"),
    "amount": _("another amount"),
    "duplicate": _("paid twice"),
    "on_its_way": _("on its way: no statement speaks of that day yet"),
    "other_day": _("booked on another day by the provider"),
    "fee": _("a fee other than agreed"),
}


@dataclass(frozen=True)
class Row:
    """`ours` and `theirs` are signed: in is positive, out negative."""

    title: str | Promise
    ours: Decimal
    theirs: Decimal

    @property
    def difference(self) -> Decimal:
        return self.theirs - self.ours


@dataclass(frozen=True)
class Account:
    """A provider's own balance, where its statement tells one."""

    provider: str
    opening: Decimal
    moved: Decimal
    stated: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.moved

    @property
    def unexplained(self) -> Decimal:
        return self.stated - self.closing


@dataclass(frozen=True)
class BalanceSheet:
    store: Store
    day: date
    rows: list[Row]
    accounts: list[Account]
    reasons: list[tuple[str, str | Promise, Decimal]]

    @property
    def difference(self) -> Decimal:
        return sum((row.difference for row in self.rows), Decimal(0))

    @property
    def explained(self) -> Decimal:
        return sum((amount for _code, _title, amount in self.reasons), Decimal(0))


_TOTALS = """
WITH lines AS (
    SELECT l.*, CASE
        -- Without an agreed rate there is nothing that a fee could differ from.
        WHEN rate.percent IS NULL THEN (l.kind = 'fee')::int * l.amount - l.fee
        WHEN l.kind = 'payment' OR l.kind = 'refund' AND rate.comes_back
            THEN -round(l.amount * rate.percent / 100, 2)
        ELSE 0
    END AS agreed
    FROM orders_statementline l
    LEFT JOIN LATERAL (
        SELECT f.percent, f.comes_back FROM orders_feerate f
        WHERE f.store_id = l.store_id AND f.provider = l.provider AND f.valid_from <= %(day)s
        ORDER BY f.valid_from DESC LIMIT 1
    ) rate ON true
    WHERE l.store_id = %(store)s AND l.at >= %(start)s AND l.at < %(end)s
)
SELECT (SELECT COALESCE(sum(amount), 0) FROM orders_payment
        WHERE store_id = %(store)s AND paid_at >= %(start)s AND paid_at < %(end)s),
       COALESCE(sum(amount) FILTER (WHERE kind = 'payment'), 0),
       (SELECT COALESCE(-sum(amount), 0) FROM orders_refund
        WHERE store_id = %(store)s AND refunded_at >= %(start)s AND refunded_at < %(end)s),
       COALESCE(sum(amount) FILTER (WHERE kind = 'refund'), 0),
       COALESCE(sum(agreed), 0),
       COALESCE(sum(amount) FILTER (WHERE kind = 'fee'), 0) - COALESCE(sum(fee), 0),
       COALESCE(sum(amount) FILTER (WHERE kind = 'payout'), 0),
       COALESCE(sum(amount) FILTER (WHERE kind = 'other'), 0)
FROM lines
"""
_ACCOUNTS = """
SELECT provider,
       COALESCE(
           (SELECT b.balance FROM orders_statementline b
            WHERE b.store_id = %(store)s AND b.provider = l.provider AND b.at < %(start)s
              AND b.balance IS NOT NULL
            ORDER BY b.at DESC, b."row" DESC, b.id DESC LIMIT 1),
           (array_agg(balance - amount + fee ORDER BY at, "row", id)
            FILTER (WHERE balance IS NOT NULL))[1]
       ),
       sum(amount - fee),
       (array_agg(balance ORDER BY at DESC, "row" DESC, id DESC)
        FILTER (WHERE balance IS NOT NULL))[1]
FROM orders_statementline l
WHERE store_id = %(store)s AND at >= %(start)s AND at < %(end)s
GROUP BY provider
HAVING count(balance) > 0
ORDER BY provider
"""
# One form for payments and refunds: money expected on the day, lines of the day, and lines of
# other days that belong to what was expected on this one.
_PART = """
SELECT COALESCE((
           SELECT d.kind FROM orders_moneydifference d
           WHERE d.{table}_id = m.id AND d.state <> 'gone'
             AND d.kind IN ('missing_there', 'late', 'amount', 'duplicate')
             AND d.ours <> d.theirs
           ORDER BY d.kind LIMIT 1
       ), 'on_its_way') AS reason,
       COALESCE(l.total, 0) - {sign} * m.amount AS amount
FROM orders_{table} m
LEFT JOIN LATERAL (
    SELECT sum(amount) AS total FROM orders_statementline WHERE {table}_id = m.id
) l ON true
WHERE m.store_id = %(store)s AND m.{moment} >= %(start)s AND m.{moment} < %(end)s
  AND COALESCE(l.total, 0) <> {sign} * m.amount
UNION ALL
SELECT 'other_day', -l.amount FROM orders_{table} m
JOIN orders_statementline l ON l.{table}_id = m.id
WHERE m.store_id = %(store)s AND m.{moment} >= %(start)s AND m.{moment} < %(end)s
  AND NOT (l.at >= %(start)s AND l.at < %(end)s)
UNION ALL
SELECT CASE WHEN m.id IS NULL THEN 'missing_here' ELSE 'other_day' END, l.amount
FROM orders_statementline l
LEFT JOIN orders_{table} m ON m.id = l.{table}_id
WHERE l.store_id = %(store)s AND l.kind = '{table}'
  AND l.at >= %(start)s AND l.at < %(end)s
  AND (m.id IS NULL OR NOT (m.{moment} >= %(start)s AND m.{moment} < %(end)s))
"""
_REASONS = """
SELECT reason, sum(amount) FROM (
{payments}
UNION ALL
{refunds}
) parts GROUP BY reason
""".format(
    payments=_PART.format(table="payment", moment="paid_at", sign="1"),
    refunds=_PART.format(table="refund", moment="refunded_at", sign="-1"),
)


def balance_sheet(store: Store, day: date) -> BalanceSheet:
    """The store's money of its business day. Three statements, however many lines."""
    start, end = (datetime.combine(each, time(), tzinfo=store.zone) for each in (day, day + DAY))
    facts: dict[str, Any] = {"store": store.pk, "day": day, "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, facts)
        paid, got, back, went, agreed, kept, payouts, other = cursor.fetchone()
        cursor.execute(_ACCOUNTS, facts)
        accounts = [
            Account(str(Provider(provider).label), opening, moved, stated)
            for provider, opening, moved, stated in cursor.fetchall()
        ]
        cursor.execute(_REASONS, facts)
        parts = dict(cursor.fetchall())
    fees = Row(_("Fees"), agreed, kept)
    parts["fee"] = fees.difference
    return BalanceSheet(
        store=store,
        day=day,
        rows=[
            Row(_("Payments"), paid, got),
            Row(_("Refunds"), back, went),
            fees,
            Row(_("Transfers out"), payouts, payouts),
            Row(_("Other"), other, other),
        ],
        accounts=accounts,
        reasons=[(code, title, parts[code]) for code, title in REASONS.items() if parts.get(code)],
    )
