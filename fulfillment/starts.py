"""What the fulfilment chapter brings to start pages: the warehouse, service, the late rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import (
    Compensation,
    LateRisk,
    Parcel,
    ParcelCase,
    Pick,
    ShipmentMiss,
    ShortPick,
    Wave,
    WaveRule,
)
from fulfillment.procedure import SHIP
from fulfillment.services.waves import PICK
from fulfillment.shipping_figures import rate
from opsdesk import wording
from opsdesk.deadlines.models import Deadline
from opsdesk.desk import ahead, starts
from opsdesk.desk.ahead import Coming
from opsdesk.desk.starts import Looker, Shown, Telling, Tile, clock_tile
from opsdesk.stores.roles import Role
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

ORDERS = "admin:orders_order_changelist"
BOARD = "admin:fulfillment_wave_board"
LATE = "admin:fulfillment_laterisk_changelist"
SHIP_ORDERS = "orders.ship_order"
WAREHOUSE = (Role.WAREHOUSE,)
SERVICE = (Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD)
LEAD = (Role.OPERATIONS_LEAD,)
# Seconds for which a process goes by what it counted of days that are over.
PAST_DAYS_HOLD = 300

# What left in each store on two business days, one beside the other.
_LATE = """
SELECT w.name, count(*) FILTER (WHERE c.is_late IS NOT NULL), count(*) FILTER (WHERE c.is_late)
FROM unnest(
    %(names)s::text[], %(stores)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) AS w (name, store_id, start_at, end_at)
JOIN orders_order o ON o.store_id = w.store_id
    AND o.shipped_at >= w.start_at AND o.shipped_at < w.end_at
    AND o.fulfilment_state <> 'not_tracked'
CROSS JOIN LATERAL (
    SELECT bool_or(d.met_at > d.due_at) AS is_late FROM deadlines_deadline d
    WHERE d.subject_type_id = %(type)s AND d.subject_id = o.id AND d.rule = %(rule)s
      AND d.state = 'met'
) c
GROUP BY w.name
"""


def _midnight(store: Store, at: datetime, days: int) -> datetime:
    """The beginning of the store's business day so many days from today."""
    day = store.business_date(at) + timedelta(days=days)
    return store.midnight(day)


def _late_rates(looker: Looker) -> dict[str, Decimal | None]:
    """Of "yesterday" and the day "before". One statement every few minutes: days that are over
    hardly change, and counting them costs more than the rest of a desk."""
    windows = [
        (name, store.pk, _midnight(store, looker.at, -ago), _midnight(store, looker.at, 1 - ago))
        for store in looker.stores
        for name, ago in (("yesterday", 1), ("before", 2))
    ]
    key = "late-rates:" + md5(repr(windows).encode(), usedforsecurity=False).hexdigest()
    known: dict[str, Decimal | None] | None = cache.get(key)
    if known is not None:
        return known
    columns = [list(column) for column in zip(*windows, strict=True)] or [[], [], [], []]
    facts = dict(zip(("names", "stores", "starts", "ends"), columns, strict=True))
    facts |= {"type": ContentType.objects.get_for_model(Order).pk, "rule": SHIP.code}
    with connection.cursor() as cursor:
        cursor.execute(_LATE, facts)
        found = {name: rate(late, timed) for name, timed, late in cursor.fetchall()}
    cache.set(key, found, PAST_DAYS_HOLD)
    return found


def _late_rate(looker: Looker) -> Iterator[Shown]:
    """Yesterday's share of what left late, against the day before (FUL-2)."""
    found = _late_rates(looker)
    now, before = found.get("yesterday"), found.get("before")
    worse = now is not None and before is not None and now > before
    detail = _("%(percent)s %% the day before") % {"percent": before} if before is not None else ""
    yield Shown(
        "late-rate",
        _("Left late yesterday"),
        f"{now} %" if now is not None else "–",
        detail,
        tone="warning" if worse else "",
        link=reverse("admin:fulfillment_shipmentmiss_rate"),
    )


