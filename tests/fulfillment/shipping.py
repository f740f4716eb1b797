"""Orders that are ready to be packed, for the tests of the chapter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fulfillment.models import Manifest, Parcel
from fulfillment.services import handing_over, packing
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.factories import MOMENT

LATER = MOMENT + timedelta(hours=2)


class Shop:
    """A store with one warehouse, a carrier, and somebody who packs."""

    def __init__(self) -> None:
        self.warehouse = factories.WarehouseFactory()
        self.store: Store = self.warehouse.store
        self.service = factories.CarrierServiceFactory(carrier__store=self.store)
        self.carrier = self.service.carrier
        self.packer: User = self.person()

    def person(self, role: str = Role.WAREHOUSE) -> User:
        return factories.UserFactory(role=role, store=self.store)

    def order(self, *pieces: int, **values: Any) -> Order:
        """Paid, passed, reserved here; a line with an article of its own per number of pieces."""
        order = factories.OrderFactory(
            store=self.store,
            fulfilment_state="reserved",
            review_state="passed",
            reviewed_at=MOMENT,
            **values,
        )
        for position, quantity in enumerate(pieces or (1,), start=1):
            line = factories.OrderLineFactory(
                order=order, position=position, quantity=quantity, sku__store=self.store
            )
            factories.ReservationFactory(line=line, warehouse=self.warehouse)
        return order

    def opened(self, order: Order, actor: User | None = None) -> Parcel:
        return packing.open_parcel(
            order_id=order.pk,
            warehouse_id=self.warehouse.pk,
            actor=actor or self.packer,
            at=LATER,
        )

    def packed(self, order: Order, waybill: str = "SF1000000001") -> Parcel:
        """The whole order in one labelled parcel."""
        parcel = self.opened(order)
        for line in order.lines.select_related("sku"):
            packing.pack_item(
                parcel_id=parcel.pk,
                code=line.sku.code,
                pieces=line.quantity,
                actor=self.packer,
                at=LATER,
            )
        packing.close_parcel(parcel_id=parcel.pk, weight_grams=500, actor=self.packer, at=LATER)
        label = packing.Label(self.service.pk, waybill)
        return packing.label_parcel(parcel_id=parcel.pk, label=label, actor=self.packer, at=LATER)

    def manifest(self) -> Manifest:
        return handing_over.open_manifest(
            warehouse_id=self.warehouse.pk,
            carrier_id=self.carrier.pk,
            actor=self.packer,
            at=LATER,
        )

    def handed_over(self, *parcels: Parcel) -> Manifest:
        manifest = self.manifest()
        for parcel in parcels:
            handing_over.list_parcel(
                manifest_id=manifest.pk, parcel_id=parcel.pk, actor=self.packer, at=LATER
            )
        return handing_over.hand_over_manifest(
            manifest_id=manifest.pk, taken_by="Mr Li", actor=self.packer, at=LATER
        )
