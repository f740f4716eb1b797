"""What another system says is in stock: taken over by ledger lines, or compared (CAT-16).

A statement speaks of a moment. What moved since then, here, is no difference: figures are compared
as of that moment, and only what is left over is corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.db import connection, transaction

from catalog.models import Warehouse
from catalog.services import adjusting
from catalog.services.handling import require_right
from catalog.services.stock import tell_arrivals, tell_losses
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User


class Stated(NamedTuple):
    """`pieces` of a SKU in a warehouse, the reserved ones among them or (`is_free`) not."""

    number: int
    sku_code: str
    warehouse_id: int
    pieces: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a line: `outcome` new, corrected, same, different, unknown, short or large.

    `target_id` is the stock level's id or, where only compared, the open difference's.
    """

    number: int
    outcome: str
    target_id: int | None = None
    ours: int = 0
    theirs: int = 0


_GIVEN = """
given AS (
    SELECT g.number, k.id AS sku_id, COALESCE(k.cost, k.list_price, 0) AS worth, g.warehouse_id,
           g.pieces, g.is_free
    FROM jsonb_to_recordset(%(lines)s) AS g (
        number bigint, sku_code text, warehouse_id bigint, pieces integer, is_free boolean
    )
    JOIN catalog_sku k ON k.store_id = %(store)s AND k.code = g.sku_code
    JOIN catalog_warehouse w ON w.id = g.warehouse_id AND w.store_id = k.store_id
    -- Of a bundle no system can have pieces: it is unknown there.
    WHERE NOT EXISTS (SELECT FROM catalog_bundlepart p WHERE p.bundle_id = k.id)
)
"""
# A place that never had stock has no row; none is made where the statement is only compared.
_PLANNED = f"""
{_GIVEN}, planned AS (
    SELECT given.*, l.id AS level_id, COALESCE(l.available, 0) AS available,
           COALESCE(moved.lines, 0) = 0 AS is_new, COALESCE(moved.corrected, 0) AS corrected,
           COALESCE(l.available, 0) - COALESCE(moved.available, 0) AS ours,
           given.pieces - CASE WHEN given.is_free THEN 0
               ELSE COALESCE(l.reserved, 0) - COALESCE(moved.reserved, 0) END AS theirs
    FROM given
    LEFT JOIN catalog_stocklevel l USING (sku_id, warehouse_id)
    LEFT JOIN LATERAL (
        SELECT count(*) AS lines,
               sum(m.quantity) FILTER (WHERE m.kind = 'count' AND m.actor_id = %(actor)s
                   AND m.at > %(since)s AND m.reference NOT LIKE %(agreed)s) AS corrected,
               sum((m.to_state = 'available')::int * m.quantity
                   - (m.from_state = 'available')::int * m.quantity)
                   FILTER (WHERE m.at > %(at)s) AS available,
               sum((m.to_state = 'reserved')::int * m.quantity
                   - (m.from_state = 'reserved')::int * m.quantity)
                   FILTER (WHERE m.at > %(at)s) AS reserved
        FROM catalog_stockmovement m
        WHERE m.sku_id = given.sku_id AND m.warehouse_id = given.warehouse_id
    ) moved ON true
)
"""
# By index even where the planner still has the picture of an empty table, as in `reserve_orders`.
_PLACES = f"""
SET LOCAL enable_seqscan = off;
WITH {_GIVEN}
INSERT INTO catalog_stocklevel
    (sku_id, warehouse_id, available, reserved, shipped, "returning", damaged, sold)
SELECT DISTINCT sku_id, warehouse_id, 0, 0, 0, 0, 0, 0 FROM given ORDER BY sku_id, warehouse_id
ON CONFLICT DO NOTHING
RETURNING id
"""
_LOCK = f"""
WITH {_GIVEN}
SELECT l.id FROM catalog_stocklevel l
JOIN given USING (sku_id, warehouse_id)
ORDER BY l.sku_id, l.warehouse_id
FOR UPDATE OF l
"""
_POST = f"""
WITH {_PLANNED}, judged AS (
    SELECT *, theirs - ours AS delta,
           CASE
               WHEN theirs < 0 OR available + theirs - ours < 0 THEN 'short'
               WHEN theirs = ours AND NOT level_id = ANY (%(made)s::bigint[]) THEN 'same'
               WHEN is_new THEN 'new'
               WHEN abs(theirs - ours) + corrected > %(pieces)s
                   OR (abs(theirs - ours) + corrected) * worth > %(amount)s THEN 'large'
               ELSE 'corrected'
           END AS outcome
    FROM planned
), posted AS (
    UPDATE catalog_stocklevel l SET available = l.available + j.delta
    FROM judged j WHERE l.id = j.level_id AND j.outcome IN ('new', 'corrected') AND j.delta <> 0
), lines AS (
    INSERT INTO catalog_stockmovement (
        sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, actor_id, at
    )
    SELECT sku_id, warehouse_id, 'count',
           CASE WHEN delta < 0 THEN 'available' ELSE '' END,
           CASE WHEN delta > 0 THEN 'available' ELSE '' END,
           abs(delta), %(reference)s, '', %(actor)s, %(at)s
    FROM judged WHERE outcome IN ('new', 'corrected') AND delta <> 0
    ORDER BY sku_id, warehouse_id
)
SELECT number, outcome, level_id, ours, theirs, sku_id, warehouse_id FROM judged
"""
_TELL = """
INSERT INTO catalog_stockdifference (
    sku_id, warehouse_id, source, ours, theirs, at, opened_at, state, note
)
SELECT sku_id, warehouse_id, %(source)s, ours, theirs, %(at)s, %(now)s, 'open', ''
FROM {found} ORDER BY sku_id, warehouse_id
ON CONFLICT (sku_id, warehouse_id, source) WHERE state = 'open'
DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, at = excluded.at
RETURNING id, sku_id, warehouse_id
"""
_COMPARE = f"""
WITH {_PLANNED}, different AS (
    SELECT * FROM planned WHERE theirs <> ours
), told AS ({_TELL.format(found="different")}), gone AS (
    UPDATE catalog_stockdifference d SET state = 'gone', settled_at = %(now)s
    FROM planned p
    WHERE d.sku_id = p.sku_id AND d.warehouse_id = p.warehouse_id AND d.source = %(source)s
      AND d.state = 'open' AND p.theirs = p.ours
)
SELECT p.number, CASE WHEN told.id IS NULL THEN 'same' ELSE 'different' END, told.id, p.ours,
       p.theirs, p.sku_id
FROM planned p LEFT JOIN told USING (sku_id, warehouse_id)
"""
_LARGE = f"""
WITH {_PLANNED}, large AS (SELECT * FROM planned WHERE theirs <> ours)
{_TELL.format(found="large")}
"""
_NO_LIMIT = 2**31


