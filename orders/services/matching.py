"""Lines of statements are matched with what orders tell of their money (ORD-7, ORD-9).

What belongs together, and where it differs, is worked out anew from the orders and the lines as
they are: in whatever order those came in, the result is the same, and a re-run changes nothing.
Only what people decided about a difference is kept.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from opsdesk.db import lock_name, retrying
from opsdesk.stores import procedure
from opsdesk.stores.calendars import work_time
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.worktime import DAY, WorkTime

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

FUNDS_WITHIN = Setting(
    key="orders.funds_within",
    clause="ORD-7",
    title=_("The provider has the money of a payment within"),
    default=Decimal(1),
    unit=Unit.WORKING_DAYS,
    minimum=Decimal(1),
    maximum=Decimal(60),
)
GUESS_WITHIN = Setting(
    key="orders.money_guessed_within",
    clause="ORD-9",
    title=_("A line without an order number fits a payment of the same amount within"),
    default=Decimal(3),
    unit=Unit.DAYS,
    maximum=Decimal(31),
)
LOOK_BACK = Setting(
    key="orders.money_matched_back",
    clause="ORD-9",
    title=_("Payments and statement lines are matched again for"),
    default=Decimal(120),
    unit=Unit.DAYS,
    minimum=Decimal(7),
    maximum=Decimal(3_660),
)

# So many rows that came at once are unknown to the planner: it would join them row by row.
ANALYZED_FROM = 1_000

# Of orders that were paid lately, or that a line of that time names.
_PAID = """
INSERT INTO orders_payment AS known (
    store_id, order_id, provider, reference, amount, fee, currency, paid_at, created_at
)
SELECT o.store_id, o.id, '', '', o.paid_amount, 0, o.currency, o.paid_at, %(at)s
FROM orders_order o
LEFT JOIN orders_payment p ON p.order_id = o.id
WHERE o.paid_at IS NOT NULL
  AND o.id IN (
      SELECT id FROM orders_order WHERE store_id = %(store)s AND paid_at >= %(since)s
      UNION
      SELECT n.id FROM orders_statementline l
      JOIN orders_order n ON n.store_id = l.store_id AND n.external_number = l.order_number
      WHERE l.store_id = %(store)s AND l.at >= %(since)s AND l.order_number <> ''
  )
  AND (p.id IS NULL AND o.paid_amount > 0
       OR p.amount <> o.paid_amount OR p.paid_at <> o.paid_at OR p.currency <> o.currency)
ORDER BY o.id
ON CONFLICT (order_id) DO UPDATE
SET amount = excluded.amount, paid_at = excluded.paid_at, currency = excluded.currency
"""
_REFUNDED = """
INSERT INTO orders_refund AS known (
    store_id, order_id, provider, reference, amount, currency, refunded_at, created_at
)
SELECT o.store_id, o.id, '', '', o.refunded_amount, o.currency,
       COALESCE(
           (SELECT max(e.at) FROM orders_orderevent e
            WHERE e.order_id = o.id AND e.kind = 'refunded'),
           o.paid_at
       ), %(at)s
FROM orders_order o
LEFT JOIN orders_refund r ON r.order_id = o.id
WHERE o.paid_at IS NOT NULL
  AND o.id IN (
      SELECT id FROM orders_order WHERE store_id = %(store)s AND paid_at >= %(since)s
      UNION
      SELECT id FROM orders_order WHERE store_id = %(store)s AND updated_at >= %(since)s
      UNION
      SELECT n.id FROM orders_statementline l
      JOIN orders_order n ON n.store_id = l.store_id AND n.external_number = l.order_number
      WHERE l.store_id = %(store)s AND l.at >= %(since)s AND l.kind = 'refund'
  )
  AND (r.id IS NULL AND o.refunded_amount > 0 OR r.amount <> o.refunded_amount)
