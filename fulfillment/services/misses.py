"""Missed and short shipments are found every day and followed up (FUL-4).

Missed on a business day: the ship-by had passed by its end and the order was still here. Short:
something of the order left on that day and something of it stayed behind, in a part that was split
off or as pieces that were ordered and are in no shipped reservation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import ShipmentMiss
from fulfillment.services.late_risks import RULE
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.bulk.services import Done
from opsdesk.db import lock_name, retrying
from opsdesk.errors import DomainError
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

FOLLOW_UP = "fulfillment.follow_up_miss"
State = ShipmentMiss.State
MOST_NOTE = 300

OPEN = AlertKind(
    code="fulfillment.missed_shipments",
    title=gettext_lazy("Missed or short shipments nobody follows up"),
    clause="FUL-4",
    runbook=gettext_lazy(
        "Look at the oldest first: ship it, or say who does what about it. The alert closes by "
        "itself once each has an owner or has left."
    ),
    evidence={
        "missed": gettext_lazy("missed"),
        "short": gettext_lazy("short"),
        "oldest": gettext_lazy("oldest day"),
    },
    acts_on=ListPlace(
        "admin:fulfillment_shipmentmiss_changelist", "fulfillment.view_shipmentmiss", tab="open"
    ),
)

# Of a clock that was put off or called off nothing is owed.
_MISSED = """
SELECT o.id, 'missed' AS kind, d.due_at,
       (SELECT sum(l.quantity) FROM orders_orderline l WHERE l.order_id = o.id) AS pieces
FROM orders_order o
JOIN deadlines_deadline d ON d.subject_type_id = %(type)s AND d.subject_id = o.id
    AND d.rule = %(rule)s AND d.state IN ('running', 'met') AND d.due_at < %(end)s
WHERE o.store_id = %(store)s AND o.paid_at < %(end)s
  AND (o.fulfilment_state IN ('waiting', 'reserved') OR o.shipped_at >= %(end)s)
  AND o.cancelled_at IS NULL
"""
_LEFT = """
SELECT o.id, COALESCE(o.split_from_id, o.id) AS family FROM orders_order o
WHERE o.store_id = %(store)s AND o.shipped_at >= %(start)s AND o.shipped_at < %(end)s
  AND o.fulfilment_state IN ('shipped', 'delivered')
"""
_SHORT = f"""
SELECT g.id, 'short' AS kind, NULL::timestamptz AS due_at, COALESCE(b.pieces, 0) + COALESCE(
       s.pieces, 0) AS pieces
FROM ({_LEFT}) g
LEFT JOIN LATERAL (
    SELECT sum(l.quantity) AS pieces
    FROM orders_order p
    JOIN orders_orderline l ON l.order_id = p.id
    WHERE (p.id = g.family OR p.split_from_id = g.family)
      AND (p.shipped_at IS NULL OR p.shipped_at >= %(end)s)
      AND (p.cancelled_at IS NULL OR p.cancelled_at >= %(end)s)
) b ON true
LEFT JOIN LATERAL (
    SELECT sum(l.quantity - r.pieces) AS pieces
    FROM orders_orderline l
    JOIN LATERAL (
        SELECT sum(quantity) AS pieces FROM orders_reservation
        WHERE line_id = l.id AND sku_id = l.sku_id AND state = 'shipped'
    ) r ON r.pieces < l.quantity
    WHERE l.order_id = g.id
) s ON true
WHERE b.pieces > 0 OR s.pieces > 0
"""
# Whose it was yesterday it is today; that it is followed up has to be said anew.
_FIND = f"""
INSERT INTO fulfillment_shipmentmiss (
    store_id, order_id, day, kind, warehouse_id, due_at, pieces, state, owner_id, note, found_at
)
SELECT %(store)s, f.id, %(day)s, f.kind, (
           SELECT min(r.warehouse_id) FROM orders_reservation r
           JOIN orders_orderline l ON l.id = r.line_id
           WHERE l.order_id = f.id AND r.state <> 'released'
       ), f.due_at, COALESCE(f.pieces, 0), 'open', b.owner_id, '', %(at)s
