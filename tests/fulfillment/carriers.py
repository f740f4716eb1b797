"""Carriers that can be asked for a price, for the tests of the chapter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.models import Warehouse
from fulfillment.models import CarrierService
from fulfillment.services.quoting import Asked, Wish, quote
from fulfillment.tariff import Load
from tests import factories
from tests.factories import MOMENT


def priced(warehouse: Warehouse, first: str = "10.00", **more: Any) -> CarrierService:
    """Licensed, everywhere in China; the first kilogram at this price, each further half 2.50."""
    service = factories.CarrierServiceFactory(carrier__store=warehouse.store, **more)
    factories.CarrierDocumentFactory(carrier=service.carrier)
    factories.CoverageAreaFactory(service=service)
    table = factories.PriceTableFactory(service=service)
    factories.PriceRowFactory(table=table, first_price=Decimal(first))
    return service


class Carriers:
    """A store with a warehouse, and services that carry everywhere in China."""

    def __init__(self) -> None:
        self.warehouse = factories.WarehouseFactory()
        self.store = self.warehouse.store

    def service(self, first: str = "10.00", **more: Any) -> CarrierService:
        return priced(self.warehouse, first, **more)

    def quote(self, region: str = "浙江杭州", grams: int = 2_300, **more: Any) -> Asked:
        needed = frozenset(more.pop("needed", ()))
        at = more.pop("at", MOMENT)
        return quote(Wish(self.warehouse, region, Load(grams, **more), needed), at=at)
