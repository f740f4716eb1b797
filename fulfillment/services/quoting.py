"""What each service would ask for a parcel, and why some are not asked (FUL-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from fulfillment import regions
from fulfillment.models import (
    CarrierService,
    CoverageArea,
    PaperKind,
    PriceRow,
    PriceTable,
    Surcharge,
)
from fulfillment.services import permits
from fulfillment.tariff import Band, Charge, Extra, Load, billed_grams, charge
from opsdesk.errors import DomainError

Told = TypeVar("Told")
Bands = dict[tuple[int, str, str], list[Band]]  # of a table, from an origin, to a region
Extras = dict[int, list[Extra]]
EVERYWHERE = ""


@dataclass(frozen=True)
class Lane:
    """From where to where: regions and what they lie in, the smallest first."""

    origins: Sequence[str]
    around: Sequence[str]


@dataclass(frozen=True)
class Wish:
    """What is to be carried from where to where. `permits` are kinds that the goods ask for."""

    warehouse: Warehouse
    region: str
    load: Load
    permits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Price:
    """What a service asks: money in the table's currency, days from handing over to delivery.

    `known` is what its carrier's papers lack though it is offered.
    """

    service: CarrierService
    table: PriceTable
    charge: Charge
    days: int
    arrives_on: date
    known: tuple[str, ...] = ()

    @property
    def cost(self) -> Decimal:
        return self.charge.total


@dataclass(frozen=True)
class Refused:
    """A service that can't carry it, and why."""

    service: CarrierService
    reason: str


@dataclass(frozen=True)
class Asked:
    """The services' answers, the cheapest first."""

    prices: Sequence[Price]
    refused: Sequence[Refused]


@dataclass(frozen=True)
class _Ground:
    """What one quote is worked out from, read at once."""

    standing: permits.Standing
    tables: dict[int, PriceTable]
    bands: Bands
    extras: Extras
    areas: dict[tuple[int, str], CoverageArea]


def quote(wish: Wish, *, at: datetime) -> Asked:
    """Each active service of the warehouse's store: its price, or why it can't carry the parcel.

    A handful of queries, however many price rows there are: rows are found by (table, region), and
    the regions asked for are the destination's own code and its beginnings. Raises DomainError for
    a weight that is none, UnknownRegion for a region that is none.
    """
    if wish.load.weight_grams < 1:
        raise DomainError(_("Say what the parcel weighs."))
    around = regions.around(regions.code_of(wish.region))
    day = wish.warehouse.store.business_date(at)
    services = CarrierService.objects.active().filter(carrier__store=wish.warehouse.store_id)
    offered = list(services.select_related("carrier"))
    ground = _read(offered, wish, around, day, at)
    prices: list[Price] = []
    refused: list[Refused] = []
    for service in offered:
        answer = _ask(service, wish, around, ground, day)
        if isinstance(answer, Price):
            prices.append(answer)
        else:
            refused.append(Refused(service, answer))
    prices.sort(key=lambda price: (price.cost, price.days, price.service.pk))
    return Asked(prices, refused)


def _read(
    services: Sequence[CarrierService],
    wish: Wish,
    around: Sequence[str],
    day: date,
    at: datetime,
) -> _Ground:
    store = wish.warehouse.store
    ids = [service.pk for service in services]
    tables: dict[int, PriceTable] = {}
    here = PriceTable.objects.valid_on(day).filter(
        Q(warehouse=None) | Q(warehouse=wish.warehouse), service__in=ids, currency=store.currency
    )
    for table in here:
        known = tables.get(table.service_id)
        if known is None or known.warehouse_id is None:
            tables[table.service_id] = table
    areas = CoverageArea.objects.filter(service__in=ids, region__in=around)
    carriers = {service.carrier_id for service in services}
    return _Ground(
        standing=permits.standing_of(carriers, store=store, on=day, at=at),
        tables=tables,
        bands=bands_of([table.pk for table in tables.values()], around, origins_of(wish.warehouse)),
        extras=extras_of([table.pk for table in tables.values()]),
        areas={(area.service_id, area.region): area for area in areas},
    )


def origins_of(warehouse: Warehouse) -> list[str]:
    """Where a warehouse's parcels come from, the smallest region first, everywhere last."""
    return [*regions.around(warehouse.region), EVERYWHERE]


def bands_of(table_ids: Iterable[int], around: Iterable[str], origins: Iterable[str]) -> Bands:
    """The rows of these tables from these origins to these regions. One query."""
    rows = PriceRow.objects.filter(
        table__in=list(table_ids), region__in=list(around), origin__in=list(origins)
    ).values_list(
        "table_id",
        "origin",
        "region",
        "above_grams",
        "up_to_grams",
        "first_grams",
        "first_price",
        "step_grams",
        "step_price",
        "minimum",
    )
    found: Bands = defaultdict(list)
    for table, origin, region, *values in rows.order_by():
        found[table, origin, region].append(Band(*values))
    return found


def extras_of(table_ids: Iterable[int]) -> Extras:
    """What these tables add. One query."""
    found: Extras = defaultdict(list)
    for row in Surcharge.objects.filter(table__in=list(table_ids)):
        found[row.table_id].append(
            Extra(
                kind=row.kind,
                title=row.get_kind_display(),
                percent=row.percent,
                amount=row.amount,
                minimum=row.minimum,
                region=row.region,
                first_day=row.first_day,
                last_day=row.last_day,
            )
        )
    return found


def _ask(
    service: CarrierService, wish: Wish, around: Sequence[str], ground: _Ground, day: date
) -> Price | str:
    """The service's price, or why it has none."""
    against, known = ground.standing.judged(service.carrier_id, wish.permits)
    if PaperKind.COLD in wish.permits and not service.is_cold:
        against = [_("keeps nothing cold"), *against]
    if against:
        return "; ".join(against)
    area = _nearest(around, lambda region: ground.areas.get((service.pk, region)))
    place = regions.name_of(around[0])
    if area is None or not area.is_delivered:
        return _("does not deliver to %(place)s") % {"place": place}
    table = ground.tables.get(service.pk)
    if table is None:
        return _("no price table holds on %(day)s") % {"day": day.isoformat()}
    lane = Lane(origins_of(wish.warehouse), around)
    charged = charged_by(table, wish.load, lane, ground.bands, ground.extras, day)
    if isinstance(charged, str):
        return charged
    days = service.usual_days + area.extra_days
    return Price(service, table, charged, days, day + timedelta(days=days), known)


def charged_by(
    table: PriceTable,
    load: Load,
    lane: Lane,
    bands: Bands,
    extras: Extras,
    day: date,
) -> Charge | str:
    """What the table asks for the load on the lane, or why it asks nothing.

    Rows from the smallest origin that has any for the destination go before all others.
    """
    pairs = ((origin, region) for origin in lane.origins for region in lane.around)
    found = next((bands[table.pk, *pair] for pair in pairs if (table.pk, *pair) in bands), None)
    if found is None:
        return _("no price to %(place)s") % {"place": regions.name_of(lane.around[0])}
    grams = billed_grams(load, table.divisor)
    band = next((band for band in found if band.holds(grams)), None)
    if band is None:
        return _("no price for %(kilograms)s kg") % {"kilograms": Decimal(grams) / 1000}
    added = extras.get(table.pk, [])
    return charge(band, added, load, grams=grams, regions=lane.around, day=day)


def _nearest(around: Iterable[str], find: Callable[[str], Told | None]) -> Told | None:
    """What is told of the smallest region of which something is told."""
    return next((found for region in around if (found := find(region)) is not None), None)
