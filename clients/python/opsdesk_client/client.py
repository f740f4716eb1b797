"""What a warehouse's program does with OpsDesk, a method each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from opsdesk_client.models import (
    Confirmed,
    LineSettled,
    Order,
    Pick,
    Quote,
    Settled,
    Shipment,
    Taken,
    TrackingEvent,
    Warehouse,
    Wave,
    read,
)
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


class GivenQuote(TypedDict):
    """A parcel to be carried: all three lengths, or none. `region` is a code or a name."""

    warehouse: str
    region: str
    weight_grams: int
    length_mm: NotRequired[int]
    width_mm: NotRequired[int]
    height_mm: NotRequired[int]
    insured: NotRequired[Decimal]
    collected: NotRequired[Decimal]
    deliver_by: NotRequired[str]
    permits: NotRequired[Sequence[str]]


class GivenLine(TypedDict):
    """So many more pieces are picked; with `short` (why) the rest of the line is not to be had."""

    line: str
    picked: NotRequired[int]
    bin_code: NotRequired[str]
    sku_code: NotRequired[str]
    short: NotRequired[str]
    note: NotRequired[str]


class GivenEvent(TypedDict):
    """What the carrier said: `at` is its time, with a zone; `text` its words."""

    at: str
    state: str
    text: NotRequired[str]
    place: NotRequired[str]
    code: NotRequired[str]


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

    def plan_waves(self, warehouse: str, *, key: str | None = None) -> tuple[Wave, ...]:
        """What can be picked in the warehouse (by its code) is in waves; returns the new ones."""
        answer = self._rest.post("waves/", {"warehouse": warehouse}, key=key)
        return tuple(read(Wave, row) for row in answer["waves"])

    def waves(self, *, state: str | None = None) -> Iterator[Wave]:
        return (read(Wave, row) for row in self._rest.rows("waves/", {"state": state}))

    def release_wave(self, wave_id: str, *, key: str | None = None) -> Wave:
        """Its pick lists may be taken."""
        return read(Wave, self._rest.post(f"waves/{wave_id}/release/", {}, key=key))

    def cancel_wave(self, wave_id: str, *, key: str | None = None) -> Wave:
        """It is given up before a piece is picked; its orders wait for another one."""
        return read(Wave, self._rest.post(f"waves/{wave_id}/cancel/", {}, key=key))

    def picks(self, *, wave: str | None = None, state: str | None = None) -> Iterator[Pick]:
        asked = {"wave": wave, "state": state}
        return (read(Pick, row) for row in self._rest.rows("picks/", asked))

    def pick(self, pick_id: str) -> Pick:
        return read(Pick, self._rest.get(f"picks/{pick_id}/"))

    def assign_pick(
        self, pick_id: str, username: str | None = None, *, key: str | None = None
    ) -> Pick:
        """The list is this person's to walk; without a name, the token's person's."""
        body = {"username": username} if username else {}
        return read(Pick, self._rest.post(f"picks/{pick_id}/assign/", body, key=key))

    def confirm_lines(
        self, pick_id: str, lines: Sequence[GivenLine], *, key: str | None = None
    ) -> tuple[LineSettled, ...]:
        """Up to 500 lines are picked or short; each is settled for itself, in the order given."""
        answer = self._rest.post(f"picks/{pick_id}/lines/", {"lines": lines}, key=key)
        return tuple(read(LineSettled, row) for row in answer["results"])

    def quote(self, parcel: GivenQuote, *, key: str | None = None) -> Quote:
        """What each service asks for the parcel, the best first, and who can't carry it."""
        return read(Quote, self._rest.post("quotes/", parcel, key=key))

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

    def tracking(self, shipment_id: str) -> Iterator[TrackingEvent]:
        """What carriers told of the shipment, the newest first."""
        path = f"shipments/{shipment_id}/tracking/"
        return (read(TrackingEvent, row) for row in self._rest.rows(path))

    def tell_tracking(
        self, shipment_id: str, events: Sequence[GivenEvent], *, key: str | None = None
    ) -> tuple[str, tuple[Taken, ...]]:
        """The shipment's state now, and what became of each event. Each is stored once."""
        path = f"shipments/{shipment_id}/tracking/"
        answer = self._rest.post(path, {"events": events}, key=key)
        return answer["state"], tuple(read(Taken, row) for row in answer["results"])
