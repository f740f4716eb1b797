from catalog.models.counting import CountEntry, CountLine, CountSession
from catalog.models.listings import Listing
from catalog.models.products import Product, Sku, SkuQuerySet
from catalog.models.stock import StockLevel, StockLevelQuerySet, StockMovement, StockState
from catalog.models.syncing import ChannelShare, StockDifference
from catalog.models.transfers import Transfer, TransferLine
from catalog.models.warehouses import Warehouse, WarehouseAssignment

__all__ = [
    "ChannelShare",
    "CountEntry",
    "CountLine",
    "CountSession",
    "Listing",
    "Product",
    "Sku",
    "SkuQuerySet",
    "StockDifference",
    "StockLevel",
    "StockLevelQuerySet",
    "StockMovement",
    "StockState",
    "Transfer",
    "TransferLine",
    "Warehouse",
    "WarehouseAssignment",
]
