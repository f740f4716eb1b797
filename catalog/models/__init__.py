from catalog.models.codes import CodeCounter, CodePart, CodeScheme, SkuCode
from catalog.models.keywords import Keyword
from catalog.models.listings import Listing
from catalog.models.prices import Price, PriceChange, PriceChangeLine
from catalog.models.products import Product, Sku
from catalog.models.stock import StockLevel, StockMovement, StockState
from catalog.models.warehouses import Warehouse, WarehouseAssignment
from catalog.models.words import ForbiddenWord, WordList

__all__ = [
    "CodeCounter",
    "CodePart",
    "CodeScheme",
    "ForbiddenWord",
    "Keyword",
    "Listing",
    "Price",
    "PriceChange",
    "PriceChangeLine",
    "Product",
    "Sku",
    "SkuCode",
    "StockLevel",
    "StockMovement",
    "StockState",
    "Warehouse",
    "WarehouseAssignment",
    "WordList",
]