ORDER BY o.id
ON CONFLICT (order_id) DO UPDATE
SET amount = excluded.amount, refunded_at = excluded.refunded_at
"""

# By the order's number; by the trade that another line of it names; last, where a line names
# neither, by an amount that fits one payment only, and the payment only it.
_MATCH = """
WITH scope AS MATERIALIZED (
    SELECT l.id, l.kind, l.provider, l.trade, l.order_number, l.amount, l.currency, l.at
    FROM orders_statementline l
    WHERE l.store_id = %(store)s AND l.at >= %(since)s AND l.kind IN ('payment', 'refund', 'fee')
), named AS MATERIALIZED (
    SELECT s.id, o.id AS order_id
    FROM scope s
    JOIN orders_order o
      ON o.store_id = %(store)s AND o.external_number = s.order_number AND o.currency = s.currency
    WHERE s.order_number <> ''
), trades AS MATERIALIZED (
    SELECT t.provider, t.trade, min(o.id) AS order_id
    FROM (
        SELECT DISTINCT s.provider, s.trade FROM scope s
        LEFT JOIN named ON named.id = s.id
        WHERE s.trade <> '' AND s.order_number = '' AND named.id IS NULL
    ) t
    JOIN orders_statementline l
      ON l.store_id = %(store)s AND l.provider = t.provider AND l.trade = t.trade
    JOIN orders_order o
      ON o.store_id = %(store)s AND o.external_number = l.order_number
     AND o.currency = l.currency
    GROUP BY t.provider, t.trade
), told AS MATERIALIZED (
    SELECT id, order_id FROM named
    UNION ALL
    SELECT s.id, t.order_id FROM scope s JOIN trades t USING (provider, trade)
    WHERE s.order_number = ''
), pairs AS (
    SELECT s.id, s.provider, s.trade, p.order_id,
           count(*) OVER (PARTITION BY s.id) AS payments,
           count(*) OVER (PARTITION BY p.id) AS lines
    FROM scope s
    LEFT JOIN told ON told.id = s.id
    JOIN orders_payment p
      ON p.store_id = %(store)s AND p.amount = s.amount AND p.currency = s.currency
     AND p.paid_at BETWEEN s.at - %(window)s::interval AND s.at + %(window)s::interval
    WHERE s.kind = 'payment' AND s.order_number = '' AND told.id IS NULL
      AND NOT EXISTS (SELECT FROM told other WHERE other.order_id = p.order_id)
      AND NOT EXISTS (
          SELECT FROM orders_statementline l WHERE l.payment_id = p.id AND l.at < %(since)s
      )
), guessed AS MATERIALIZED (
    SELECT id, provider, trade, order_id FROM pairs WHERE payments = 1 AND lines = 1
), found AS (
    SELECT id, order_id FROM told
    UNION ALL
    SELECT id, order_id FROM guessed
    UNION ALL
    SELECT s.id, min(g.order_id)
    FROM scope s JOIN guessed g USING (provider, trade)
    WHERE s.trade <> '' AND s.order_number = '' AND s.id <> g.id AND s.kind <> 'payment'
    GROUP BY s.id
)
UPDATE orders_statementline l
SET order_id = fits.order_id, payment_id = fits.payment_id, refund_id = fits.refund_id
FROM (
    SELECT s.id, f.order_id, p.id AS payment_id, r.id AS refund_id
    FROM scope s
    LEFT JOIN found f ON f.id = s.id
    LEFT JOIN orders_payment p ON p.order_id = f.order_id AND s.kind = 'payment'
    LEFT JOIN orders_refund r ON r.order_id = f.order_id AND s.kind = 'refund'
) fits
WHERE l.id = fits.id AND (l.order_id, l.payment_id, l.refund_id)
    IS DISTINCT FROM (fits.order_id, fits.payment_id, fits.refund_id)
