"""OpsDesk for the warehouse's programs: typed, and nothing happens twice."""

from opsdesk_client.client import GivenEvent, GivenItem, GivenLine, GivenShipment, OpsDesk
from opsdesk_client.errors import OpsDeskError, Refused, Unanswered
from opsdesk_client.models import (
    Confirmed,
    LineSettled,
    Order,
    Pick,
    PickLine,
    Settled,
    Shipment,
    ShipmentItem,
    ShipmentOrder,
    Taken,
    TrackingEvent,
    Warehouse,
    Wave,
    WaveOrder,
)

__all__ = [
    "Confirmed",
    "GivenEvent",
    "GivenItem",
    "GivenLine",
    "GivenShipment",
    "LineSettled",
    "OpsDesk",
    "OpsDeskError",
    "Order",
    "Pick",
    "PickLine",
    "Refused",
    "Settled",
    "Shipment",
    "ShipmentItem",
    "ShipmentOrder",
    "Taken",
    "TrackingEvent",
    "Unanswered",
    "Warehouse",
    "Wave",
    "WaveOrder",
]
