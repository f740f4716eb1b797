from fulfillment.models.bins import Bin, BinMovement, BinStock, Zone
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.lateness import LateRisk
from fulfillment.models.parcels import Manifest, Parcel, ParcelItem, ParcelOrder
from fulfillment.models.picks import Pick, PickLine, ShortPick
from fulfillment.models.tracking import (
    ParcelProgress,
    Progress,
    Source,
    TrackingEvent,
    WaitingEvent,
)
from fulfillment.models.waves import Wave, WaveOrder, WaveRule

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
    "Pick",
    "PickLine",
    "Progress",
    "ShortPick",
    "Source",
    "TrackingEvent",
    "WaitingEvent",
    "Wave",
    "WaveOrder",
    "WaveRule",
    "Zone",
]