FROM (({_MISSED}) UNION ALL ({_SHORT})) f
LEFT JOIN LATERAL (
    SELECT owner_id FROM fulfillment_shipmentmiss
    WHERE order_id = f.id AND day < %(day)s ORDER BY day DESC LIMIT 1
) b ON true
ORDER BY f.id
ON CONFLICT (order_id, day) DO NOTHING
"""
_CLOSE = """
UPDATE fulfillment_shipmentmiss m SET state = 'closed', closed_at = %(at)s
FROM orders_order o
WHERE o.id = m.order_id AND m.store_id = %(store)s AND m.state <> 'closed'
  AND o.fulfilment_state NOT IN ('waiting', 'reserved')
  AND (m.kind = 'missed' OR NOT EXISTS (
      SELECT FROM orders_order p
      WHERE (p.id = COALESCE(o.split_from_id, o.id)
             OR p.split_from_id = COALESCE(o.split_from_id, o.id))
        AND p.fulfilment_state IN ('waiting', 'reserved')
  ) AND NOT EXISTS (
      SELECT FROM orders_orderline l
      WHERE l.order_id = o.id AND l.quantity > (
          SELECT sum(r.quantity) FROM orders_reservation r
          WHERE r.line_id = l.id AND r.sku_id = l.sku_id AND r.state = 'shipped'
      ) AND o.fulfilment_state <> 'cancelled'
  ))
"""


def find_misses(store: Store, day: date, *, at: datetime) -> int:
    """Every order that was missed or left short on that business day is listed. Returns how many
    are new. A fixed number of statements; a repeat finds nothing new.

    Raises DomainError for a day that is not over. Closes what has left meanwhile, and tells the
    store's alert.
    """
    start, end = _bounds(store, day)
    if end > at:
        raise DomainError(_("That day is not over yet."))
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.misses:{store.pk}")
        facts: dict[str, Any] = {
            "store": store.pk,
            "type": ContentType.objects.get_for_model(Order).pk,
            "rule": RULE,
            "day": day,
            "start": start,
            "end": end,
            "at": at,
        }
        cursor.execute(_FIND, facts)
        found = cursor.rowcount
        cursor.execute(_CLOSE, facts)
        _tell(store, at)
    return found


def close_misses(store: Store, *, at: datetime) -> int:
    """What has left or was cancelled is closed, and the store's alert follows. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.misses:{store.pk}")
        cursor.execute(_CLOSE, {"store": store.pk, "at": at})
        closed = cursor.rowcount
        _tell(store, at)
    return closed


def follow_up(ids: Sequence[int], actor: User, at: datetime, note: str = "") -> Done:
    """Each of these has this person for its owner, and says what is done about it.

    For a verb of the list. Raises DomainError without a note.
    """
    if not note.strip():
        raise DomainError(_("Say what is done about it."))
    rows = ShipmentMiss.objects.visible_to(actor).unsettled().filter(pk__in=ids)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(FOLLOW_UP))
    return retrying(partial(_follow_up, rows, note.strip()[:MOST_NOTE], actor=actor, at=at))


@transaction.atomic
def _follow_up(rows: Any, note: str, *, actor: User, at: datetime) -> Done:
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    ids = [row.pk for row in found]
    ShipmentMiss.objects.filter(pk__in=ids).update(
        state=State.FOLLOWED_UP, owner=actor, note=note, followed_up_at=at
    )
    for store in Store.objects.filter(pk__in={row.store_id for row in found}).order_by("pk"):
        _tell(store, at)
    return Done(ids)


def _tell(store: Store, at: datetime) -> None:
    """One alert per store while somebody has to look."""
    Kind = ShipmentMiss.Kind
    told = ShipmentMiss.objects.open().filter(store=store)
    sums = told.aggregate(
        missed=Count("pk", filter=Q(kind=Kind.MISSED)),
        short=Count("pk", filter=Q(kind=Kind.SHORT)),
        oldest=Min("day"),
    )
    findings = []
    if sums["oldest"]:
        sums["oldest"] = sums["oldest"].isoformat()
        findings = [alerts.Finding("store", store.name, Role.WAREHOUSE, evidence=sums)]
    alerts.report(OPEN, findings, store_id=store.pk, at=at)


def _bounds(store: Store, day: date) -> tuple[datetime, datetime]:
    start = store.midnight(day)
    return start, store.midnight(day + timedelta(days=1))


def find(slot: Slot, at: datetime) -> dict[str, Any]:
    """The store's day before the slot's."""
    assert slot.store is not None  # A daily job runs store by store.
    assert slot.business_date is not None
    return {"found": find_misses(slot.store, slot.business_date - timedelta(days=1), at=at)}


def close(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"closed": sum(close_misses(store, at=at) for store in Store.objects.active())}
