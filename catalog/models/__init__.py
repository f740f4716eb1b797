from catalog.models.knowledge import KnowledgeEntry
from catalog.models.listings import Listing
from catalog.models.pictures import PictureReview, ProductPicture, ProductVideo
from catalog.models.products import Product, Sku
from catalog.models.profiles import ListingProfile
from catalog.models.qualifications import (
    Qualification,
    QualificationKind,
    RequiredQualification,
)
from catalog.models.stock import StockLevel, StockMovement, StockState
from catalog.models.warehouses import Warehouse, WarehouseAssignment

__all__ = [
    "KnowledgeEntry",
    "Listing",
    "ListingProfile",
    "PictureReview",
    "Product",
    "ProductPicture",
    "ProductVideo",
    "Qualification",
    "QualificationKind",
    "RequiredQualification",
    "Sku",
    "StockLevel",
    "StockMovement",
    "StockState",
    "Warehouse",
    "WarehouseAssignment",
]
