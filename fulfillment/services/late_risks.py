"""Which orders will be shipped late, found before they are (FUL-2).

Every ten minutes, store by store, over what is paid, still here and whose clock to ship runs:

- goods are missing: the order waits for stock, and by its ship-by neither what is on the shelf nor
  what suppliers are to bring covers it, after the waiting orders that are due before it. Goods that
  are expected on a day count from its end; a day that has passed says nothing.
  Of a presale the reason is its promised day; once it is known when its goods come, it is looked
  for longer ahead.
- not packed yet: so many hours before its ship-by the order waits for stock, its review or its
  packing, or the ship-by has passed and it is still here. Where goods are fetched in waves, what is
  not picked is in danger some hours earlier.
- more than the warehouse ships: with what is due before it in the same warehouse, its turn comes
  after its ship-by. How fast a warehouse is says its own last fortnight, in working time, if it
  handed over enough parcels; or a number of the procedure. What is packed needs no turn.

The first reason that holds is told. Only orders due within the next days are looked at.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, F, Min, Sum
from django.utils.translation import gettext_lazy as _

from fulfillment.models import LateRisk
from fulfillment.services.late_finding import CLOSE, FIND
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import lock_name
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

Reason = LateRisk.Reason
RULE = "fulfillment.ship"
FORTNIGHT = timedelta(days=14)

READY_BEFORE = Setting(
    key="fulfillment.ready_before",
    clause="FUL-2",
    title=_("An order that is not packed is in danger before its ship-by by"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    maximum=Decimal(7 * 24 * 60),
)
LOOK_AHEAD = Setting(
    key="fulfillment.late_look_ahead",
    clause="FUL-2",
    title=_("Late orders are looked for ahead by"),
    default=Decimal(3),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(60),
)
PICKED_BEFORE = Setting(
    key="fulfillment.picked_before",
    clause="FUL-2",
    title=_("An order that is not picked is in danger before its ship-by by"),
    default=Decimal(6 * 60),
    unit=Unit.MINUTES,
    maximum=Decimal(7 * 24 * 60),
)
PRESALES_AHEAD = Setting(
    key="fulfillment.presales_look_ahead",
    clause="FUL-2",
    title=_("Presales that will miss their day are looked for ahead by"),
    default=Decimal(14),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)
PACE = Setting(
    key="fulfillment.parcels_per_hour",
    clause="FUL-2",
    title=_("Parcels that each warehouse ships in a working hour; 0: as in the last fortnight"),
    default=Decimal(0),
    unit=Unit.PIECES,
    maximum=Decimal(100_000),
)
LEAST_PARCELS = Setting(
    key="fulfillment.least_parcels_for_pace",
    clause="FUL-2",
    title=_("Parcels in a fortnight that tell how fast a warehouse is"),
    default=Decimal(50),
    unit=Unit.PIECES,
    minimum=Decimal(1),
)
SETTINGS = (READY_BEFORE, PICKED_BEFORE, LOOK_AHEAD, PRESALES_AHEAD, PACE, LEAST_PARCELS)


def _kind(reason: Reason, title: Any, runbook: Any) -> AlertKind:
    return AlertKind(
        code=f"fulfillment.late_{reason}",
        title=title,
        clause="FUL-2",
        runbook=runbook,
        evidence={
            "orders": _("orders"),
            "first_due": _("first ship-by"),
            "untold": _("customers not told"),
        },
        acts_on=ListPlace(
            "admin:fulfillment_laterisk_changelist", "fulfillment.view_laterisk", tab=str(reason)
        ),
    )


KINDS = {
    Reason.SHORTAGE: _kind(
        Reason.SHORTAGE,
        _("Orders will be late: goods are missing"),
        _(
            "Order the goods, move them from another warehouse or split the orders; tell the "
            "customers of the rest. The alert closes by itself once no such order is left."
        ),
    ),
    Reason.PRESALE: _kind(
        Reason.PRESALE,
        _("Presales will miss their day: goods are missing"),
        _(
            "Have the supplier confirm an earlier day or find the goods elsewhere; tell the "
            "customers of the rest the new day. The alert closes by itself once no such order is "
            "left."
        ),
    ),
    Reason.NOT_READY: _kind(
        Reason.NOT_READY,
        _("Orders will be late: not packed yet"),
        _(
            "Pack those that are due first; review what waits for it. The alert closes by itself "
            "once no such order is left."
        ),
    ),
    Reason.CAPACITY: _kind(
        Reason.CAPACITY,
        _("Orders will be late: more than the warehouse ships"),
        _(
            "Work longer, take people from elsewhere or ship from another warehouse; tell the "
            "customers of the rest. The alert closes by itself once no such order is left."
        ),
    ),
}
OWNERS = {
    Reason.SHORTAGE: Role.CATALOG_OPERATOR,
    Reason.PRESALE: Role.CATALOG_OPERATOR,
    Reason.NOT_READY: Role.WAREHOUSE,
    Reason.CAPACITY: Role.WAREHOUSE,
}


def look_for_late_orders(store: Store, *, at: datetime) -> dict[str, int]:
    """Each order in danger has an open row that says why, and no other has. Returns how many of
    each reason.

    One alert per warehouse and reason tells how many; it closes itself. A fixed number of
    statements, however many orders. Holds the store's lock of late orders; a re-run writes the
    same, one for an earlier moment that comes late changes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.late_risks:{store.pk}")
        facts = _facts(store, at)
        # The planner takes what is summed up on the way for a few rows, and walks it row by row.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(FIND, facts)
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(CLOSE, facts)
        return _tell(store, at)


