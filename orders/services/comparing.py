"""An answer of a channel against our orders: sets compared in the database (ORD-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

if TYPE_CHECKING:
    from orders.models import ChannelReconciliation
    from orders.sources.registry import Answer

COUNTS = ("listed", "agreeing", "missing_here", "missing_there", "different")

# Ours as a channel would say it. An order of amounts only is not known to be further than paid.
_STATE = """
CASE WHEN o.fulfilment_state = 'cancelled' OR o.payment_state = 'refunded' THEN 'closed'
     WHEN o.fulfilment_state = 'delivered' THEN 'finished'
     WHEN o.fulfilment_state = 'shipped' THEN 'shipped'
     WHEN o.payment_state = 'unpaid' THEN 'unpaid'
     ELSE 'paid'
END
"""
_PAIRS = """
(VALUES
    ('state', ours.state,
     CASE WHEN ours.is_amount_only AND due.state IN ('shipped', 'finished') THEN 'paid'
          ELSE due.state END),
    ('paid', ours.paid::text, round(due.paid, 2)::text),
    ('refunded', ours.refunded::text, round(due.refunded, 2)::text)
)
"""
# The channel knows one order where we ship several that were split from it.
_OF_FAMILY = """
o.{0} + COALESCE((SELECT sum(part.{0}) FROM orders_order part WHERE part.split_from_id = o.id), 0)
"""
# Each step is a table of its own, measured and indexed: guessing at their sizes, the planner would
# compare every order with every other.
_STEPS = {
    "reconciled_listed": """
SELECT DISTINCT ON (number) l.*, l.changed_at >= %(since)s AND l.changed_at < %(until)s
            AND l.changed_at <= %(settled)s AS is_due
FROM jsonb_to_recordset(%(listed)s) AS l (
    number text, state text, paid numeric, refunded numeric, changed_at timestamptz
)
ORDER BY number, changed_at DESC
""",
    "reconciled_ours": f"""
SELECT o.external_number AS number, o.placed_at, o.is_amount_only, {_STATE} AS state,
       {_OF_FAMILY.format("paid_amount")} AS paid,
       {_OF_FAMILY.format("refunded_amount")} AS refunded
FROM orders_order o
WHERE o.store_id = %(store)s AND o.channel_id = %(channel)s AND o.split_from_id IS NULL
  AND o.external_number IN (SELECT number FROM reconciled_listed WHERE is_due)
UNION
SELECT o.external_number, o.placed_at, o.is_amount_only, {_STATE},
       {_OF_FAMILY.format("paid_amount")}, {_OF_FAMILY.format("refunded_amount")}
FROM orders_order o
WHERE o.store_id = %(store)s AND o.channel_id = %(channel)s AND o.split_from_id IS NULL
  AND o.placed_at >= %(covers_since)s AND o.placed_at <= %(covers_until)s
""",
    "reconciled_found": f"""
SELECT due.number, 'missing_here' AS kind, '' AS field, '' AS ours,
       coalesce(due.state, '') AS theirs, due.changed_at
FROM reconciled_listed due LEFT JOIN reconciled_ours ours USING (number)
WHERE due.is_due AND ours.number IS NULL
UNION ALL
SELECT ours.number, 'missing_there', '', ours.state, '', NULL
FROM reconciled_ours ours LEFT JOIN reconciled_listed listed USING (number)
WHERE listed.number IS NULL AND ours.state <> 'closed'
UNION ALL
SELECT number, 'different', pair.field, pair.ours, pair.theirs, due.changed_at
FROM reconciled_listed due JOIN reconciled_ours ours USING (number)
CROSS JOIN LATERAL {_PAIRS} AS pair (field, ours, theirs)
WHERE due.is_due AND pair.ours <> pair.theirs
""",
    "reconciled_news": """
SELECT * FROM reconciled_found f WHERE NOT EXISTS (
    SELECT FROM orders_channeldifference d
    WHERE d.channel_id = %(channel)s AND d.external_number = f.number AND d.kind = f.kind
      AND d.field = f.field AND d.ours = f.ours AND d.theirs = f.theirs
      AND d.state IN ('explained', 'ignored')
)
""",
}
_TELL = """
INSERT INTO orders_channeldifference AS d (
    channel_id, run_id, external_number, kind, field, ours, theirs, changed_at, opened_at,
    state, note
)
SELECT %(channel)s, %(run)s, number, kind, field, ours, theirs, changed_at, %(at)s, 'open', ''
FROM reconciled_news ORDER BY number, field
ON CONFLICT (channel_id, external_number, field) WHERE state = 'open'
DO UPDATE SET run_id = excluded.run_id, kind = excluded.kind, ours = excluded.ours,
              theirs = excluded.theirs, changed_at = excluded.changed_at