def next_cut_offs(looker: Looker) -> list[tuple[datetime, WaveRule]]:
    """When each rule plans its next wave, by its store's clock, soonest first. One statement."""
    rules = WaveRule.objects.active().viewable_by(looker.user).in_stores(looker.store_ids)
    found = []
    for rule in rules.exclude(cut_offs=[]).select_related("warehouse__store"):
        store = rule.warehouse.store
        days = [store.business_date(looker.at) + timedelta(days=ahead) for ahead in (0, 1)]
        moments = [
            datetime.combine(day, cut_off, tzinfo=store.zone)
            for day in days
            for cut_off in rule.cut_offs
        ]
        found.append((min(moment for moment in moments if moment > looker.at), rule))
    return sorted(found, key=lambda pair: (pair[0], pair[1].pk))


def _cut_off(looker: Looker) -> Iterator[Shown]:
    """The next cut-off, and which rule plans then. One statement; none where no rule has any."""
    coming = next_cut_offs(looker)
    if not coming:
        return
    moment, rule = coming[0]
    yield Shown(
        "cut-off",
        _("Next cut-off · %(rule)s") % {"rule": rule.name},
        f"{moment.astimezone(rule.warehouse.store.zone):%H:%M}",
        detail=wording.time_left(moment - looker.at),
        due_at=moment.isoformat(),
        link=reverse(BOARD),
    )


def _coming_cut_offs(looker: Looker) -> Iterable[Coming]:
    for moment, rule in next_cut_offs(looker)[:1]:
        clock = f"{moment.astimezone(rule.warehouse.store.zone):%m-%d %H:%M}"
        yield Coming(moment, _("cut-off of %(rule)s") % {"rule": rule.name}, clock, reverse(BOARD))


def _due_clocks(looker: Looker) -> QuerySet[Deadline]:
    clocks = Deadline.objects.viewable_by(looker.user).in_stores(looker.store_ids)
    return clocks.filter(owner_role=SHIP.owner_role, rule=SHIP.code, state=Deadline.State.RUNNING)


def _passed(looker: Looker) -> QuerySet[Deadline]:
    return _due_clocks(looker).filter(due_at__lt=looker.at)


def _today(looker: Looker) -> QuerySet[Deadline]:
    """What is left of each store's own day."""
    end = max((_midnight(store, looker.at, 1) for store in looker.stores), default=looker.at)
    return _due_clocks(looker).filter(due_at__gte=looker.at, due_at__lt=end)


def _waves(looker: Looker) -> QuerySet[Wave]:
    waves = Wave.objects.viewable_by(looker.user).in_stores(looker.store_ids)
    return waves.filter(state=Wave.State.PLANNED)


def _picks(looker: Looker) -> QuerySet[Pick]:
    return Pick.objects.viewable_by(looker.user).in_stores(looker.store_ids).to_take()


def _shorts(looker: Looker) -> QuerySet[ShortPick]:
    return ShortPick.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()


def _misses(looker: Looker) -> QuerySet[ShipmentMiss]:
    return ShipmentMiss.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()


def _packed(looker: Looker) -> QuerySet[Parcel]:
    return Parcel.objects.viewable_by(looker.user).in_stores(looker.store_ids).here()


def _cases(looker: Looker) -> QuerySet[ParcelCase]:
    return ParcelCase.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()


def _risks(looker: Looker) -> QuerySet[LateRisk]:
    return LateRisk.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()


def _compensations(looker: Looker) -> QuerySet[Compensation]:
    return Compensation.objects.viewable_by(looker.user).in_stores(looker.store_ids).waiting()


