"""Which SKUs sell too slowly, and of which there is too much (CAT-9, CAT-10).

Once a night, per SKU over the store's active warehouses, of active SKUs with pieces to sell. Demand
is what `replenishment.DEMAND` says; days are whole business days before today; pieces are those
available, since reserved ones are sold already.

- slow mover: fewer than so many pieces on each of the last days in a row. On each of them there was
  stock when it began, and there still is: a new article and one that ran out are no slow movers.
- low sell-through (动销率): sold ÷ (sold + pieces) over a month is below so many percent. There was
  stock when the month began; what came in later has not had its month yet.
- overstock: turnover days = stock value ÷ average daily sales value are above the limit. Both are
  taken at cost, so that of one SKU it is pieces ÷ average daily sales (those of the covers), and
  needs no cost; what nobody buys lasts for ever. A SKU whose average is of fewer days than the
  least sample is not judged.

Money tied up is pieces × cost. Where the cost is not known it counts as nothing, and is told apart.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import SlowStock
from catalog.services.replenishment import LASTING, LEAST_DAYS, LINES, PLACES, lock_covers
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

Finding = SlowStock.Finding

SLOW_PIECES = Setting(
    key="catalog.slow_pieces",
    clause="CAT-9",
    title=_("A slow mover sells fewer pieces a day than"),
    default=Decimal(5),
    unit=Unit.PIECES,
    minimum=Decimal(1),
)
SLOW_DAYS = Setting(
    key="catalog.slow_days",
    clause="CAT-9",
    title=_("Days in a row that make a slow mover"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(90),
)
MONTH = Setting(
    key="catalog.sell_through_days",
    clause="CAT-9",
    title=_("Days that the sell-through is taken over"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)
SELL_THROUGH = Setting(
    key="catalog.least_sell_through",
    clause="CAT-9",
    title=_("Sell-through is low below"),
    default=Decimal(10),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
TURNOVER = Setting(
    key="catalog.most_turnover_days",
    clause="CAT-10",
    title=_("Overstock: more turnover days than"),
    default=Decimal(60),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(3_650),
)
SETTINGS = (SLOW_PIECES, SLOW_DAYS, MONTH, SELL_THROUGH, TURNOVER)


def _kind(finding: Finding, title: Any, clause: str) -> AlertKind:
    return AlertKind(
        code=f"catalog.{finding}",
        title=title,
        clause=clause,
        runbook=_(
            "Look at what ties up most money first, and choose a measure for it. The alert closes "
            "by itself once no SKU is listed any more."
        ),
        evidence={
            "skus": _("SKUs"),
            "pieces": _("pieces"),
            "without_cost": _("SKUs without a known cost"),
        },
        acts_on=ListPlace(
            "admin:catalog_slowstock_changelist", "catalog.view_slowstock", tab=str(finding)
        ),
    )


KINDS = {
    Finding.SLOW: _kind(Finding.SLOW, _("Slow movers"), "CAT-9"),
    Finding.LOW_SELL_THROUGH: _kind(Finding.LOW_SELL_THROUGH, _("Low sell-through"), "CAT-9"),
    Finding.OVERSTOCK: _kind(Finding.OVERSTOCK, _("Overstock"), "CAT-10"),
}

# `day` is a SKU's last days with ledger lines. Between two of them nothing moved: the days between
# began with what the later one began with, and all days after the last one with what is there now.
_FIND = f"""
WITH place AS ({PLACES}), line AS ({LINES}), held AS (
    SELECT sku_id, sum(available) AS now FROM place GROUP BY 1
), day AS (
    SELECT l.sku_id, l.day, sum(l.demand) AS demand,
           h.now - sum(sum(l.change)) OVER (PARTITION BY l.sku_id ORDER BY l.day DESC) AS at_start
    FROM line l JOIN held h USING (sku_id)
    WHERE l.day >= %(week)s
    GROUP BY l.sku_id, l.day, h.now
), last_week AS (
    SELECT sku_id, max(demand) FILTER (WHERE day < %(today)s) AS best_day, min(at_start) AS least
    FROM day GROUP BY 1
), last_month AS (
    SELECT sku_id, sum(change_since) AS change_since,
           sum(change) FILTER (WHERE day >= %(month)s) AS change,
           sum(demand) FILTER (WHERE day >= %(month)s AND day < %(today)s) AS sold
    FROM line GROUP BY 1
), cover AS (
    SELECT sku_id, sum(average) AS average, max(days_counted) AS days_counted
    FROM catalog_stockcover WHERE store_id = %(store)s GROUP BY 1
), told AS (
    SELECT h.sku_id, h.now - COALESCE(m.change_since, 0) AS pieces, GREATEST(m.sold, 0) AS sold,
           COALESCE(w.best_day, 0) AS best_day, COALESCE(w.least, h.now) AS least_in_week,
           h.now - COALESCE(m.change, 0) AS month_began_with
    FROM held h
    LEFT JOIN last_week w USING (sku_id)
    LEFT JOIN last_month m USING (sku_id)
), found AS (
    SELECT t.sku_id, f.finding, t.pieces, k.cost, t.sold, COALESCE(c.average, 0) AS average
    FROM told t
    JOIN catalog_sku k ON k.id = t.sku_id
    LEFT JOIN cover c USING (sku_id)
    CROSS JOIN LATERAL (VALUES
        ('slow', t.best_day < %(slow_pieces)s AND t.least_in_week > 0),
        ('low_sell_through',
         t.sold * 100 < %(sell_through)s * (t.sold + t.pieces) AND t.month_began_with > 0),
        ('overstock',
         t.pieces > c.average * %(turnover)s AND c.days_counted >= %(least_days)s)
    ) f (finding, holds)
    WHERE f.holds AND t.pieces > 0
)
INSERT INTO catalog_slowstock AS known (
    store_id, sku_id, finding, since, pieces, cost, value, sold, sell_through, average,
    turnover_days, computed_at
)
SELECT %(store)s, sku_id, finding, %(today)s, pieces, cost, pieces * COALESCE(cost, 0), sold,
       round(sold * 100.0 / (sold + pieces), 2), average,
       {LASTING.format(available="pieces", average="average")}, %(at)s
