from fulfillment.models.bins import Bin, BinMovement, BinStock, Zone
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.lateness import LateRisk
from fulfillment.models.parcels import Manifest, Parcel, ParcelItem, ParcelOrder
from fulfillment.models.tracking import (
    ParcelProgress,
    Progress,
    Source,
    TrackingEvent,
    WaitingEvent,
)

__all__ = [
    "Bin",
    "BinMovement",
    "BinStock",
    "Carrier",
    "CarrierService",
    "LateRisk",
    "Manifest",
    "Parcel",
    "ParcelItem",
    "ParcelOrder",
    "ParcelProgress",
    "Progress",
    "Source",
    "TrackingEvent",
    "WaitingEvent",
    "Zone",
]
