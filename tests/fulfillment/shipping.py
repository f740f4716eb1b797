"""Orders that are ready to be packed, for the tests of the chapter."""

from __future__ import annotations

from typing import Any

from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.factories import MOMENT


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
