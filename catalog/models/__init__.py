from catalog.models.cover import StockCover
from catalog.models.listings import Listing
from catalog.models.products import Product, Sku
from catalog.models.stock import StockLevel, StockMovement, StockState
from catalog.models.suppliers import Supplier, SupplierItem
from catalog.models.warehouses import Warehouse, WarehouseAssignment

__all__ = [
    "Listing",
    "Product",
    "Sku",
    "StockCover",
    "StockLevel",
    "StockMovement",
    "StockState",
    "Supplier",
    "SupplierItem",
    "Warehouse",
    "WarehouseAssignment",
]
