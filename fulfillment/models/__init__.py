from fulfillment.models.back_orders import BackOrder
from fulfillment.models.bins import Bin, BinMovement, BinStock, Zone
from fulfillment.models.carrier_exceptions import CarrierException
from fulfillment.models.carrier_papers import CarrierDocument, PaperKind, RequiredPermit
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.cases import ParcelCase
from fulfillment.models.charges import ParcelCharge
from fulfillment.models.compensation import Compensation, CompensationKind, CompensationRule
from fulfillment.models.following import Following
from fulfillment.models.freight_insurance import FreightInsurance, InsuranceBand
from fulfillment.models.lanes import LaneTime, ParcelEta
from fulfillment.models.lateness import LateRisk
from fulfillment.models.manifests import Manifest
from fulfillment.models.misses import ShipmentMiss
from fulfillment.models.paces import WarehousePace
from fulfillment.models.packaging import Box, PackagingRule
from fulfillment.models.parcels import Parcel, ParcelItem, ParcelOrder
from fulfillment.models.picks import Pick, PickLine, ShortPick
from fulfillment.models.polls import ParcelPoll
from fulfillment.models.prices import CoverageArea, PriceRow, PriceTable, Surcharge
from fulfillment.models.scores import CarrierScore
from fulfillment.models.station import ChannelPush, Intercept, StationScan
from fulfillment.models.store_terms import (
    DeliveryPromise,
    FreightRow,
    FreightTemplate,
    ParcelPromise,
)
from fulfillment.models.tracking import (
    ParcelProgress,
    Progress,
    Source,
    TrackingEvent,
    WaitingEvent,
)
from fulfillment.models.waves import Wave, WaveOrder, WaveRule

__all__ = [
    "BackOrder",
    "Bin",
    "BinMovement",
    "BinStock",
    "Box",
    "PackagingRule",
    "Carrier",
    "CarrierDocument",
    "CarrierException",
    "CarrierScore",
    "CarrierService",
    "ChannelPush",
    "Compensation",
    "CompensationKind",
    "CompensationRule",
    "CoverageArea",
    "Intercept",
    "DeliveryPromise",
    "Following",
    "FreightInsurance",
    "FreightRow",
    "FreightTemplate",
    "InsuranceBand",
    "LaneTime",
    "LateRisk",
    "Manifest",
    "PaperKind",
    "Parcel",
    "ParcelCase",
    "ParcelCharge",
    "ParcelEta",
    "ParcelItem",
    "ParcelOrder",
    "ParcelPoll",
    "ParcelProgress",
    "Pick",
    "PickLine",
    "ShortPick",
    "ParcelPromise",
    "PriceRow",
    "PriceTable",
    "RequiredPermit",
    "StationScan",
    "Surcharge",
    "ParcelProgress",
    "Progress",
    "ShipmentMiss",
    "RequiredPermit",
    "Source",
    "Surcharge",
    "TrackingEvent",
    "WaitingEvent",
    "WarehousePace",
    "Wave",
    "WaveOrder",
    "WaveRule",
    "Zone",
]