def _facts(store: Store, at: datetime) -> dict[str, Any]:
    keys = [setting.key for setting in SETTINGS]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    return {
        "store": store.pk,
        "zone": store.timezone,
        "type": ContentType.objects.get_for_model(Order).pk,
        "rule": RULE,
        "at": at,
        "today": store.business_date(at),
        "since": at - FORTNIGHT,
        "horizon": at + timedelta(days=int(numbers[LOOK_AHEAD.key].value)),
        "presale_horizon": at + timedelta(days=int(numbers[PRESALES_AHEAD.key].value)),
        "ready_until": at + timedelta(minutes=float(numbers[READY_BEFORE.key].value)),
        "picked_until": at + timedelta(minutes=float(numbers[PICKED_BEFORE.key].value)),
        "pace": numbers[PACE.key].value,
        "least_parcels": numbers[LEAST_PARCELS.key].value,
    }


def _tell(store: Store, at: datetime) -> dict[str, int]:
    """The store's alerts say what its open rows say."""
    rows = LateRisk.objects.open().filter(store=store).order_by()
    sums = rows.values("reason", "warehouse", "warehouse__name").annotate(
        orders=Count("pk"),
        first_due=Min("due_at"),
        untold=Count("pk") - Count("told_at"),
        money=Sum(F("order__paid_amount") - F("order__refunded_amount")),
    )
    found: dict[str, list[alerts.Finding]] = {reason: [] for reason in KINDS}
    counts = dict.fromkeys(map(str, KINDS), 0)
    for row in sums:
        found[row["reason"]].append(_finding(store, row))
        counts[row["reason"]] += row["orders"]
    for reason, kind in KINDS.items():
        alerts.report(kind, found[reason], store_id=store.pk, at=at)
    return counts


def _finding(store: Store, row: Any) -> alerts.Finding:
    return alerts.Finding(
        key=f"warehouse:{row['warehouse'] or ''}",
        subject_label=row["warehouse__name"] or store.name,
        owner_role=OWNERS[Reason(row["reason"])],
        evidence={
            "orders": row["orders"],
            "first_due": row["first_due"].isoformat(),
            "untold": row["untold"],
        },
        money_at_risk=row["money"],
        deadline_at=row["first_due"],
    )


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    """All active stores; the figures of each reason over all of them."""
    totals: dict[str, int] = {}
    for store in Store.objects.active():
        for reason, count in look_for_late_orders(store, at=at).items():
            totals[reason] = totals.get(reason, 0) + count
    return totals
