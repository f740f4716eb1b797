"""What parcels should cost by their carriers' price tables, kept from their label on (FUL-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import override

from catalog.models import Warehouse
from fulfillment import regions
from fulfillment.models import (
    CarrierService,
    Parcel,
    ParcelCharge,
    ParcelItem,
    ParcelOrder,
    PriceTable,
)
from fulfillment.services.quoting import Lane, bands_of, charged_by, extras_of, origins_of
from fulfillment.tariff import Charge, Load
from opsdesk.stores.models import Store


@dataclass(frozen=True)
class Sending:
    """A parcel by what its price depends on. `region` is an address that begins with one."""

    service_id: int
    warehouse_id: int
    region: str
    grams: int
    size_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Expected:
    """What the table asks."""

    table: PriceTable
    charge: Charge

    @property
    def cost(self) -> Decimal:
        return self.charge.total


def expected_of(
    sendings: Sequence[Sending], *, store: Store, at: datetime
) -> list[Expected | None]:
    """What the price tables of that day ask for each; None where none says. Four queries.

    A warehouse's own table goes before the one for all, as in a quote. The words of the breakdown
    are in the store's language, as they are kept.
    """
    day = store.business_date(at)
    tables = _tables(sendings, store, at)
    around = {one.region: regions.around(regions.found_in(one.region)) for one in sendings}
    ids = {table.pk for table in tables.values()}
    if not ids:
        return [None for _one in sendings]
    origins = _origins({one.warehouse_id for one in sendings})
    codes_here = {code for codes in origins.values() for code in codes}
    bands = bands_of(ids, {code for codes in around.values() for code in codes}, codes_here)
    found: list[Expected | None] = []
    with override(store.language):
        extras = extras_of(ids)
        for one in sendings:
            table, codes = tables.get((one.service_id, one.warehouse_id)), around[one.region]
            charge: Charge | str = ""
            if table is not None and codes and one.grams:
                load = Load(one.grams, one.size_mm)
                lane = Lane(origins[one.warehouse_id], codes)
                charge = charged_by(table, load, lane, bands, extras, day)
            is_priced = table is not None and isinstance(charge, Charge)
            found.append(Expected(table, charge) if is_priced else None)  # type: ignore[arg-type]
    return found


def _origins(warehouse_ids: Iterable[int]) -> dict[int, list[str]]:
    """Warehouse id → where its parcels come from."""
    warehouses = Warehouse.objects.filter(pk__in=list(warehouse_ids))
    return {warehouse.pk: origins_of(warehouse) for warehouse in warehouses}


def _tables(
    sendings: Sequence[Sending], store: Store, at: datetime
) -> dict[tuple[int, int], PriceTable]:
    """(service, warehouse) → the table that holds there that day."""
    services = {one.service_id for one in sendings}
    rows = PriceTable.objects.valid_on(store.business_date(at)).filter(
        Q(warehouse=None) | Q(warehouse__in={one.warehouse_id for one in sendings}),
        service__in=services,
        currency=store.currency,
    )
    own = {(table.service_id, table.warehouse_id): table for table in rows}
    return {
        (one.service_id, one.warehouse_id): table
        for one in sendings
        if (table := own.get((one.service_id, one.warehouse_id)) or own.get((one.service_id, None)))
    }


def of_parcel(parcel: Parcel, service: CarrierService, *, at: datetime) -> Expected | None:
    """What the service should ask for the parcel as it stands; what isn't weighed is estimated."""
    first = parcel.parcel_orders.order_by("order_id").values_list("order__region", flat=True)[:1]
    grams = _grams_of([parcel]).get(parcel.pk, 0)
    sending = _sending(parcel, service.pk, next(iter(first), ""), grams)
    (found,) = expected_of([sending], store=parcel.store, at=at)
    return found


