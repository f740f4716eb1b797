"""What a warehouse's program does with OpsDesk, a method each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from opsdesk_client.models import Confirmed, Order, Settled, Shipment, Warehouse, read
from opsdesk_client.transport import Transport


class GivenItem(TypedDict):
    sku_code: str
    quantity: int
    order: NotRequired[str]


class GivenShipment(TypedDict):
    """A parcel that has left. `orders` are numbers; without `items` it holds all they are owed."""

    orders: Sequence[str]
    warehouse: str
    carrier: str
    waybill: str
    service: NotRequired[str]
    weight_grams: NotRequired[int]
    length_mm: NotRequired[int]
    width_mm: NotRequired[int]
    height_mm: NotRequired[int]
    freight_cost: NotRequired[Decimal]
    items: NotRequired[Sequence[GivenItem]]


class OpsDesk:
    """One OpsDesk, as one token sees it. Options: `Transport`.

    Every method raises Refused (it was not done, and says why) and Unanswered (nobody knows: send
    it with the same `key` again). What writes takes a `key` of the caller's own.
    """

    def __init__(self, site: str, token: str, **options: Any) -> None:
        self._rest = Transport(site, token, **options)

    def warehouses(self) -> Iterator[Warehouse]:
        return (read(Warehouse, row) for row in self._rest.rows("warehouses/"))

    def orders(
        self, *, fulfilment_state: str | None = None, review_state: str | None = None
    ) -> Iterator[Order]:
        """Newest first. `reserved` and `passed` are what a warehouse may ship."""
        asked = {"fulfilment_state": fulfilment_state, "review_state": review_state}
        return (read(Order, row) for row in self._rest.rows("orders/", asked))

    def order(self, order_id: str) -> Order:
        return read(Order, self._rest.get(f"orders/{order_id}/"))

    def shipments(
        self,
        *,
        state: str | None = None,
        waybill: str | None = None,
        order: str | None = None,
        handed_over_from: datetime | None = None,
    ) -> Iterator[Shipment]:
        """Newest first. `order` is an id."""
        asked = {
            "state": state,
            "waybill": waybill,
            "order": order,
            "handed_over_from": handed_over_from and handed_over_from.isoformat(),
        }
        return (read(Shipment, row) for row in self._rest.rows("shipments/", asked))

    def shipment(self, shipment_id: str) -> Shipment:
        return read(Shipment, self._rest.get(f"shipments/{shipment_id}/"))

    def ship(self, shipment: GivenShipment, *, key: str | None = None) -> Confirmed:
        """The parcel has left. The same waybill with the same content is the same parcel."""
        return read(Confirmed, self._rest.post("shipments/", shipment, key=key))

    def ship_all(
        self, shipments: Sequence[GivenShipment], *, key: str | None = None
    ) -> tuple[Settled, ...]:
        """Up to 100 parcels have left; each is settled for itself, in the order given."""
        answer = self._rest.post("shipments/bulk/", {"shipments": shipments}, key=key)
        return tuple(read(Settled, row) for row in answer["results"])

    def cancel(self, shipment_id: str, *, reason: str, key: str | None = None) -> Shipment:
        """A parcel that has not left holds nothing any more."""
        path = f"shipments/{shipment_id}/cancel/"
        return read(Shipment, self._rest.post(path, {"reason": reason}, key=key))

    def relabel(
        self,
        shipment_id: str,
        *,
        carrier: str,
        service: str,
        waybill: str,
        reason: str,
        key: str | None = None,
    ) -> Shipment:
        """A new shipment of the same content; the old one is cancelled."""
        body = {"carrier": carrier, "service": service, "waybill": waybill, "reason": reason}
        return read(Shipment, self._rest.post(f"shipments/{shipment_id}/relabel/", body, key=key))
