"""OpsDesk for the warehouse's programs: typed, and nothing happens twice."""

from opsdesk_client.client import GivenItem, GivenShipment, OpsDesk
from opsdesk_client.errors import OpsDeskError, Refused, Unanswered
from opsdesk_client.models import (
    Confirmed,
    Order,
    Settled,
    Shipment,
    ShipmentItem,
    ShipmentOrder,
    Warehouse,
)

__all__ = [
    "Confirmed",
    "GivenItem",
    "GivenShipment",
    "OpsDesk",
    "OpsDeskError",
    "Order",
    "Refused",
    "Settled",
    "Shipment",
    "ShipmentItem",
    "ShipmentOrder",
    "Unanswered",
    "Warehouse",
]