def price_left(parcel_ids: Iterable[int], *, store: Store, at: datetime) -> int:
    """What these parcels should cost is on record, and on those whose program told no cost.

    For parcels that were not labelled here; those that have theirs are left alone. Returns how many
    were priced. As many queries as for one. Safe to repeat.
    """
    parcels = list(
        Parcel.objects.filter(pk__in=list(parcel_ids), service__isnull=False, charge=None)
        .annotate(region=Subquery(_first_region()))
        .order_by("pk")
    )
    grams = _grams_of(parcels)
    sendings = [
        _sending(one, one.service_id or 0, vars(one)["region"] or "", grams.get(one.pk, 0))
        for one in parcels
    ]
    expected = expected_of(sendings, store=store, at=at)
    found = zip(parcels, expected, strict=True)
    charges = [charge for one in found if (charge := charge_of(*one, at=at)) is not None]
    with transaction.atomic():
        ParcelCharge.objects.bulk_create(charges, ignore_conflicts=True)
        untold = Parcel.objects.filter(pk__in=[one.parcel_id for one in charges], freight_cost=None)
        told = ParcelCharge.objects.filter(parcel=OuterRef("pk")).values("expected")
        untold.update(freight_cost=Subquery(told), version=F("version") + 1)
    return len(charges)


def _first_region() -> QuerySet[ParcelOrder, Any]:
    links = ParcelOrder.objects.filter(parcel=OuterRef("pk")).order_by("order_id")
    return links.values("order__region")[:1]


def _grams_of(parcels: Iterable[Parcel]) -> dict[int, int]:
    """Parcel id → weighed, or by its articles where the weight of each is known."""
    parcels = list(parcels)
    weighed = {parcel.pk: parcel.weight_grams for parcel in parcels if parcel.weight_grams}
    rest = [parcel.pk for parcel in parcels if parcel.pk not in weighed]
    if not rest:
        return weighed
    of_items = (
        ParcelItem.objects.filter(parcel__in=rest)
        .values_list("parcel_id")
        .annotate(
            grams=Sum(F("quantity") * F("sku__weight_grams")),
            unknown=Count("pk", filter=Q(sku__weight_grams=None)),
        )
        .order_by()
    )
    estimated = {pk: grams for pk, grams, unknown in of_items if not unknown}
    return weighed | estimated


def _sending(parcel: Parcel, service_id: int, region: str, grams: int) -> Sending:
    size = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    return Sending(
        service_id,
        parcel.warehouse_id,
        region,
        grams,
        size if all(size) else None,  # type: ignore[arg-type]
    )


def expect_cost(parcel: Parcel, service: CarrierService | None, *, at: datetime) -> Decimal | None:
    """What the service should ask for the parcel is on record. Returns what stands on the parcel.

    That is what a program told, else what is expected. Where no table says, nothing changes. The
    caller holds the parcel.
    """
    expected = of_parcel(parcel, service, at=at) if service is not None else None
    if expected is None:
        return parcel.freight_cost
    before = ParcelCharge.objects.filter(parcel=parcel).values_list("expected", flat=True).first()
    _keep(_by_table(parcel, expected, at=at))
    is_told = parcel.freight_cost is not None and parcel.freight_cost != before
    return parcel.freight_cost if is_told else expected.cost


def charge_of(parcel: Parcel, expected: Expected | None, *, at: datetime) -> ParcelCharge | None:
    """The row to be kept: by the table, else what the program told; None where neither says."""
    if expected is None:
        if parcel.freight_cost is None:
            return None
        return ParcelCharge(parcel=parcel, expected=parcel.freight_cost, expected_at=at)
    return _by_table(parcel, expected, at=at)


def _by_table(parcel: Parcel, expected: Expected, *, at: datetime) -> ParcelCharge:
    return ParcelCharge(
        parcel=parcel,
        expected=expected.cost,
        table=expected.table,
        grams=expected.charge.grams,
        parts=[[part.words, str(part.amount)] for part in expected.charge.parts],
        expected_at=at,
    )


def _keep(charge: ParcelCharge) -> None:
    """What the parcel, which has not left, should cost is on record instead of what was before."""
    ParcelCharge.objects.bulk_create(
        [charge],
        update_conflicts=True,
        unique_fields=["parcel"],
        update_fields=["expected", "table", "grams", "parts", "expected_at"],
    )
