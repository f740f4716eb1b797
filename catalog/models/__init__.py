from catalog.models.keywords import Keyword
from catalog.models.listings import Listing
from catalog.models.products import Product, Sku
from catalog.models.stock import StockLevel, StockMovement, StockState
from catalog.models.warehouses import Warehouse, WarehouseAssignment
from catalog.models.words import ForbiddenWord, WordList

__all__ = [
    "ForbiddenWord",
    "Keyword",
    "Listing",
    "Product",
    "Sku",
    "StockLevel",
    "StockMovement",
    "StockState",
    "Warehouse",
    "WarehouseAssignment",
    "WordList",
]