def post_statement(
    lines: Sequence[Stated], *, store: Store, reference: str, actor: User | None, at: datetime
) -> list[Settled]:
    """Each place holds what the statement says it held at `at`, by a ledger line; one answer each.

    `short`: fewer pieces than orders have taken or were moved since; nothing is changed there.
    `large`: more than `actor` may correct alone; it is an open difference instead. First stock of
    a place knows no limit, nor does a program of ours (`actor` None). Locks the stock rows in SKU
    order; four statements however many lines, and what bins ask where pieces were lost. A re-run
    finds all the same.
    """
    facts = _facts(lines, store=store, actor=actor, at=at) | {"reference": reference}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLACES, facts)
        facts["made"] = [level_id for (level_id,) in cursor.fetchall()]
        cursor.execute(_LOCK, facts)
        cursor.execute(_POST, facts)
        found = cursor.fetchall()
        large = {row[0] for row in found if row[1] == "large"}
        if large:
            told = [line for line in lines if line.number in large]
            facts = _facts(told, store=store, actor=actor, at=at)
            cursor.execute(_LARGE, facts | {"source": reference, "now": at})
        posted = [row[3:] for row in found if row[1] in ("new", "corrected")]
        tell_arrivals(sku_id for ours, theirs, sku_id, _place in posted if theirs > ours)
        lost = {(sku, place) for ours, theirs, sku, place in posted if theirs < ours}
        tell_losses(lost, actor=actor, at=at)
    return _answers(lines, found)


def compare_statement(
    lines: Sequence[Stated], *, store: Store, source: str, at: datetime, now: datetime
) -> list[Settled]:
    """Each place that differs has an open difference of this source, and no other has one.

    Nothing moves. One statement; a re-run tells the same differences anew.
    """
    facts = _facts(lines, store=store, actor=None, at=at) | {"source": source, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, facts)
        return _answers(lines, cursor.fetchall())


@dataclass(frozen=True)
class Statement:
    """What `source` has in stock at a moment, to be compared or taken over."""

    store: Store
    source: str
    lines: Sequence[Stated]
    at: datetime
    takes_over: bool


def take_in(statement: Statement, *, actor: User, now: datetime) -> list[Settled]:
    """A statement that somebody sends in is compared or taken over. Raises NotAllowed."""
    if not statement.takes_over:
        return compare_statement(
            statement.lines,
            store=statement.store,
            source=statement.source,
            at=statement.at,
            now=now,
        )
    places = {line.warehouse_id for line in statement.lines}
    for warehouse in Warehouse.objects.filter(pk__in=places):
        require_right(adjusting.ADJUST, warehouse, actor)
    return post_statement(
        statement.lines,
        store=statement.store,
        reference=statement.source,
        actor=actor,
        at=statement.at,
    )


def _answers(lines: Sequence[Stated], found: list[tuple]) -> list[Settled]:
    settled = {row[0]: Settled(*row[:5]) for row in found}
    return [settled.get(line.number) or Settled(line.number, "unknown") for line in lines]


def _facts(
    lines: Sequence[Stated], *, store: Store, actor: User | None, at: datetime
) -> dict[str, Any]:
    limits = procedure.numbers_of(
        [adjusting.PIECES_ALONE.key, adjusting.AMOUNT_ALONE.key, "approvals.sums_within"],
        store=store,
        channel=None,
        at=at,
    )
    window = timedelta(minutes=float(limits["approvals.sums_within"].value))
    return {
        "lines": orjson.dumps([line._asdict() for line in lines]).decode(),
        "store": store.pk,
        "actor": actor.pk if actor else None,
        "at": at,
        "made": [],
        "since": at - window,
        "agreed": f"{adjusting.REFERENCE}%",
        "pieces": limits[adjusting.PIECES_ALONE.key].value if actor else _NO_LIMIT,
        "amount": limits[adjusting.AMOUNT_ALONE.key].value if actor else _NO_LIMIT**2,
    }