FROM found
WHERE NOT EXISTS (
    SELECT 1 FROM catalog_slowstock later
    WHERE later.sku_id = found.sku_id AND later.finding = found.finding AND later.closed_at > %(at)s
)
ORDER BY sku_id, finding
ON CONFLICT (sku_id, finding) WHERE closed_at IS NULL DO UPDATE
SET pieces = excluded.pieces, cost = excluded.cost, value = excluded.value, sold = excluded.sold,
    sell_through = excluded.sell_through, average = excluded.average,
    turnover_days = excluded.turnover_days, computed_at = excluded.computed_at
WHERE known.computed_at <= excluded.computed_at
"""


def look_for_slow_stock(store: Store, *, at: datetime) -> dict[str, int]:
    """Each finding of a SKU that holds is an open row, and no other is. Returns how many of each.

    One alert per finding tells how many and how much money they tie up; it closes itself. A fixed
    number of statements. Holds the store's lock of covers; a re-run writes the same, one for an
    earlier moment that comes late changes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_covers(store)
        cursor.execute("SET LOCAL work_mem = '64MB'")
        # The planner takes what is summed up on the way for a few rows: never row by row over it.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_FIND, _facts(store, at))
        SlowStock.objects.open().filter(store=store, computed_at__lt=at).update(closed_at=at)
        return _tell(store, at)


def _tell(store: Store, at: datetime) -> dict[str, int]:
    """The store's alerts say what its open rows say."""
    rows = SlowStock.objects.open().filter(store=store).order_by().values("finding")
    sums: dict[str, dict[str, Any]] = {
        row["finding"]: dict(row)
        for row in rows.annotate(
            skus=Count("pk"),
            pieces=Sum("pieces"),
            money=Sum("value"),
            without_cost=Count("pk", filter=Q(cost=None)),
        )
    }
    for finding, kind in KINDS.items():
        told = [_finding(store, sums[finding])] if finding in sums else []
        alerts.report(kind, told, store_id=store.pk, at=at)
    return {str(finding): sums.get(finding, {}).get("skus", 0) for finding in KINDS}


def _finding(store: Store, sums: dict[str, Any]) -> alerts.Finding:
    return alerts.Finding(
        key="store",
        subject_label=store.name,
        owner_role=Role.CATALOG_OPERATOR,
        evidence={name: sums[name] for name in ("skus", "pieces", "without_cost")},
        money_at_risk=sums["money"],
    )


def _facts(store: Store, at: datetime) -> dict[str, Any]:
    keys = [setting.key for setting in (*SETTINGS, LEAST_DAYS)]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    today = store.business_date(at)
    week = today - timedelta(days=int(numbers[SLOW_DAYS.key].value))
    month = today - timedelta(days=int(numbers[MONTH.key].value))
    return {
        "store": store.pk,
        "zone": store.timezone,
        "at": at,
        "today": today,
        "start": datetime.combine(min(week, month), time(), tzinfo=store.zone),
        "week": week,
        "month": month,
        "slow_pieces": numbers[SLOW_PIECES.key].value,
        "sell_through": numbers[SELL_THROUGH.key].value,
        "turnover": numbers[TURNOVER.key].value,
        "least_days": numbers[LEAST_DAYS.key].value,
    }


def look(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    return look_for_slow_stock(slot.store, at=at)


JOB = Job(
    "catalog.look_for_slow_stock",
    _("Slow movers, low sell-through and overstock"),
    look,
    daily_at=time(3),  # the covers are measured by then
)
