from catalog.models.products import Product, Sku
from catalog.models.stock import StockLevel, StockMovement, StockState
from catalog.models.warehouses import Warehouse, WarehouseAssignment

__all__ = [
    "Product",
    "Sku",
    "StockLevel",
    "StockMovement",
    "StockState",
    "Warehouse",
    "WarehouseAssignment",
]
