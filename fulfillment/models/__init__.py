from fulfillment.models.bins import Bin, BinMovement, BinStock, Zone
from fulfillment.models.carrier_papers import CarrierDocument, PaperKind, RequiredPermit
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.compensation import Compensation, CompensationKind, CompensationRule
from fulfillment.models.lateness import LateRisk
from fulfillment.models.misses import ShipmentMiss
from fulfillment.models.parcels import Manifest, Parcel, ParcelItem, ParcelOrder
from fulfillment.models.prices import CoverageArea, PriceRow, PriceTable, Surcharge
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
    "CarrierDocument",
    "CarrierService",
    "Compensation",
    "CompensationKind",
    "CompensationRule",
    "CoverageArea",
    "LateRisk",
    "Manifest",
    "PaperKind",
    "Parcel",
    "ParcelItem",
    "ParcelOrder",
    "PriceRow",
    "PriceTable",
    "RequiredPermit",
    "Surcharge",
    "ParcelProgress",
    "Progress",
    "ShipmentMiss",
    "Source",
    "TrackingEvent",
    "WaitingEvent",
    "Zone",
]