PARTS = (
    Telling("cut-off", WAREHOUSE, "fulfillment.view_wave", _cut_off, rank=1),
    clock_tile(
        "to-ship",
        gettext_lazy("To ship"),
        WAREHOUSE,
        SHIP.code,
        permission=SHIP_ORDERS,
        view=ORDERS,
        query="?tab=ship",
        rank=10,
    ),
    Tile(
        "ship-passed",
        gettext_lazy("Ship-by passed"),
        WAREHOUSE,
        SHIP_ORDERS,
        ORDERS,
        _passed,
        query="?tab=ship-overdue",
        first="due_at",
        is_due=True,
        rank=11,
    ),
    Tile(
        "ship-today",
        gettext_lazy("Ship today"),
        WAREHOUSE,
        SHIP_ORDERS,
        ORDERS,
        _today,
        query="?tab=ship-today",
        first="due_at",
        is_due=True,
        rank=12,
    ),
    Tile(
        "waves-planned",
        gettext_lazy("Waves to print and release"),
        WAREHOUSE,
        "fulfillment.view_wave",
        BOARD,
        _waves,
        first="due_at",
        is_due=True,
        rank=20,
    ),
    Tile(
        "picks-to-take",
        gettext_lazy("Pick lists to take"),
        WAREHOUSE,
        PICK,
        "admin:fulfillment_pick_work",
        _picks,
        tone="",
        rank=25,
    ),
    Tile(
        "short-picks",
        gettext_lazy("Short picks"),
        WAREHOUSE,
        "fulfillment.view_shortpick",
        "admin:fulfillment_shortpick_changelist",
        _shorts,
        query="?tab=open",
        tone="danger",
        rank=30,
    ),
    Tile(
        "parcels-here",
        gettext_lazy("Parcels to hand over"),
        WAREHOUSE,
        "fulfillment.view_parcel",
        "admin:fulfillment_parcel_changelist",
        _packed,
        query="?tab=here",
        tone="",
        rank=35,
    ),
    Tile(
        "misses",
        gettext_lazy("Missed and short"),
        (*WAREHOUSE, *SERVICE),
        "fulfillment.view_shipmentmiss",
        "admin:fulfillment_shipmentmiss_changelist",
        _misses,
        query="?tab=open",
        rank=40,
    ),
    Tile(
        "parcels-in-trouble",
        gettext_lazy("Parcels in trouble"),
        (*SERVICE, *WAREHOUSE),
        "fulfillment.view_parcelcase",
        "admin:fulfillment_parcelcase_changelist",
        _cases,
        query="?tab=open",
        first="opened_at",
        rank=45,
    ),
    Tile(
        "delays-to-tell",
        gettext_lazy("Customers to tell of a delay"),
        SERVICE,
        "fulfillment.view_laterisk",
        LATE,
        lambda looker: _risks(looker).untold(),
        query="?tab=open",
        first="due_at",
        is_due=True,
        rank=22,
    ),
    Tile(
        "delays-withheld",
        gettext_lazy("Delays a message can't tell"),
        SERVICE,
        "fulfillment.view_laterisk",
        LATE,
        lambda looker: _risks(looker).untold().exclude(pk__in=_risks(looker).unsaid().values("pk")),
        query="?tab=open",
        first="due_at",
        is_due=True,
        rank=23,
        hides_zero=True,
    ),
    Tile(
        "compensations",
        gettext_lazy("Compensations to grant"),
        (*SERVICE, Role.FINANCE),
        "fulfillment.view_compensation",
        "admin:fulfillment_compensation_changelist",
        _compensations,
        query="?tab=approved",
        rank=50,
    ),
    Tile(
        "late-orders",
        gettext_lazy("Orders that will be late"),
        LEAD,
        "fulfillment.view_laterisk",
        LATE,
        _risks,
        query="?tab=open",
        first="due_at",
        is_due=True,
        rank=50,
    ),
    Telling("late-rate", (*LEAD, Role.ANALYST), "fulfillment.view_laterisk", _late_rate, rank=60),
)


def register() -> None:
    starts.register(*PARTS)
    ahead.register(WAREHOUSE, _coming_cut_offs)