"""

# What the lines of an order come to; `agreed` is the fee by the rate of each line's day.
_MONEY = """
payments AS MATERIALIZED (
    SELECT p.* FROM orders_payment p
    JOIN (
        SELECT id FROM orders_payment WHERE store_id = %(store)s AND paid_at >= %(since)s
        UNION
        SELECT q.id FROM orders_statementline l JOIN orders_payment q ON q.order_id = l.order_id
        WHERE l.store_id = %(store)s AND l.at >= %(since)s
    ) touched ON touched.id = p.id
), refunds AS MATERIALIZED (
    SELECT r.* FROM orders_refund r
    JOIN (
        SELECT id FROM orders_refund WHERE store_id = %(store)s AND refunded_at >= %(since)s
        UNION
        SELECT l.refund_id FROM orders_statementline l
        WHERE l.store_id = %(store)s AND l.at >= %(since)s AND l.refund_id IS NOT NULL
    ) touched ON touched.id = r.id
), money AS MATERIALIZED (
    SELECT l.order_id,
           sum(l.amount) FILTER (WHERE l.kind = 'payment') AS got,
           count(*) FILTER (WHERE l.kind = 'payment') AS parts,
           min(l.at) FILTER (WHERE l.kind = 'payment') AS arrived,
           COALESCE(sum(l.amount) FILTER (WHERE l.kind = 'refund'), 0) AS back,
           sum(l.fee) - COALESCE(sum(l.amount) FILTER (WHERE l.kind = 'fee'), 0) AS fee,
           sum(round(l.amount * rate.percent / 100, 2)) FILTER (
               WHERE l.kind = 'payment' OR l.kind = 'refund' AND rate.comes_back
           ) AS agreed,
           bool_and(rate.percent IS NOT NULL) FILTER (WHERE l.kind = 'payment') AS is_agreed
    FROM orders_statementline l
    LEFT JOIN LATERAL (
        SELECT f.percent, f.comes_back FROM orders_feerate f
        WHERE f.store_id = l.store_id AND f.provider = l.provider
          AND f.valid_from <= (l.at AT TIME ZONE %(zone)s)::date
        ORDER BY f.valid_from DESC LIMIT 1
    ) rate ON true
    WHERE l.order_id IN (
        SELECT order_id FROM payments UNION SELECT order_id FROM refunds
    )
    GROUP BY l.order_id
)
"""
# A number may pass from one payment to another: it is free before it is taken.
_FREE_NUMBERS = """
UPDATE orders_{table} m SET reference = '', provider = ''
WHERE m.store_id = %(store)s AND m.reference <> '' AND NOT EXISTS (
    SELECT FROM orders_statementline l
    WHERE l.{table}_id = m.id AND l.provider = m.provider AND l.reference = m.reference
)
"""
_NUMBER = """
UPDATE orders_{table} m SET reference = first.reference, provider = first.provider
FROM (
    SELECT DISTINCT ON (l.{table}_id) l.{table}_id AS id, l.provider, l.reference
    FROM orders_statementline l
    WHERE l.store_id = %(store)s AND l.at >= %(since)s AND l.{table}_id IS NOT NULL
    ORDER BY l.{table}_id, l.at, l.id
) first
WHERE m.id = first.id AND m.reference = ''
"""
_FEES = f"""
WITH {_MONEY}
UPDATE orders_payment p SET fee = COALESCE(money.fee, 0)
FROM payments known LEFT JOIN money USING (order_id)
WHERE p.id = known.id AND p.fee <> COALESCE(money.fee, 0)
"""

# A day: until when its payments have to be there, and whether a statement speaks of it.
_DIFFER = f"""
WITH {_MONEY}, days AS MATERIALIZED (
    SELECT d.day, d.due,
           EXISTS (
               SELECT FROM orders_statement s
               WHERE s.store_id = %(store)s AND d.day BETWEEN s.first_day AND s.last_day
           ) AS is_covered,
           d.day >= (
               SELECT min(s.first_day) FROM orders_statement s WHERE s.store_id = %(store)s
           ) AS is_expected
    FROM unnest(%(days)s::date[], %(dues)s::timestamptz[]) AS d (day, due)
), paid AS MATERIALIZED (
    SELECT p.*, m.got, COALESCE(m.parts, 0) AS parts, m.arrived, m.fee AS kept, m.agreed,
           m.is_agreed, days.due, days.is_covered, days.is_expected
    FROM payments p
    LEFT JOIN money m USING (order_id)
    JOIN days ON days.day = (p.paid_at AT TIME ZONE %(zone)s)::date
), found (kind, payment_id, refund_id, line_id, ours, theirs, currency, at) AS MATERIALIZED (
    SELECT CASE WHEN is_covered THEN 'missing_there' ELSE 'late' END,
           id, NULL::bigint, NULL::bigint, amount, 0, currency, paid_at
    FROM paid
    WHERE parts = 0 AND amount > 0 AND (is_covered OR is_expected AND %(at)s >= due)
    UNION ALL
    SELECT CASE WHEN EXISTS (
               SELECT FROM orders_statementline l WHERE l.payment_id = paid.id
               GROUP BY l.amount
               HAVING count(*) > 1 AND (count(*) - 1) * l.amount = paid.got - paid.amount
           ) THEN 'duplicate' ELSE 'amount' END,
           id, NULL, NULL, amount, got, currency, paid_at
    FROM paid WHERE parts > 0 AND got <> amount
    UNION ALL
    SELECT 'late', id, NULL, NULL, got, got, currency, paid_at
    FROM paid WHERE parts > 0 AND arrived >= due
    UNION ALL
    SELECT 'fee', id, NULL, NULL, -agreed, -kept, currency, paid_at
    FROM paid WHERE parts > 0 AND is_agreed AND agreed <> kept
    UNION ALL
    SELECT CASE WHEN COALESCE(m.back, 0) = 0 THEN 'missing_there' ELSE 'amount' END,
           NULL, r.id, NULL, -r.amount, COALESCE(m.back, 0), r.currency, r.refunded_at
    FROM refunds r
    LEFT JOIN money m USING (order_id)
    JOIN days ON days.day = (r.refunded_at AT TIME ZONE %(zone)s)::date
    WHERE COALESCE(m.back, 0) <> -r.amount AND (m.back <> 0 OR days.is_covered)
    UNION ALL
    SELECT 'missing_here', NULL, NULL, l.id, 0, l.amount, l.currency, l.at
    FROM orders_statementline l
    WHERE l.store_id = %(store)s AND l.at >= %(since)s
      AND (l.kind = 'payment' AND l.payment_id IS NULL
           OR l.kind = 'refund' AND l.refund_id IS NULL)
), told AS (
    INSERT INTO orders_moneydifference AS d (
        store_id, kind, payment_id, refund_id, line_id, ours, theirs, currency, at, opened_at,
        state, how, note
    )
    SELECT %(store)s, kind, payment_id, refund_id, line_id, ours, theirs, currency, at, %(at)s,
           'open', '', ''
    FROM found ORDER BY kind, payment_id, refund_id, line_id
    ON CONFLICT (kind, payment_id, refund_id, line_id) DO UPDATE
    SET ours = excluded.ours, theirs = excluded.theirs, at = excluded.at,
        currency = excluded.currency, opened_at = excluded.opened_at, state = 'open',
        how = '', note = '', approval_id = NULL, settled_by_id = NULL, settled_at = NULL
    WHERE d.state = 'gone' OR (d.ours, d.theirs) <> (excluded.ours, excluded.theirs)
    RETURNING d.id
), gone AS (
    UPDATE orders_moneydifference d SET state = 'gone'
    FROM (
        SELECT k.id FROM orders_moneydifference k
        LEFT JOIN payments p ON p.id = k.payment_id
        LEFT JOIN refunds r ON r.id = k.refund_id
        LEFT JOIN orders_statementline l ON l.id = k.line_id AND l.at >= %(since)s
        LEFT JOIN found f
          ON f.kind = k.kind
         AND COALESCE(f.payment_id, 0) = COALESCE(k.payment_id, 0)
         AND COALESCE(f.refund_id, 0) = COALESCE(k.refund_id, 0)
         AND COALESCE(f.line_id, 0) = COALESCE(k.line_id, 0)
        WHERE k.store_id = %(store)s AND k.state <> 'gone' AND f.kind IS NULL
          AND COALESCE(p.id, r.id, l.id) IS NOT NULL
    ) past
    WHERE d.id = past.id
    RETURNING d.id
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM gone)
"""
_FIRST_PAID = """
SELECT min(LEAST(p.paid_at, r.refunded_at)) FROM orders_statementline l
LEFT JOIN orders_payment p ON p.order_id = l.order_id
LEFT JOIN orders_refund r ON r.order_id = l.order_id
WHERE l.store_id = %(store)s AND l.at >= %(since)s
"""


def match_money(store: Store, *, at: datetime, since: datetime | None = None) -> dict[str, int]:
    """Every payment, refund and line of the store since then is matched, every difference listed.

    `since` defaults to as many days back as the setting says. Differences that are new, or whose
    money changed since somebody settled them, are open; those that agree by now are gone. Answers
    how many lines were matched anew, and how many differences were opened and went. One run of a
    store at a time; harmless to repeat.
    """
    return retrying(partial(_match, store, at, since))


def _match(store: Store, at: datetime, since: datetime | None) -> dict[str, int]:
    numbers = procedure.numbers_of(
        [FUNDS_WITHIN.key, GUESS_WITHIN.key, LOOK_BACK.key], store=store, channel=None, at=at
    )
    back = timedelta(days=float(numbers[LOOK_BACK.key].value))
    facts: dict[str, Any] = {
        "store": store.pk,
        "zone": store.timezone,
        "at": at,
        "since": since or at - back,
        "window": timedelta(days=float(numbers[GUESS_WITHIN.key].value)),
    }
    lock_name(f"orders.money:{store.pk}")
    with connection.cursor() as cursor:
        cursor.execute(_PAID, facts)
        derived = cursor.rowcount
        cursor.execute(_REFUNDED, facts)
        if derived + cursor.rowcount >= ANALYZED_FROM:
            cursor.execute("ANALYZE orders_payment, orders_refund, orders_statementline")
        cursor.execute(_MATCH, facts)
        matched = cursor.rowcount
        if matched >= ANALYZED_FROM:
            cursor.execute("ANALYZE orders_statementline")
        for table in ("payment", "refund"):
            cursor.execute(_FREE_NUMBERS.format(table=table), facts)
            cursor.execute(_NUMBER.format(table=table), facts)
        cursor.execute(_FEES, facts)
        cursor.execute(_FIRST_PAID, facts)
        first = min(cursor.fetchone()[0] or facts["since"], facts["since"])
        within = int(numbers[FUNDS_WITHIN.key].value)
        days = dues(store, first, at, within=within)
        cursor.execute(_DIFFER, {**facts, "days": list(days), "dues": list(days.values())})
        opened, gone = cursor.fetchone()
    return {"matched": matched, "opened": opened, "gone": gone}


def dues(store: Store, first: datetime, last: datetime, *, within: int) -> dict[date, datetime]:
    """Day → the moment from which money of its payments is late: working days by the calendar."""
    calendar = work_time(store)
    day, end = store.business_date(first), store.business_date(last) + DAY
    found = {}
    while day <= end:
        found[day] = _end_of(calendar, calendar.add_working_days(day, within))
        day += DAY
    return found


def _end_of(calendar: WorkTime, day: date) -> datetime:
    """Midnight after it: providers book until late, whenever the store's people go home."""
    return datetime.combine(day + DAY, datetime.min.time(), tzinfo=calendar.zone)
