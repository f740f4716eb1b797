from fulfillment.models.bins import Bin, BinMovement, BinStock, Zone
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.compensation import Compensation, CompensationKind, CompensationRule
from fulfillment.models.lateness import LateRisk
from fulfillment.models.parcels import Manifest, Parcel, ParcelItem, ParcelOrder

__all__ = [
    "Bin",
    "BinMovement",
    "BinStock",
    "Carrier",
    "CarrierService",
    "Compensation",
    "CompensationKind",
    "CompensationRule",
    "LateRisk",
    "Manifest",
    "Parcel",
    "ParcelItem",
    "ParcelOrder",
    "Zone",
]
