from catalog.models.bundles import BundlePart
from catalog.models.clearance import ClearancePlan, SlowStock
from catalog.models.codes import CodeCounter, CodePart, CodeScheme, SkuCode
from catalog.models.counting import CountEntry, CountLine, CountSession
from catalog.models.cover import StockCover
from catalog.models.keywords import Keyword
from catalog.models.knowledge import KnowledgeEntry
from catalog.models.listings import Listing
from catalog.models.pictures import PictureReview, ProductPicture, ProductVideo
from catalog.models.presales import PresaleLot, SupplierAnswer
from catalog.models.prices import Price, PriceChange, PriceChangeLine
from catalog.models.products import Product, Sku, SkuQuerySet
from catalog.models.profiles import ListingProfile
from catalog.models.purchasing import PurchaseLine, PurchaseOrder, PurchaseState
from catalog.models.qualifications import (
    Qualification,
    QualificationKind,
    RequiredQualification,
)
from catalog.models.receipts import PurchaseReceipt, PurchaseReceiptLine
from catalog.models.sampling import ListingSample, ListingSampleAnswer, ListingSampleItem
from catalog.models.selection import (
    CandidateScore,
    Criterion,
    Scorecard,
    SelectionCandidate,
    SelectionDecision,
    Trial,
)
from catalog.models.stock import StockLevel, StockLevelQuerySet, StockMovement, StockState
from catalog.models.storefront import PageVisit, StorefrontPage
from catalog.models.suppliers import Supplier, SupplierItem
from catalog.models.syncing import ChannelShare, StockDifference
from catalog.models.transfers import Transfer, TransferLine
from catalog.models.warehouses import Warehouse, WarehouseAssignment
from catalog.models.words import ForbiddenWord, WordList

__all__ = [
    "ClearancePlan",
    "CandidateScore",
    "BundlePart",
    "CodeCounter",
    "Criterion",
    "CodePart",
    "CodeScheme",
    "ForbiddenWord",
    "Keyword",
    "ChannelShare",
    "CountEntry",
    "CountLine",
    "CountSession",
    "Listing",
    "PresaleLot",
    "Price",
    "PriceChange",
    "PriceChangeLine",
    "KnowledgeEntry",
    "Listing",
    "ListingProfile",
    "ListingSample",
    "ListingSampleAnswer",
    "ListingSampleItem",
    "PageVisit",
    "PictureReview",
    "Product",
    "ProductPicture",
    "ProductVideo",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "PurchaseState",
    "Qualification",
    "QualificationKind",
    "RequiredQualification",
    "Scorecard",
    "SelectionCandidate",
    "SelectionDecision",
    "Sku",
    "SkuCode",
    "SkuQuerySet",
    "SlowStock",
    "StockDifference",
    "StockCover",
    "StockLevel",
    "StockLevelQuerySet",
    "StockMovement",
    "StockState",
    "Transfer",
    "TransferLine",
    "StorefrontPage",
    "Supplier",
    "SupplierAnswer",
    "SupplierItem",
    "Trial",
    "Warehouse",
    "WarehouseAssignment",
    "WordList",
]
