"""Whether yesterday's orders and money were as usual (INS-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import DailySales, DayBasis, RollupMark
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.services import Finding
from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.readings import numbers
from opsdesk.readings.figures import Figure, Good, Measure, shortest
from opsdesk.readings.watching import Usual, Verdict, unusual, value_of
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store

DAY = timedelta(days=1)
CENT = Decimal("0.01")

ORDERS = Figure("orders", _("orders"), Measure.COUNT, Good.UP)
GMV = Figure("gmv", _("GMV"), Measure.MONEY, Good.UP)
AOV = Figure("aov", _("average order value"), Measure.MONEY, Good.UP)
REFUNDS = Figure("refunds", _("refunds"), Measure.MONEY, Good.DOWN, owner_role=Role.SERVICE_LEAD)
FIGURES = (ORDERS, GMV, AOV, REFUNDS)

UNUSUAL = AlertKind(
    code="analytics.unusual",
    title=_("Sales or refunds are outside their usual range"),
    clause="INS-8",
    runbook=_(
        "Compare the day with the weeks before. Look for a cause: an activity, a price, stock, a "
        "channel that sent no orders, one big refund."
    ),
    evidence={
        "figure": _("figure"),
        "day": _("business day"),
        "value": _("value"),
        "low": _("usual from"),
        "high": _("usual to"),
        "middle": _("usual middle"),
        "weeks": _("weeks looked at"),
    },
    words={"figure": {figure.code: figure.title for figure in FIGURES}},
)

# What went back on a day, whenever the order was placed: refunds of yesterday's orders are still to
# come, those of old orders have come.
_REFUNDED = """
SELECT o.channel_id, (r.refunded_at AT TIME ZONE %(zone)s)::date AS day, sum(r.amount)
FROM orders_refund r JOIN orders_order o ON o.id = r.order_id
WHERE r.store_id = %(store)s AND r.refunded_at >= %(start)s AND r.refunded_at < %(end)s
  AND (r.refunded_at AT TIME ZONE %(zone)s)::date = ANY (%(days)s)
GROUP BY o.channel_id, day
"""

Series = dict[date, Decimal]


def series_of(store: Store, days: Sequence[date]) -> dict[int, dict[str, Series]]:
    """Channel id → figure → its value on each of these days; a day without orders counts nought.

    A channel's days begin with its first order; an average needs a paid one. Three statements,
    whatever the number of orders.
    """
    sold = DailySales.objects.filter(store=store, basis=DayBasis.CREATED)
    first = dict(
        sold.order_by("channel_id", "date").distinct("channel_id").values_list("channel_id", "date")
    )
    rows = {(row.channel_id, row.date): row for row in sold.filter(date__in=days)}
    back = _refunded(store, days)
    found: dict[int, dict[str, Series]] = {}
    for channel_id, since in first.items():
        series: dict[str, Series] = {figure.code: {} for figure in FIGURES}
        for day in days:
            if day < since:
                continue
            row = rows.get((channel_id, day))
            series["orders"][day] = Decimal(row.orders if row else 0)
            series["gmv"][day] = row.gmv if row else Decimal(0)
            series["refunds"][day] = back.get((channel_id, day), Decimal(0))
            if row and row.paid_orders:
                series["aov"][day] = (row.gmv / row.paid_orders).quantize(CENT)
        found[channel_id] = series
    return found


def _refunded(store: Store, days: Sequence[date]) -> dict[tuple[int, date], Decimal]:
    values = {
        "zone": store.timezone,
        "store": store.pk,
        "start": store.midnight(min(days)),
        "end": store.midnight(max(days) + DAY),
        "days": list(days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REFUNDED, values)
        return {(channel, day): amount for channel, day, amount in cursor.fetchall()}


def look(store: Store, at: datetime) -> Seen:
    """Yesterday per channel against the same weekday of the weeks before; today is not over yet.

    Raises CannotCheck where yesterday is not rolled up, or no channel has days enough.
    """
    yesterday = store.business_date(at) - DAY
    _require_rolled_up(store, yesterday)
    usual = Usual.of(store, at)
    days = [yesterday, *usual.days_before(yesterday)]
    series = series_of(store, days)
    channels = [each for each in store.channels.filter(is_active=True) if each.pk in series]
    judged = [
        (channel, figure, values[yesterday], expected)
        for channel in channels
        for figure, values in _known(series[channel.pk])
        if yesterday in values
        and (expected := usual.range_of([values[day] for day in days[1:] if day in values]))
    ]
    if not judged:
        raise CannotCheck(gettext("There are too few days yet to tell what is usual."))
    rows = dict(
        DailySales.objects.filter(store=store, basis=DayBasis.CREATED, date=yesterday).values_list(
            "channel_id", "pk"
        )
    )
    deadline = at + timedelta(minutes=float(value_of(numbers.ACT_WITHIN, store, at)))
    found = [
        _finding(channel, figure, value, bad, day=yesterday, row=rows.get(channel.pk), by=deadline)
        for channel, figure, value, expected in judged
        if (bad := unusual(figure, value, expected))
    ]
    return Seen(found, figures={"judged": len(judged), "found": len(found)})


def _known(series: Mapping[str, Series]) -> list[tuple[Figure, Series]]:
    return [(figure, series[figure.code]) for figure in FIGURES]


def _require_rolled_up(store: Store, day: date) -> None:
    end = store.midnight(day + DAY)
    if not RollupMark.objects.filter(store=store, rolled_up_to__gte=end).exists():
        words = gettext("The orders of %(day)s have not been rolled up yet.")
        raise CannotCheck(words % {"day": day.isoformat()})


def _finding(
    channel: Channel,
    figure: Figure,
    value: Decimal,
    bad: Verdict,
    *,
    day: date,
    row: int | None,
    by: datetime,
) -> Finding:
    """About the day's row of the roll-up, where the day has one."""
    kind = ContentType.objects.get_for_model(DailySales).pk
    return Finding(
        key=f"{channel.pk}:{figure.code}",
        subject_type_id=kind if row else None,
        subject_id=row,
        subject_label=f"{channel} · {figure.title}"[:120],
        owner_role=figure.owner_role,
        severity=bad.severity,
        evidence={
            "figure": figure.code,
            "day": day.isoformat(),
            "value": shortest(value),
            **bad.evidence,
        },
        deadline_at=by,
    )


SALES = Check(
    code="INS-8.sales",
    title=_("Orders, GMV, average order value and refunds are as usual"),
    looks_at=_("Yesterday per channel against the same weekday of the weeks before."),
    steps=(
        _("Open the finding: it leads to the channel's days."),
        _("Look for what was different yesterday; tell whoever has to act."),
    ),
    owner_role=Role.OPERATIONS_LEAD,
    kinds=(UNUSUAL,),
    look=look,
    numbers=(*numbers.OF_RANGES, numbers.ACT_WITHIN),
    figures={"judged": _("figures looked at"), "found": _("figures that need somebody")},
)