"""
_CLOSE = """
UPDATE orders_channeldifference d SET state = 'agrees', settled_at = %(at)s
FROM reconciled_listed listed
WHERE d.channel_id = %(channel)s AND d.state = 'open' AND listed.number = d.external_number
  AND (d.kind = 'missing_there' OR listed.is_due)
  AND NOT EXISTS (
      SELECT FROM reconciled_news n WHERE n.number = d.external_number AND n.field = d.field
  )
"""
_COUNT = """
SELECT listed, listed - differing, missing_here, missing_there, different
FROM (SELECT count(*) AS listed FROM reconciled_listed WHERE is_due) answered,
     (SELECT count(DISTINCT number) FILTER (WHERE kind <> 'missing_there') AS differing,
             count(*) FILTER (WHERE kind = 'missing_here') AS missing_here,
             count(*) FILTER (WHERE kind = 'missing_there') AS missing_there,
             count(DISTINCT number) FILTER (WHERE kind = 'different') AS different
      FROM reconciled_found) found
"""
# Without asking anybody: the order came in since, or our side says what theirs said.
_MENDED = f"""
WITH mended AS (
    SELECT d.id, d.kind, o.import_session_id
    FROM orders_channeldifference d
    JOIN stores_channel c ON c.id = d.channel_id
    JOIN orders_order o ON o.store_id = c.store_id AND o.channel_id = c.id
                       AND o.external_number = d.external_number
    CROSS JOIN LATERAL (
        SELECT {_STATE} AS state, o.paid_amount AS paid, o.refunded_amount AS refunded
    ) ours
    WHERE d.state = 'open' AND d.channel_id = ANY (%(channels)s)
      AND CASE d.kind WHEN 'missing_here' THEN true
                      WHEN 'missing_there' THEN ours.state = 'closed'
                      ELSE CASE d.field WHEN 'state' THEN ours.state = d.theirs
                                        WHEN 'paid' THEN ours.paid::text = d.theirs
                                        ELSE ours.refunded::text = d.theirs END
          END
    ORDER BY d.id
    FOR UPDATE OF d
)
UPDATE orders_channeldifference d
SET state = CASE mended.kind WHEN 'missing_here' THEN 'taken_in' ELSE 'agrees' END,
    settled_at = %(at)s, settled_by_id = session.created_by_id,
    note = CASE WHEN session.id IS NULL THEN '' ELSE 'import:' || session.id END
FROM mended
LEFT JOIN exchange_importsession session
    ON session.id = mended.import_session_id AND mended.kind = 'missing_here'
WHERE d.id = mended.id
"""


def compare(run: ChannelReconciliation, answer: Answer, *, settled: datetime) -> None:
    """Each difference is an open row, those that are none any more are closed; it counts them.

    What changed there after `settled` may still be on its way. In the caller's transaction, under
    the channel's lock. As many statements for ten thousand orders as for one.
    """
    facts = _facts(run, answer, settled)
    with connection.cursor() as cursor:
        for name, rows in _STEPS.items():
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {rows}", facts)
            cursor.execute(f"CREATE INDEX ON {name} (number)")
            cursor.execute(f"ANALYZE {name}")
        cursor.execute(_TELL, facts)
        cursor.execute(_CLOSE, facts)
        cursor.execute(_COUNT)
        for name, count in zip(COUNTS, cursor.fetchone(), strict=True):
            setattr(run, name, count)
    run.save(update_fields=COUNTS)


def _facts(run: ChannelReconciliation, answer: Answer, settled: datetime) -> dict[str, Any]:
    assert run.covers_until is not None
    return {
        "listed": orjson.dumps(answer.orders, default=str).decode(),
        "store": run.channel.store_id,
        "channel": run.channel_id,
        "run": run.pk,
        "at": run.at,
        "since": run.since,
        "until": run.until,
        "settled": settled,
        "covers_since": run.covers_since,
        "covers_until": min(run.covers_until, settled),
    }


def close_mended(channel_ids: Sequence[int], *, at: datetime) -> int:
    """Open differences that our orders have caught up with are closed; returns how many.

    One that was missing here says which import brought it, if one did, and who ran that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MENDED, {"channels": list(channel_ids), "at": at})
        return cursor.rowcount
