"""One factory per model, without randomness. Rows they make satisfy every invariant.

`MOMENT` is when things happen unless a test says otherwise: Monday 2026-03-02, 10:00 in Shanghai.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import factory
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from factory.django import DjangoModelFactory

from analytics.models import DailySales, DayBasis, RollupMark
from catalog.models import (
    BundlePart,
    CandidateScore,
    ChannelShare,
    ClearancePlan,
    CodeCounter,
    CodePart,
    CodeScheme,
    CountEntry,
    CountLine,
    CountSession,
    Criterion,
    ForbiddenWord,
    Keyword,
    KnowledgeEntry,
    Listing,
    ListingProfile,
    ListingSample,
    ListingSampleAnswer,
    ListingSampleItem,
    PageVisit,
    PictureReview,
    PresaleLot,
    Price,
    PriceChange,
    PriceChangeLine,
    Product,
    ProductPicture,
    ProductVideo,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    Qualification,
    RequiredQualification,
    Scorecard,
    SelectionCandidate,
    SelectionDecision,
    Sku,
    SkuCode,
    SlowStock,
    StockCover,
    StockDifference,
    StockLevel,
    StockMovement,
    StockState,
    StorefrontPage,
    Supplier,
    SupplierAnswer,
    SupplierItem,
    Transfer,
    TransferLine,
    Trial,
    Warehouse,
    WarehouseAssignment,
    WordList,
)
from fulfillment.models import (
    BackOrder,
    Bin,
    BinMovement,
    BinStock,
    Box,
    BoxMovement,
    BoxStock,
    Carrier,
    CarrierDocument,
    CarrierException,
    CarrierScore,
    CarrierService,
    ChannelPush,
    Compensation,
    CompensationRule,
    CoverageArea,
    DeliveryPromise,
    Following,
    FreightInsurance,
    FreightRow,
    FreightTemplate,
    InsuranceBand,
    Intercept,
    LaneTime,
    LateRisk,
    Manifest,
    PackagingRule,
    Parcel,
    ParcelBox,
    ParcelCase,
    ParcelCharge,
    ParcelEta,
    ParcelItem,
    ParcelOrder,
    ParcelPoll,
    ParcelProgress,
    ParcelPromise,
    Pick,
    PickLine,
    PriceRow,
    PriceTable,
    RequiredPermit,
    ShipmentMiss,
    ShortPick,
    StationScan,
    Surcharge,
    TrackingEvent,
    WaitingEvent,
    WarehousePace,
    Wave,
    WaveOrder,
    WaveRule,
    Zone,
)
from fulfillment.services.tracking import Seen
from opsdesk import sealing
from opsdesk.access.models import Guard, Refusal
from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.approvals.models import (
    Approval,
    ApprovalDecision,
    ApprovalPolicy,
    Delegation,
    Emergency,
)
from opsdesk.approvals.services.filing import digest_of
from opsdesk.audit.models import AuditEntry, AuditHead, AuditLink
from opsdesk.automation.models import Firing, FiringEffect, Rule, RuleTrial, RuleVersion, Tag
from opsdesk.bulk.models import BulkResult, BulkTask
from opsdesk.deadlines.models import Deadline, DeadlineEvent, DeadlineTimer
from opsdesk.exchange.models import (
    ImportRow,
    ImportSession,
    InboundDelivery,
    MessageTemplate,
    OutboundAttempt,
    OutboundMessage,
    Target,
    WebhookRefusal,
    WebhookSource,
)
from opsdesk.inspection.models import (
    AnswerPhoto,
    CheckFinding,
    CheckResult,
    InspectionRun,
    InspectionSheet,
    ManualAnswer,
    ManualItem,
)
from opsdesk.inspection.services import signing
from opsdesk.notices.models import Notice, NoticeMark, Subscription
from opsdesk.readings.models import Reading
from opsdesk.schedule.models import Slot
from opsdesk.selections.models import ListExport, SavedView
from opsdesk.stores.models import (
    Channel,
    Membership,
    PersonGroup,
    PersonRight,
    RoleRight,
    SettingOverride,
    Store,
    User,
    WorkCalendar,
    WorkDay,
    WorkException,
    WorkHours,
    WorkLayout,
    WorkSpan,
)
from opsdesk.stores.roles import Role
from opsdesk.tokens import services as tokens
from opsdesk.tokens.models import ApiToken, KeptAnswer, RequestCount
from orders.buyers import Buyer
from orders.contacts import Contact, phone_digest
from orders.models import (
    BlacklistEntry,
    BlockedRegion,
    BusinessOrder,
    ChannelDifference,
    ChannelReconciliation,
    ChannelSays,
    ContactAttempt,
    Contract,
    Customer,
    CustomerMessage,
    Erasure,
    FeeRate,
    FormerContact,
    Hold,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    LapsedOrder,
    MoneyDifference,
    OptOut,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PresaleOrder,
    Quotation,
    QuotationLine,
    Refund,
    RefundRequest,
    Reservation,
    ReviewResult,
    ReviewRule,
    ReviewVisit,
    ShipTogether,
    ShipTogetherMember,
    SourceCopy,
    SourceFact,
    Statement,
    StatementLine,
    SupersededCopy,
    TouchedDay,
    ValuedCustomer,
)

MOMENT = datetime(2026, 3, 2, 2, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


class StoreFactory(DjangoModelFactory):
    """A store with its first channel, `store.channels.get()`."""

    class Meta:
        model = Store
        skip_postgeneration_save = True

    code = factory.Sequence("store-{}".format)
    name = factory.Sequence("Store {}".format)
    timezone = "Asia/Shanghai"
    currency = "CNY"

    channel = factory.RelatedFactory("tests.factories.ChannelFactory", "store")


class ChannelFactory(DjangoModelFactory):
    class Meta:
        model = Channel

    store = factory.SubFactory(StoreFactory, channel=None)
    code = factory.Sequence("channel-{}".format)
    name = factory.Sequence("Channel {}".format)
    platform = "tmall"


class UserFactory(DjangoModelFactory):
    """A person; with `role` and `store` they work there. `password` signs them in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("person-{}".format)
    is_staff = True
    password = factory.django.Password(PASSWORD)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        role, store = kwargs.pop("role", None), kwargs.pop("store", None)
        user = super()._create(model_class, *args, **kwargs)
        if role:
            MembershipFactory(user=user, role=role, store=store or StoreFactory())
        return user


class WorkCalendarFactory(DjangoModelFactory):
    class Meta:
        model = WorkCalendar

    store = factory.SubFactory(StoreFactory)


class WorkHoursFactory(DjangoModelFactory):
    class Meta:
        model = WorkHours

    calendar = factory.SubFactory(WorkCalendarFactory)
    weekday = 0
    start = time(9)
    end = time(18)


class WorkExceptionFactory(DjangoModelFactory):
    class Meta:
        model = WorkException

    calendar = factory.SubFactory(WorkCalendarFactory)
    day = MOMENT.date()


class WorkLayoutFactory(DjangoModelFactory):
    class Meta:
        model = WorkLayout

    store = factory.SubFactory(StoreFactory)
    laid_out_at = MOMENT


class WorkSpanFactory(DjangoModelFactory):
    class Meta:
        model = WorkSpan

    store = factory.SubFactory(StoreFactory)
    starts_at = MOMENT
    ends_at = MOMENT + timedelta(hours=8)
    before_seconds = 0


class WorkDayFactory(DjangoModelFactory):
    class Meta:
        model = WorkDay

    store = factory.SubFactory(StoreFactory)
    day = MOMENT.date()
    number = 1
    ends_at = MOMENT


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    store = factory.SubFactory(StoreFactory)
    role = Role.ORDER_REVIEWER

    @classmethod
    def _create(cls, model_class: type[Membership], *args: Any, **kwargs: Any) -> Membership:
        membership = super()._create(model_class, *args, **kwargs)
        # The database counted it up: with the old stamp nobody could be signed in.
        membership.user.refresh_from_db(fields=["session_stamp"])
        return membership


class AuditEntryFactory(DjangoModelFactory):
    """A price that was raised. Who, when and by what way the database says: see `acting`."""

    class Meta:
        model = AuditEntry

    store = factory.SubFactory(StoreFactory)
    verb = AuditEntry.Verb.CHANGED
    model = "catalog.sku"
    subject_id = factory.Sequence(lambda number: number + 1)
    subject_label = factory.Sequence("SKU-{:05d}".format)
    before = factory.LazyFunction(lambda: {"list_price": 90})
    after = factory.LazyFunction(lambda: {"list_price": 100})


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    name = factory.Sequence("group-{}".format)


class RoleRightFactory(DjangoModelFactory):
    class Meta:
        model = RoleRight

    group = factory.SubFactory(GroupFactory)
    permission = factory.LazyFunction(lambda: Permission.objects.earliest("pk"))


class PersonGroupFactory(DjangoModelFactory):
    class Meta:
        model = PersonGroup

    user = factory.SubFactory(UserFactory)
    group = factory.SubFactory(GroupFactory)


class PersonRightFactory(DjangoModelFactory):
    class Meta:
        model = PersonRight

    user = factory.SubFactory(UserFactory)
    permission = factory.LazyFunction(lambda: Permission.objects.earliest("pk"))


class AuditLinkFactory(DjangoModelFactory):
    """The first link of its store's chain. `chain.link_entries` makes true ones."""

    class Meta:
        model = AuditLink

    entry = factory.SubFactory(AuditEntryFactory)
    chain = factory.SelfAttribute("entry.store_id")
    position = 1
    hash = bytes(32)


class AuditHeadFactory(DjangoModelFactory):
    class Meta:
        model = AuditHead

    store = factory.SubFactory(StoreFactory)
    day = MOMENT.date()
    chain = factory.SelfAttribute("store.pk")
    position = 1
    hash = bytes(32)


class RefusalFactory(DjangoModelFactory):
    class Meta:
        model = Refusal

    person = factory.SubFactory(UserFactory)
    what = "admin:index"
    minute = MOMENT


class GuardFactory(DjangoModelFactory):
    class Meta:
        model = Guard

    key = factory.Sequence("{:064x}".format)
    failures = 1
    free_at = MOMENT
    last_at = MOMENT


class SettingOverrideFactory(DjangoModelFactory):
    class Meta:
        model = SettingOverride

    key = "orders.confirm_within"
    value = Decimal(15)
    valid_from = MOMENT
    reason = "agreed with the platform"


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("P-{:04d}".format)
    name = factory.Sequence("Product {}".format)


class SkuFactory(DjangoModelFactory):
    class Meta:
        model = Sku

    store = factory.SubFactory(StoreFactory)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..store"))
    code = factory.Sequence("SKU-{:05d}".format)
    list_price = Decimal("100.00")


class CodeSchemeFactory(DjangoModelFactory):
    class Meta:
        model = CodeScheme
        django_get_or_create = ("store",)

    store = factory.SubFactory(StoreFactory)


class CodePartFactory(DjangoModelFactory):
    class Meta:
        model = CodePart

    scheme = factory.SubFactory(CodeSchemeFactory)
    kind = CodePart.Kind.SPEC
    code = factory.Sequence("S{}".format)
    name = factory.Sequence("Spec {}".format)


class CodeCounterFactory(DjangoModelFactory):
    class Meta:
        model = CodeCounter

    store = factory.SubFactory(StoreFactory)
    stem = factory.Sequence("STEM{}".format)
    last = 1


class SkuCodeFactory(DjangoModelFactory):
    """An alias; a SKU's own code is on record as soon as the SKU is made."""

    class Meta:
        model = SkuCode

    store = factory.SubFactory(StoreFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..store"))
    code = factory.Sequence("alias-{}".format)
    kind = SkuCode.Kind.ALIAS


class ListingFactory(DjangoModelFactory):
    class Meta:
        model = Listing

    store = factory.SubFactory(StoreFactory)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..store"))
    channel = factory.SubFactory(ChannelFactory, store=factory.SelfAttribute("..store"))


class PriceFactory(DjangoModelFactory):
    """What the SKU's list price says, from a year before `MOMENT` on."""

    class Meta:
        model = Price

    sku = factory.SubFactory(SkuFactory)
    amount = factory.SelfAttribute("sku.list_price")
    valid = factory.LazyFunction(lambda: DateTimeTZRange(MOMENT - timedelta(days=365), None))


class PriceChangeFactory(DjangoModelFactory):
    class Meta:
        model = PriceChange

    store = factory.SubFactory(StoreFactory)
    reason = "供应商降价"
    filed_by = factory.SubFactory(
        UserFactory, role=Role.CATALOG_OPERATOR, store=factory.SelfAttribute("..store")
    )
    filed_at = MOMENT


class PriceChangeLineFactory(DjangoModelFactory):
    """95 instead of 100, asked for from two days after `MOMENT` on."""

    class Meta:
        model = PriceChangeLine

    change = factory.SubFactory(PriceChangeFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..change.store"))
    before = Decimal("100.00")
    amount = Decimal("95.00")
    valid = factory.LazyFunction(lambda: DateTimeTZRange(MOMENT + timedelta(days=2), None))
    reason = "供应商降价"


class ListingSampleFactory(DjangoModelFactory):
    """A sheet of one drawn listing of three; the rows of its items come with the item's factory."""

    class Meta:
        model = ListingSample

    store = factory.SubFactory(StoreFactory)
    week = factory.Sequence(lambda number: f"{2100 + number // 50}-W{number % 50 + 1:02}")
    seed = factory.LazyAttribute(lambda sample: f"{sample.store.code}/{sample.week}")
    share = Decimal(10)
    population = factory.LazyFunction(lambda: [1, 2, 3])
    population_size = 3
    size = 1
    drawn_at = MOMENT


class ListingSampleItemFactory(DjangoModelFactory):
    class Meta:
        model = ListingSampleItem

    sample = factory.SubFactory(ListingSampleFactory)
    listing = factory.SubFactory(ListingFactory, store=factory.SelfAttribute("..sample.store"))
    place = factory.Sequence(lambda number: number + 1)
    facts = factory.LazyAttribute(
        lambda item: {
            "product": item.listing.product.code,
            "title": "杯子",
            "number": "",
            "attributes": {},
            "freight": None,
            "after_sales": "",
            "offers": [],
            "picture": None,
            "promises": [],
        }
    )


class ListingSampleAnswerFactory(DjangoModelFactory):
    class Meta:
        model = ListingSampleAnswer

    item = factory.SubFactory(ListingSampleItemFactory)
    verdict = "right"
    answered_by = factory.SubFactory(UserFactory)
    answered_at = MOMENT


class ListingProfileFactory(DjangoModelFactory):
    class Meta:
        model = ListingProfile

    store = factory.SubFactory(StoreFactory)
    platform = "tmall"
    category = factory.Sequence("类目 {}".format)


class ProductPictureFactory(DjangoModelFactory):
    """A row that passes every measure; its files are names only."""

    class Meta:
        model = ProductPicture

    store = factory.SubFactory(StoreFactory)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..store"))
    place = factory.Sequence(lambda number: number % 30_000 + 1)
    alt_text = factory.Sequence("杯子 {}".format)
    file = factory.LazyAttribute(lambda picture: f"pictures/none/{picture.place}")
    small = factory.LazyAttribute(lambda picture: f"pictures/none/{picture.place}-small")
    format = "png"
    sha256 = factory.Sequence("{:064x}".format)
    width = 800
    height = 800
    white_border = 100
    sharpness = 90


class PictureReviewFactory(DjangoModelFactory):
    class Meta:
        model = PictureReview

    picture = factory.SubFactory(ProductPictureFactory)
    clarity = Decimal("4.8")
    has_watermark = False
    shows_goods = True


class ProductVideoFactory(DjangoModelFactory):
    class Meta:
        model = ProductVideo

    product = factory.SubFactory(ProductFactory)
    title = "In use"
    url = "https://video.example/1"
    seconds = 45
    is_subtitled = True


class QualificationFactory(DjangoModelFactory):
    class Meta:
        model = Qualification

    store = factory.SubFactory(StoreFactory)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..store"))
    kind = "food_production"
    number = factory.Sequence("SC{:014d}".format)
    valid_from = date(2025, 1, 1)
    valid_until = date(2029, 12, 31)


class RequiredQualificationFactory(DjangoModelFactory):
    class Meta:
        model = RequiredQualification

    store = factory.SubFactory(StoreFactory)
    category = factory.Sequence("食品 {}".format)
    kind = "food_production"


class KnowledgeEntryFactory(DjangoModelFactory):
    class Meta:
        model = KnowledgeEntry

    store = factory.SubFactory(StoreFactory)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..store"))
    title = factory.Sequence("怎么清洗？{}".format)
    text = "By hand."


class WarehouseFactory(DjangoModelFactory):
    class Meta:
        model = Warehouse

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("warehouse-{}".format)
    name = factory.Sequence("Warehouse {}".format)


class WarehouseAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = WarehouseAssignment

    membership = factory.SubFactory(MembershipFactory, role=Role.WAREHOUSE)
    warehouse = factory.SubFactory(
        WarehouseFactory, store=factory.SelfAttribute("..membership.store")
    )


class BundlePartFactory(DjangoModelFactory):
    class Meta:
        model = BundlePart

    bundle = factory.SubFactory(SkuFactory)
    part = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..bundle.store"))
    pieces = 2


class StockLevelFactory(DjangoModelFactory):
    """A level whose pieces came in by receipts, so that it equals its ledger."""

    class Meta:
        model = StockLevel

    sku = factory.SubFactory(SkuFactory)
    warehouse = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..sku.store"))
    available = 10

    @classmethod
    def _create(cls, model_class: type[StockLevel], *args: Any, **kwargs: Any) -> StockLevel:
        level = super()._create(model_class, *args, **kwargs)
        for state in StockState.values:
            quantity = getattr(level, state)
            if quantity:
                StockMovementFactory(
                    sku=level.sku, warehouse=level.warehouse, to_state=state, quantity=quantity
                )
        return level


class StockMovementFactory(DjangoModelFactory):
    """A ledger line alone: make levels with `StockLevelFactory`, which writes theirs."""

    class Meta:
        model = StockMovement

    sku = factory.SubFactory(SkuFactory)
    warehouse = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..sku.store"))
    kind = StockMovement.Kind.RECEIVE
    to_state = StockState.AVAILABLE
    quantity = 10
    at = MOMENT


class CountSessionFactory(DjangoModelFactory):
    class Meta:
        model = CountSession

    warehouse = factory.SubFactory(WarehouseFactory)
    name = factory.Sequence("盘点 {}".format)
    opened_at = MOMENT


class CountLineFactory(DjangoModelFactory):
    class Meta:
        model = CountLine

    session = factory.SubFactory(CountSessionFactory)
    warehouse = factory.SelfAttribute("session.warehouse")
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..session.warehouse.store"))


class CountEntryFactory(DjangoModelFactory):
    class Meta:
        model = CountEntry

    line = factory.SubFactory(CountLineFactory)
    quantity = 3
    book = 4
    at = MOMENT


class TransferFactory(DjangoModelFactory):
    class Meta:
        model = Transfer

    source = factory.SubFactory(WarehouseFactory)
    target = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..source.store"))
    sent_at = MOMENT


class TransferLineFactory(DjangoModelFactory):
    class Meta:
        model = TransferLine

    transfer = factory.SubFactory(TransferFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..transfer.source.store"))
    sent = 5


class StockDifferenceFactory(DjangoModelFactory):
    class Meta:
        model = StockDifference

    sku = factory.SubFactory(SkuFactory)
    warehouse = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..sku.store"))
    source = "wms"
    ours = 10
    theirs = 8
    at = MOMENT
    opened_at = MOMENT


class ChannelReconciliationFactory(DjangoModelFactory):
    class Meta:
        model = ChannelReconciliation

    channel = factory.SubFactory(ChannelFactory)
    source = "listing.json"
    since = MOMENT - timedelta(days=2)
    until = MOMENT
    at = MOMENT


class ChannelDifferenceFactory(DjangoModelFactory):
    class Meta:
        model = ChannelDifference

    channel = factory.SubFactory(ChannelFactory)
    run = factory.SubFactory(
        ChannelReconciliationFactory, channel=factory.SelfAttribute("..channel")
    )
    external_number = factory.Sequence(lambda n: f"D{n}")
    kind = ChannelDifference.Kind.MISSING_HERE
    theirs = "paid"
    opened_at = MOMENT


class ChannelShareFactory(DjangoModelFactory):
    class Meta:
        model = ChannelShare

    channel = factory.SubFactory(ChannelFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..channel.store"))
    percent = 50


class StockCoverFactory(DjangoModelFactory):
    """Two a day, eight days to go; the measure alone makes it agree with a ledger."""

    class Meta:
        model = StockCover

    store = factory.SelfAttribute("sku.store")
    sku = factory.SubFactory(SkuFactory)
    warehouse = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..sku.store"))
    average = Decimal(2)
    days_counted = 28
    safety_stock = 8
    available = 16
    cover_days = Decimal(8)
    computed_at = MOMENT


class SupplierFactory(DjangoModelFactory):
    class Meta:
        model = Supplier

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("supplier-{}".format)
    name = factory.Sequence("Supplier {}".format)
    lead_days = 5


class SupplierItemFactory(DjangoModelFactory):
    class Meta:
        model = SupplierItem

    supplier = factory.SubFactory(SupplierFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..supplier.store"))


class SlowStockFactory(DjangoModelFactory):
    """An overstocked SKU at a known cost; the look alone makes it agree with a ledger."""

    class Meta:
        model = SlowStock

    store = factory.SelfAttribute("sku.store")
    sku = factory.SubFactory(SkuFactory, cost=Decimal("60.00"))
    finding = SlowStock.Finding.OVERSTOCK
    since = MOMENT.date()
    pieces = 100
    cost = factory.SelfAttribute("sku.cost")
    value = factory.LazyAttribute(lambda row: row.pieces * (row.cost or 0))
    sold = 10
    sell_through = Decimal("9.09")
    average = Decimal(1)
    turnover_days = Decimal(100)
    computed_at = MOMENT


class ClearancePlanFactory(DjangoModelFactory):
    """Planned today, to be bundled."""

    class Meta:
        model = ClearancePlan

    store = factory.SelfAttribute("row.store")
    sku = factory.SelfAttribute("row.sku")
    row = factory.SubFactory(SlowStockFactory)
    measure = ClearancePlan.Measure.BUNDLE
    owner = factory.SubFactory(UserFactory)
    pieces_then = factory.SelfAttribute("row.pieces")
    value_then = factory.SelfAttribute("row.value")
    planned_by = factory.SelfAttribute("owner")
    planned_at = MOMENT


class PurchaseOrderFactory(DjangoModelFactory):
    """A draft of a catalog operator's (`filed_by`); the services take it further."""

    class Meta:
        model = PurchaseOrder

    store = factory.SubFactory(StoreFactory)
    number = factory.Sequence("PO-{:05d}".format)
    supplier = factory.SubFactory(SupplierFactory, store=factory.SelfAttribute("..store"))
    warehouse = factory.SubFactory(WarehouseFactory, store=factory.SelfAttribute("..store"))
    currency = factory.SelfAttribute("store.currency")
    filed_by = factory.SubFactory(
        UserFactory, role=Role.CATALOG_OPERATOR, store=factory.SelfAttribute("..store")
    )
    filed_at = MOMENT


class PurchaseLineFactory(DjangoModelFactory):
    class Meta:
        model = PurchaseLine

    order = factory.SubFactory(PurchaseOrderFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..order.store"))
    quantity = 24
    cost = Decimal("12.50")
    most = factory.SelfAttribute("quantity")


class PurchaseReceiptFactory(DjangoModelFactory):
    """A delivery note by itself; `receive_purchase` books what is on one."""

    class Meta:
        model = PurchaseReceipt

    order = factory.SubFactory(PurchaseOrderFactory)
    delivery_note = factory.Sequence("DN-{}".format)
    received_by = factory.SubFactory(
        UserFactory, role=Role.WAREHOUSE, store=factory.SelfAttribute("..order.store")
    )
    received_at = MOMENT


class PurchaseReceiptLineFactory(DjangoModelFactory):
    class Meta:
        model = PurchaseReceiptLine

    receipt = factory.SubFactory(PurchaseReceiptFactory)
    line = factory.SubFactory(PurchaseLineFactory, order=factory.SelfAttribute("..receipt.order"))
    good = 1


class PresaleLotFactory(DjangoModelFactory):
    """A draft: ten pieces at 100 with 20 down, sold for five days, to be shipped on March 10."""

    class Meta:
        model = PresaleLot

    store = factory.SelfAttribute("sku.store")
    sku = factory.SubFactory(SkuFactory, list_price=100)
    supplier = factory.SubFactory(SupplierFactory, store=factory.SelfAttribute("..sku.store"))
    offered = 10
    price = Decimal(100)
    deposit = Decimal(20)
    sold = DateTimeTZRange(MOMENT, MOMENT + timedelta(days=5))
    promised_on = date(2026, 3, 10)
    filed_by = factory.SubFactory(UserFactory)
    filed_at = MOMENT

    class Params:
        is_open = factory.Trait(
            state="open", opened_by=factory.SubFactory(UserFactory), opened_at=MOMENT
        )


class SupplierAnswerFactory(DjangoModelFactory):
    class Meta:
        model = SupplierAnswer

    lot = factory.SubFactory(PresaleLotFactory)
    kind = SupplierAnswer.Kind.ASKED
    entered_by = factory.SubFactory(UserFactory)
    at = MOMENT


class ScorecardFactory(DjangoModelFactory):
    class Meta:
        model = Scorecard

    store = factory.SubFactory(StoreFactory)
    version = 1
    heat = conversion = pain_points = supply = payment = 20
    created_at = MOMENT


class SelectionCandidateFactory(DjangoModelFactory):
    class Meta:
        model = SelectionCandidate

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence("Candidate {}".format)
    created_by = factory.SubFactory(UserFactory)
    created_at = MOMENT

    class Params:
        is_on_trial = factory.Trait(state="trial", scored=5, total=80)


class CandidateScoreFactory(DjangoModelFactory):
    class Meta:
        model = CandidateScore

    candidate = factory.SubFactory(SelectionCandidateFactory)
    criterion = Criterion.HEAT
    score = 4
    reason = "Among the ten most searched"
    scored_by = factory.SubFactory(UserFactory)
    at = MOMENT


class SelectionDecisionFactory(DjangoModelFactory):
    class Meta:
        model = SelectionDecision

    candidate = factory.SubFactory(SelectionCandidateFactory, is_on_trial=True)
    scorecard = factory.SubFactory(
        ScorecardFactory, store=factory.SelfAttribute("..candidate.store")
    )
    verdict = SelectionDecision.Verdict.TRIAL
    total = Decimal(80)
    threshold = Decimal(70)
    decided_by = factory.SubFactory(UserFactory)
    decided_at = MOMENT


class TrialFactory(DjangoModelFactory):
    class Meta:
        model = Trial

    candidate = factory.SubFactory(SelectionCandidateFactory, is_on_trial=True)
    product = factory.SubFactory(ProductFactory, store=factory.SelfAttribute("..candidate.store"))
    cap = 50
    started_by = factory.SubFactory(UserFactory)
    started_at = MOMENT


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    store = factory.SubFactory(StoreFactory)
    external_id = factory.Sequence("buyer-{}".format)


class ValuedCustomerFactory(DjangoModelFactory):
    class Meta:
        model = ValuedCustomer

    customer = factory.SubFactory(CustomerFactory)
    orders = 2
    amount = Decimal(200)
    since = MOMENT
    counted_at = MOMENT


class OrderFactory(DjangoModelFactory):
    """An order placed and paid at `MOMENT`, waiting for stock and review; give it lines yourself.

    `channel` is the store's first.
    """

    class Meta:
        model = Order

    class Params:
        recipient = "王小明"
        phone = "13812345678"
        address = "世纪大道 100 号 3 楼"
        buyer_memo = ""

    store = factory.SubFactory(StoreFactory)
    channel = factory.LazyAttribute(
        lambda order: order.store.channels.first() or ChannelFactory(store=order.store)
    )
    external_number = factory.Sequence("T{:09d}".format)
    customer = factory.SubFactory(CustomerFactory, store=factory.SelfAttribute("..store"))
    currency = factory.SelfAttribute("store.currency")
    total_amount = Decimal("100.00")
    paid_amount = factory.LazyAttribute(
        lambda order: Decimal(0) if order.payment_state == "unpaid" else order.total_amount
    )
    payment_state = Order.Payment.PAID
    placed_at = MOMENT
    paid_at = factory.LazyAttribute(
        lambda order: None if order.payment_state == "unpaid" else order.placed_at
    )
    confirmed_at = factory.LazyAttribute(
        lambda order: (
            order.placed_at + timedelta(minutes=1)
            if order.fulfilment_state in ("reserved", "shipped", "delivered")
            else None
        )
    )
    shipped_at = factory.LazyAttribute(
        lambda order: (
            order.placed_at + timedelta(hours=4)
            if order.fulfilment_state in ("shipped", "delivered")
            else None
        )
    )
    delivered_at = factory.LazyAttribute(
        lambda order: (
            order.placed_at + timedelta(days=2) if order.fulfilment_state == "delivered" else None
        )
    )
    cancelled_at = factory.LazyAttribute(
        lambda order: (
            order.placed_at + timedelta(hours=1) if order.fulfilment_state == "cancelled" else None
        )
    )
    fulfilment_state = Order.Fulfilment.WAITING
    region = "上海市 上海市 浦东新区"
    contact = factory.LazyAttribute(
        lambda order: Contact(order.recipient, order.phone, order.address, order.buyer_memo)
    )
    content_hash = factory.Sequence("{:032x}".format)


class ErasureFactory(DjangoModelFactory):
    class Meta:
        model = Erasure

    store = factory.SubFactory(StoreFactory)
    customer_number = factory.Sequence(int)
    first_seen = MOMENT
    erased_at = MOMENT


class ChannelSaysFactory(DjangoModelFactory):
    class Meta:
        model = ChannelSays

    order = factory.SubFactory(OrderFactory)
    lines = factory.LazyFunction(lambda: {"A": 1})
    total_amount = Decimal("100.00")


class RefundRequestFactory(DjangoModelFactory):
    """Asked for, and decided on by whoever the approval names."""

    class Meta:
        model = RefundRequest

    order = factory.SubFactory(OrderFactory)
    amount = Decimal("10.00")
    reason = "Came with a scratch"
    approval = factory.SubFactory(
        "tests.factories.ApprovalFactory", store=factory.SelfAttribute("..order.store")
    )
    asked_by = factory.SubFactory(UserFactory)
    asked_at = MOMENT


class ShipTogetherFactory(DjangoModelFactory):
    class Meta:
        model = ShipTogether

    store = factory.SubFactory(StoreFactory)
    formed_by = factory.SubFactory(UserFactory)
    formed_at = MOMENT


class ShipTogetherMemberFactory(DjangoModelFactory):
    class Meta:
        model = ShipTogetherMember

    order = factory.SubFactory(OrderFactory)
    group = factory.SubFactory(ShipTogetherFactory, store=factory.SelfAttribute("..order.store"))


class FormerContactFactory(DjangoModelFactory):
    class Meta:
        model = FormerContact

    order = factory.SubFactory(OrderFactory)
    region = factory.SelfAttribute("order.region")
    sealed_contact = factory.SelfAttribute("order.sealed_contact")
    until = MOMENT
    replaced_by = factory.SubFactory(UserFactory)


class ContactAttemptFactory(DjangoModelFactory):
    class Meta:
        model = ContactAttempt

    order = factory.SubFactory(OrderFactory)
    by = ContactAttempt.By.CALL
    was_reached = True
    outcome = ContactAttempt.Outcome.WAITS
    topic = "stock"
    script = "Some of what you ordered is out of stock."
    person = factory.SubFactory(UserFactory)
    at = MOMENT


class SourceCopyFactory(DjangoModelFactory):
    class Meta:
        model = SourceCopy

    order = factory.SubFactory(OrderFactory)
    stated_at = MOMENT
    progress = 1
    content_hash = factory.Sequence("{:032x}".format)


class SourceFactFactory(DjangoModelFactory):
    """An order of which nothing else is known was paid."""

    class Meta:
        model = SourceFact

    store = factory.SubFactory(StoreFactory)
    external_number = factory.Sequence("{}".format)
    kind = SourceFact.Kind.PAID
    at = MOMENT
    amount = Decimal(10)


class SupersededCopyFactory(DjangoModelFactory):
    class Meta:
        model = SupersededCopy

    order = factory.SubFactory(OrderFactory)
    content_hash = factory.Sequence("{:032x}".format)


class TouchedDayFactory(DjangoModelFactory):
    class Meta:
        model = TouchedDay

    store = factory.SubFactory(StoreFactory)
    day = MOMENT.date()


class OrderLineFactory(DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    position = factory.LazyAttribute(lambda line: line.order.lines.count() + 1)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..order.store"))
    sku_code = factory.LazyAttribute(lambda line: line.sku.code if line.sku else "UNKNOWN")
    title = "A thing"
    quantity = 1
    unit_price = Decimal("100.00")
    amount = factory.LazyAttribute(lambda line: line.quantity * line.unit_price)


class ReservationFactory(DjangoModelFactory):
    """An open promise of pieces, with the level that holds them and its ledger."""

    class Meta:
        model = Reservation

    line = factory.SubFactory(OrderLineFactory, order__fulfilment_state="reserved")
    sku = factory.SelfAttribute("line.sku")
    warehouse = factory.SubFactory(
        WarehouseFactory, store=factory.SelfAttribute("..line.sku.store")
    )
    quantity = factory.SelfAttribute("line.quantity")
    reserved_at = MOMENT

    @classmethod
    def _create(cls, model_class: type[Reservation], *args: Any, **kwargs: Any) -> Reservation:
        reservation = super()._create(model_class, *args, **kwargs)
        StockLevelFactory(
            sku=reservation.sku,
            warehouse=reservation.warehouse,
            available=0,
            reserved=reservation.quantity,
        )
        return reservation


class OrderEventFactory(DjangoModelFactory):
    class Meta:
        model = OrderEvent

    order = factory.SubFactory(OrderFactory)
    kind = OrderEvent.Kind.PLACED
    at = MOMENT


class CustomerMessageFactory(DjangoModelFactory):
    """A payment reminder that could not be sent."""

    class Meta:
        model = CustomerMessage

    order = factory.SubFactory(OrderFactory)
    kind = CustomerMessage.Kind.REMINDER
    withheld = CustomerMessage.Withheld.NO_PROVIDER
    at = MOMENT


class LapsedOrderFactory(DjangoModelFactory):
    class Meta:
        model = LapsedOrder

    order = factory.SubFactory(OrderFactory, payment_state="unpaid", fulfilment_state="cancelled")
    cause = LapsedOrder.Cause.UNPAID
    due_at = MOMENT
    at = MOMENT


class OptOutFactory(DjangoModelFactory):
    class Meta:
        model = OptOut

    store = factory.SubFactory(StoreFactory)
    purpose = "marketing"
    phone_digest = factory.Sequence(lambda number: number.to_bytes(16, "big"))
    masked_phone = "138****5678"
    way = OptOut.Way.CALL
    made_by = factory.SubFactory(UserFactory)
    made_at = MOMENT


class PresaleOrderFactory(DjangoModelFactory):
    """20 of 100 are to be paid down, the rest from March 5 to March 7."""

    class Meta:
        model = PresaleOrder

    order = factory.SubFactory(OrderFactory, payment_state="unpaid")
    lot = factory.SubFactory(
        PresaleLotFactory, sku__store=factory.SelfAttribute("...order.store"), is_open=True
    )
    deposit_amount = Decimal(20)
    promised_from = datetime(2026, 3, 9, 16, tzinfo=UTC)
    balance_from = MOMENT + timedelta(days=3)
    balance_until = MOMENT + timedelta(days=5)


class ReviewRuleFactory(DjangoModelFactory):
    class Meta:
        model = ReviewRule

    store = factory.SubFactory(StoreFactory)
    code = "quantity"
    version = 1
    position = 20
    owner_role = Role.ORDER_REVIEWER
    parameters = factory.LazyFunction(lambda: {"per_line": 20, "per_order": 50})
    set_at = MOMENT


class ReviewResultFactory(DjangoModelFactory):
    class Meta:
        model = ReviewResult

    order = factory.SubFactory(OrderFactory)
    at = MOMENT
    has_passed = False
    verdicts = factory.LazyFunction(lambda: [["quantity", 1, "failed"]])


class HoldFactory(DjangoModelFactory):
    class Meta:
        model = Hold

    order = factory.SubFactory(OrderFactory, review_state="held")
    code = "quantity"
    evidence = factory.LazyFunction(lambda: {"sku": "A", "quantity": 60, "most": 20})
    owner_role = Role.ORDER_REVIEWER
    raised_at = MOMENT


class BlacklistEntryFactory(DjangoModelFactory):
    class Meta:
        model = BlacklistEntry

    store = factory.SubFactory(StoreFactory)
    hint = "138****5678"
    phone_digest = factory.Sequence(lambda number: phone_digest(f"138{number:08d}"))
    reason = "Never takes a parcel in"
    added_by = factory.SubFactory(UserFactory)
    added_at = MOMENT


class BlockedRegionFactory(DjangoModelFactory):
    class Meta:
        model = BlockedRegion

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence(lambda number: f"{650000 + number}")
    name = "新疆维吾尔自治区"
    reason = "Roads closed by snow"
    added_by = factory.SubFactory(UserFactory)
    added_at = MOMENT


class DeadlineFactory(DjangoModelFactory):
    """A running clock on an order (`subject`): ten minutes to confirm stock."""

    class Meta:
        model = Deadline
        exclude = ["subject"]
        skip_postgeneration_save = True

    subject = factory.SubFactory(OrderFactory)
    rule = "orders.confirm"
    store = factory.SelfAttribute("subject.store")
    channel = factory.LazyAttribute(lambda clock: getattr(clock.subject, "channel", None))
    subject_type = factory.LazyAttribute(
        lambda clock: ContentType.objects.get_for_model(clock.subject)
    )
    subject_id = factory.SelfAttribute("subject.pk")
    subject_label = factory.LazyAttribute(lambda clock: str(clock.subject))
    owner_role = Role.ORDER_REVIEWER
    money_at_risk = Decimal("100.00")
    started_at = MOMENT
    allowed_seconds = 600
    due_at = factory.LazyAttribute(
        lambda clock: clock.started_at + timedelta(seconds=clock.allowed_seconds)
    )
    state = Deadline.State.RUNNING
    paused_at = factory.LazyAttribute(
        lambda clock: clock.started_at if clock.state == "paused" else None
    )
    met_at = factory.LazyAttribute(lambda clock: clock.started_at if clock.state == "met" else None)

    @factory.post_generation
    def next_at(self, create, extracted, **kwargs):
        """When its timer goes off, else at the due time."""
        if self.state == Deadline.State.RUNNING:
            DeadlineTimer.objects.create(
                deadline=self, rule=self.rule, due_at=self.due_at, next_at=extracted or self.due_at
            )


class BreachedDeadlineFactory(DeadlineFactory):
    """A clock that ran out and was swept."""

    @factory.post_generation
    def next_at(self, create, extracted, **kwargs):
        DeadlineEvent.objects.create(deadline=self, kind="breached", percent=100, at=self.due_at)


class DeadlineTimerFactory(DjangoModelFactory):
    class Meta:
        model = DeadlineTimer

    deadline = factory.SubFactory(DeadlineFactory, state="cancelled")
    rule = factory.SelfAttribute("deadline.rule")
    due_at = factory.SelfAttribute("deadline.due_at")
    next_at = factory.SelfAttribute("deadline.due_at")


class DeadlineEventFactory(DjangoModelFactory):
    class Meta:
        model = DeadlineEvent

    deadline = factory.SubFactory(DeadlineFactory)
    kind = DeadlineEvent.Kind.PAUSED
    at = MOMENT


class AlertFactory(DjangoModelFactory):
    """An open alert about an order (`subject`): its stock is not confirmed."""

    class Meta:
        model = Alert
        exclude = ["subject"]

    subject = factory.SubFactory(OrderFactory)
    store = factory.LazyAttribute(lambda alert: alert.subject.store)
    check_code = "orders.confirm"
    key = factory.Sequence("key-{}".format)
    clause = "ORD-2"
    subject_type = factory.LazyAttribute(
        lambda alert: ContentType.objects.get_for_model(alert.subject) if alert.subject else None
    )
    subject_id = factory.LazyAttribute(lambda alert: alert.subject.pk if alert.subject else None)
    subject_label = factory.LazyAttribute(lambda alert: str(alert.subject or "Nothing"))
    severity = "critical"
    owner_role = Role.ORDER_REVIEWER
    evidence = factory.LazyFunction(dict)
    money_at_risk = Decimal("100.00")
    opened_at = MOMENT
    last_seen_at = factory.SelfAttribute("opened_at")
    deadline_at = factory.LazyAttribute(lambda alert: alert.opened_at + timedelta(minutes=10))
    state = Alert.State.OPEN
    resolved_at = factory.LazyAttribute(
        lambda alert: alert.opened_at if alert.state == "resolved" else None
    )
    resolution = factory.LazyAttribute(lambda alert: "person" if alert.state == "resolved" else "")


class AlertEventFactory(DjangoModelFactory):
    class Meta:
        model = AlertEvent

    alert = factory.SubFactory(AlertFactory)
    kind = AlertEvent.Kind.OPENED
    at = MOMENT


class StorefrontPageFactory(DjangoModelFactory):
    class Meta:
        model = StorefrontPage

    channel = factory.SubFactory(ChannelFactory)
    url = factory.Sequence("https://shop.example/{}".format)


class PageVisitFactory(DjangoModelFactory):
    """The page answered, and all was well."""

    class Meta:
        model = PageVisit

    page = factory.SubFactory(StorefrontPageFactory)
    at = MOMENT
    status = 200
    milliseconds = 120


class InspectionRunFactory(DjangoModelFactory):
    """The day's inspection, walked; give it results yourself."""

    class Meta:
        model = InspectionRun

    store = factory.SubFactory(StoreFactory)
    business_date = factory.LazyAttribute(lambda run: run.store.business_date(MOMENT))
    is_scheduled = True
    codes = factory.LazyFunction(lambda: ["INS-3.covered"])
    position = factory.LazyAttribute(lambda run: len(run.codes))
    state = InspectionRun.State.DONE
    requested_at = MOMENT
    started_at = MOMENT
    finished_at = factory.LazyAttribute(lambda run: MOMENT if run.state == "done" else None)


class CheckResultFactory(DjangoModelFactory):
    class Meta:
        model = CheckResult

    run = factory.SubFactory(InspectionRunFactory)
    code = "INS-3.covered"
    outcome = CheckResult.Outcome.FINDINGS
    new = 1
    figures = factory.LazyFunction(lambda: {"waiting": 2, "short": 1, "unknown": 0})
    milliseconds = 12
    at = MOMENT


class CheckFindingFactory(DjangoModelFactory):
    class Meta:
        model = CheckFinding

    result = factory.SubFactory(CheckResultFactory)
    alert = factory.SubFactory(
        AlertFactory,
        subject=None,
        store=factory.SelfAttribute("..result.run.store"),
        check_code="orders.shortage",
    )
    is_new = True
    severity = factory.SelfAttribute("alert.severity")
    subject_label = factory.SelfAttribute("alert.subject_label")


class ManualItemFactory(DjangoModelFactory):
    class Meta:
        model = ManualItem

    store = factory.SubFactory(StoreFactory)
    title = factory.Sequence("陈列 {}".format)
    owner_role = Role.WAREHOUSE
    created_at = MOMENT


class ManualAnswerFactory(DjangoModelFactory):
    class Meta:
        model = ManualAnswer

    item = factory.SubFactory(ManualItemFactory)
    business_date = factory.LazyAttribute(lambda answer: answer.item.store.business_date(MOMENT))
    verdict = ManualAnswer.Verdict.OK
    answered_by = factory.SubFactory(UserFactory)
    answered_at = MOMENT


class AnswerPhotoFactory(DjangoModelFactory):
    class Meta:
        model = AnswerPhoto

    answer = factory.SubFactory(ManualAnswerFactory)
    file = "inspections/0/none"
    small = "inspections/0/none-small"
    format = "png"
    sha256 = "0" * 64


class InspectionSheetFactory(DjangoModelFactory):
    """Signed on its day, with nothing on it."""

    class Meta:
        model = InspectionSheet

    store = factory.SubFactory(StoreFactory)
    business_date = factory.LazyAttribute(lambda sheet: sheet.store.business_date(MOMENT))
    content = factory.LazyAttribute(
        lambda sheet: signing.canonical(
            {
                "store": sheet.store.code,
                "store_name": str(sheet.store),
                "day": sheet.business_date.isoformat(),
                "at": MOMENT.isoformat(),
                "checks": [],
                "items": [],
                "open": [],
                "open_count": 0,
            }
        )
    )
    sha256 = factory.LazyAttribute(lambda sheet: signing.digest_of(sheet.content))
    is_late = False
    signed_by = factory.SubFactory(UserFactory)
    signed_at = MOMENT


class ApprovalPolicyFactory(DjangoModelFactory):
    class Meta:
        model = ApprovalPolicy

    kind = "catalog.adjustment"
    store = factory.SubFactory(StoreFactory)
    roles = factory.LazyFunction(lambda: [Role.FINANCE])
    valid_from = MOMENT
    reason = "agreed with finance"


class ApprovalFactory(DjangoModelFactory):
    """A correction of stock by 60 pieces that a warehouse clerk (`filer`) asked for at `MOMENT`."""

    class Meta:
        model = Approval

    kind = "catalog.adjustment"
    store = factory.SubFactory(StoreFactory)
    subject_key = factory.Sequence("{0}:{0}".format)
    subject_label = factory.Sequence("SKU-{:05d}".format)
    snapshot = factory.LazyAttribute(
        lambda approval: {
            "asked": {
                "sku_id": 0,
                "warehouse_id": 0,
                "pieces": -60,
                "available": 100,
                "reason": "counted twice",
            },
            "found": {"sku": approval.subject_label, "warehouse": "Main", "worth": "10.00"},
        }
    )
    digest = factory.LazyAttribute(lambda approval: digest_of(approval.snapshot))
    amount = Decimal("600.00")
    counted_amount = factory.SelfAttribute("amount")
    currency = "CNY"
    roles = factory.LazyFunction(lambda: [Role.FINANCE])
    voices = 1
    filer = factory.SubFactory(
        UserFactory, role=Role.WAREHOUSE, store=factory.SelfAttribute("..store")
    )
    filed_at = MOMENT
    roles_granted_before = factory.LazyAttribute(lambda a: a.filed_at - timedelta(days=1))
    expires_at = factory.LazyAttribute(lambda a: a.filed_at + timedelta(days=2))


class ApprovalDecisionFactory(DjangoModelFactory):
    class Meta:
        model = ApprovalDecision

    approval = factory.SubFactory(ApprovalFactory)
    decider = factory.SubFactory(
        UserFactory, role=Role.FINANCE, store=factory.SelfAttribute("..approval.store")
    )
    role = Role.FINANCE
    verdict = ApprovalDecision.Verdict.APPROVE
    at = MOMENT
    filer = factory.SelfAttribute("approval.filer")


class DelegationFactory(DjangoModelFactory):
    """Somebody of finance is away from `MOMENT` on for a week."""

    class Meta:
        model = Delegation

    store = factory.SubFactory(StoreFactory)
    absent = factory.SubFactory(
        UserFactory, role=Role.FINANCE, store=factory.SelfAttribute("..store")
    )
    stand_in = factory.SubFactory(
        UserFactory, role=Role.ANALYST, store=factory.SelfAttribute("..store")
    )
    starts_at = MOMENT
    ends_at = factory.LazyAttribute(lambda absence: absence.starts_at + timedelta(days=7))
    made_at = MOMENT


class EmergencyFactory(DjangoModelFactory):
    class Meta:
        model = Emergency

    approval = factory.SubFactory(ApprovalFactory)
    declared_by = factory.SubFactory(
        UserFactory, role=Role.OPERATIONS_LEAD, store=factory.SelfAttribute("..approval.store")
    )
    reason = "the carrier leaves in ten minutes"
    at = MOMENT
    review_due_at = MOMENT + timedelta(days=1)


class SlotFactory(DjangoModelFactory):
    class Meta:
        model = Slot

    job = "deadlines.sweep"
    slot_at = factory.Sequence(lambda number: MOMENT + timedelta(minutes=number))


class ImportSessionFactory(DjangoModelFactory):
    class Meta:
        model = ImportSession

    store = factory.SubFactory(StoreFactory)
    channel = factory.LazyAttribute(lambda session: session.store.channels.first())
    importer = "generic"
    file_name = "orders.csv"
    sha256 = factory.Sequence("{:064x}".format)
    as_of = MOMENT
    created_at = MOMENT


class ImportRowFactory(DjangoModelFactory):
    class Meta:
        model = ImportRow

    session = factory.SubFactory(ImportSessionFactory)
    line = factory.Sequence(lambda number: number + 2)


class TargetFactory(DjangoModelFactory):
    """A webhook of a partner's, where nobody listens."""

    class Meta:
        model = Target

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("target-{}".format)
    name = factory.Sequence("Target {}".format)
    adapter = "webhook"
    address = "https://partner.example/in"


class OutboundMessageFactory(DjangoModelFactory):
    """A message that waits."""

    class Meta:
        model = OutboundMessage

    store = factory.SelfAttribute("target.store")
    target = factory.SubFactory(TargetFactory)
    kind = "orders.shipped"
    key = factory.Sequence("order-{}".format)
    payload = factory.LazyFunction(lambda: {"subject": "Shipped", "text": "ring 13812345678"})
    next_at = MOMENT
    created_at = MOMENT
    lease_until = factory.LazyAttribute(lambda m: MOMENT if m.state == "sending" else None)
    finished_at = factory.LazyAttribute(
        lambda m: MOMENT if m.state in ("sent", "parked", "cancelled") else None
    )
    state = OutboundMessage.State.WAITING


class OutboundAttemptFactory(DjangoModelFactory):
    class Meta:
        model = OutboundAttempt

    message = factory.SubFactory(OutboundMessageFactory)
    number = 1
    outcome = OutboundAttempt.Outcome.FAILED
    at = MOMENT


class WebhookSourceFactory(DjangoModelFactory):
    """Programs of the store's own that sign with `hush`."""

    class Meta:
        model = WebhookSource

    store = factory.SubFactory(StoreFactory)
    source = "generic"
    channel = factory.LazyAttribute(lambda source: source.store.channels.first())
    sealed_secret = factory.LazyFunction(lambda: sealing.seal("hush"))
    changed_at = MOMENT


class WebhookRefusalFactory(DjangoModelFactory):
    class Meta:
        model = WebhookRefusal

    store = factory.SubFactory(StoreFactory)
    source = "generic"
    day = MOMENT.date()
    reason = WebhookRefusal.Reason.FORGED
    count = 1


class InboundDeliveryFactory(DjangoModelFactory):
    """A delivery that waits."""

    class Meta:
        model = InboundDelivery

    store = factory.SubFactory(StoreFactory)
    source = "generic"
    delivery_id = factory.Sequence("delivery-{}".format)
    body = b'{"phone": "13812345678"}'
    size = factory.LazyAttribute(lambda delivery: len(delivery.body or b""))
    sha256 = factory.Sequence("{:064x}".format)
    received_at = MOMENT
    next_at = MOMENT
    state = InboundDelivery.State.WAITING
    lease_until = factory.LazyAttribute(lambda d: MOMENT if d.state == "working" else None)
    finished_at = factory.LazyAttribute(
        lambda d: MOMENT if d.state in ("done", "ignored", "parked", "discarded") else None
    )


class MessageTemplateFactory(DjangoModelFactory):
    class Meta:
        model = MessageTemplate

    code = "notices.alerts"
    store = factory.SubFactory(StoreFactory)
    language = "en"
    version = factory.Sequence(lambda number: number + 1)
    subject = "Look"
    body = "At this: {alerts}"
    written_at = MOMENT


class BulkTaskFactory(DjangoModelFactory):
    class Meta:
        model = BulkTask

    code = "orders.review"
    row_ids = factory.LazyFunction(list)
    total = 0
    started_by = factory.SubFactory(UserFactory)
    started_at = MOMENT


class BulkResultFactory(DjangoModelFactory):
    class Meta:
        model = BulkResult

    task = factory.SubFactory(BulkTaskFactory)
    row_id = factory.Sequence(lambda n: n + 1)
    outcome = "left_alone"


class SubscriptionFactory(DjangoModelFactory):
    """For the bell; with a `target`, whatever it sends through."""

    class Meta:
        model = Subscription

    person = factory.SubFactory(UserFactory)
    store = factory.SubFactory(StoreFactory)


class NoticeFactory(DjangoModelFactory):
    class Meta:
        model = Notice

    person = factory.SubFactory(UserFactory)
    store = factory.SelfAttribute("alert.store")
    alert = factory.SubFactory(AlertFactory)
    kind = "opened"
    severity = "critical"
    at = MOMENT
    due_at = MOMENT


class NoticeMarkFactory(DjangoModelFactory):
    class Meta:
        model = NoticeMark


class ApiTokenFactory(DjangoModelFactory):
    """A token nobody has the secret of; `tests/tokens/programs.py` issues real ones."""

    class Meta:
        model = ApiToken

    user = factory.SubFactory(UserFactory)
    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence("program {}".format)
    prefix = factory.Sequence("od_{:08x}".format)
    digest = factory.LazyAttribute(lambda token: tokens.digest_of(token.prefix))
    scopes = factory.LazyFunction(lambda: ["orders:read"])
    requests_per_minute = 600
    created_at = MOMENT
    expires_at = MOMENT + timedelta(days=90)


class RequestCountFactory(DjangoModelFactory):
    class Meta:
        model = RequestCount

    token = factory.SubFactory(ApiTokenFactory)
    minute = MOMENT
    requests = 1


class KeptAnswerFactory(DjangoModelFactory):
    class Meta:
        model = KeptAnswer

    token = factory.SubFactory(ApiTokenFactory)
    family = factory.SelfAttribute("token.family")
    key = factory.Sequence("key-{}".format)
    fingerprint = factory.Sequence("{:064x}".format)
    status = 201
    body = "{}"
    created_at = MOMENT


class RollupMarkFactory(DjangoModelFactory):
    class Meta:
        model = RollupMark

    store = factory.SubFactory(StoreFactory)
    rolled_up_to = MOMENT


class DailySalesFactory(DjangoModelFactory):
    class Meta:
        model = DailySales

    store = factory.SubFactory(StoreFactory)
    channel = factory.LazyAttribute(lambda day: day.store.channels.first())
    basis = DayBasis.CREATED
    date = MOMENT.date()


class ReadingFactory(DjangoModelFactory):
    class Meta:
        model = Reading

    store = factory.SubFactory(StoreFactory)
    channel = factory.LazyAttribute(lambda reading: reading.store.channels.first())
    figure = "uv"
    day = MOMENT.date()
    value = Decimal(1200)
    source = "import:1"
    taken_at = MOMENT


class WordListFactory(DjangoModelFactory):
    class Meta:
        model = WordList

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence("词库{}".format)


class ForbiddenWordFactory(DjangoModelFactory):
    class Meta:
        model = ForbiddenWord

    list = factory.SubFactory(WordListFactory)
    text = factory.Sequence("词{}".format)


class KeywordFactory(DjangoModelFactory):
    class Meta:
        model = Keyword

    store = factory.SubFactory(StoreFactory)
    text = factory.Sequence("关键词{}".format)


class SavedViewFactory(DjangoModelFactory):
    """A person's own view of the order list."""

    class Meta:
        model = SavedView

    owner = factory.SubFactory(UserFactory)
    screen = "orders.order"
    name = factory.Sequence("View {}".format)
    query = "tab=review"
    created_at = MOMENT


class ListExportFactory(DjangoModelFactory):
    class Meta:
        model = ListExport

    screen = "orders.order"
    query = "tab=review"
    requested_by = factory.SubFactory(UserFactory)
    requested_at = MOMENT


class ReviewVisitFactory(DjangoModelFactory):
    class Meta:
        model = ReviewVisit

    person = factory.SubFactory(UserFactory)
    order = factory.SubFactory(OrderFactory)
    opened_at = MOMENT
    seen_at = MOMENT


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    amount = factory.SelfAttribute("order.paid_amount")
    currency = factory.SelfAttribute("order.currency")
    paid_at = factory.SelfAttribute("order.paid_at")


class RefundFactory(DjangoModelFactory):
    class Meta:
        model = Refund

    order = factory.SubFactory(
        OrderFactory, payment_state="part_refunded", refunded_amount=Decimal("30.00")
    )
    store = factory.SelfAttribute("order.store")
    amount = factory.SelfAttribute("order.refunded_amount")
    currency = factory.SelfAttribute("order.currency")
    refunded_at = MOMENT


class FeeRateFactory(DjangoModelFactory):
    class Meta:
        model = FeeRate

    store = factory.SubFactory(StoreFactory)
    provider = "alipay"
    percent = Decimal("0.600")
    valid_from = factory.Sequence(lambda number: date(2020, 1, 1) + timedelta(days=number))


class StatementFactory(DjangoModelFactory):
    """A statement of the day of `MOMENT`."""

    class Meta:
        model = Statement

    store = factory.SubFactory(StoreFactory)
    provider = "alipay"
    import_session = factory.SubFactory(
        ImportSessionFactory,
        store=factory.SelfAttribute("..store"),
        importer="statement.alipay",
        file_name="alipay.csv",
    )
    first_day = MOMENT.date()
    last_day = MOMENT.date()


class StatementLineFactory(DjangoModelFactory):
    class Meta:
        model = StatementLine

    statement = factory.SubFactory(StatementFactory)
    store = factory.SelfAttribute("statement.store")
    provider = factory.SelfAttribute("statement.provider")
    row = 2
    kind = "payment"
    reference = factory.Sequence("2026030222{:012d}".format)
    amount = Decimal("100.00")
    currency = factory.SelfAttribute("store.currency")
    at = MOMENT


class MoneyDifferenceFactory(DjangoModelFactory):
    """A payment of which the provider says nothing."""

    class Meta:
        model = MoneyDifference

    payment = factory.SubFactory(PaymentFactory)
    store = factory.SelfAttribute("payment.store")
    kind = "missing_there"
    ours = factory.SelfAttribute("payment.amount")
    theirs = Decimal(0)
    currency = factory.SelfAttribute("payment.currency")
    at = factory.SelfAttribute("payment.paid_at")
    opened_at = MOMENT


class InvoiceSeriesFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceSeries

    store = factory.SubFactory(StoreFactory)
    year = MOMENT.year
    prefix = "INV-"


class InvoiceFactory(DjangoModelFactory):
    """Asked for, on all of its order; the services take it further."""

    class Meta:
        model = Invoice

    title = "王小明"
    email = "xiaoming@example.com"
    store = factory.SelfAttribute("order.store")
    order = factory.SubFactory(OrderFactory)
    currency = factory.SelfAttribute("order.currency")
    gross = factory.SelfAttribute("order.paid_amount")
    tax = Decimal("11.50")
    net = factory.LazyAttribute(lambda invoice: invoice.gross - invoice.tax)
    requested_at = MOMENT

    @classmethod
    def _create(cls, model_class: type[Invoice], *args: Any, **kwargs: Any) -> Invoice:
        buyer = Buyer(kwargs.pop("title"), email=kwargs.pop("email"))
        invoice = model_class(*args, **kwargs)
        invoice.buyer = buyer
        invoice.save(force_insert=True)
        return invoice


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    position = factory.LazyAttribute(lambda line: line.invoice.lines.count() + 1)
    title = "A thing"
    quantity = 1
    tax_rate = Decimal(13)
    net = Decimal("88.50")
    tax = Decimal("11.50")
    gross = Decimal("100.00")


class BusinessOrderFactory(DjangoModelFactory):
    class Meta:
        model = BusinessOrder

    order = factory.SubFactory(OrderFactory)
    marked_at = MOMENT


class ContractFactory(DjangoModelFactory):
    """Without its file on the disk: where that is looked at, hand one in by the service."""

    class Meta:
        model = Contract

    store = factory.SelfAttribute("order.store")
    order = factory.SubFactory(OrderFactory)
    sha256 = factory.Sequence("{:064x}".format)
    file = factory.LazyAttribute(lambda row: f"contracts/{row.store.pk}/{row.sha256}")
    file_name = "contract.pdf"
    type = "pdf"
    size = 9
    signed_on = MOMENT.date()
    buyer = "北京采购有限公司"
    seller = "木语生活"
    uploaded_at = MOMENT


class QuotationFactory(DjangoModelFactory):
    class Meta:
        model = Quotation

    store = factory.SubFactory(StoreFactory)
    number = factory.Sequence("QUO-{:05d}".format)
    customer = "北京采购有限公司"
    currency = factory.SelfAttribute("store.currency")
    valid_until = MOMENT.date() + timedelta(days=30)
    quoted_at = MOMENT


class QuotationLineFactory(DjangoModelFactory):
    class Meta:
        model = QuotationLine

    quotation = factory.SubFactory(QuotationFactory)
    position = factory.LazyAttribute(lambda line: line.quotation.lines.count() + 1)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..quotation.store"))
    title = "A thing"
    quantity = 10
    unit_price = Decimal("90.00")


class CarrierFactory(DjangoModelFactory):
    class Meta:
        model = Carrier

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("carrier-{}".format)
    name = factory.Sequence("Carrier {}".format)


class CarrierServiceFactory(DjangoModelFactory):
    class Meta:
        model = CarrierService

    carrier = factory.SubFactory(CarrierFactory)
    code = "standard"
    name = "Standard"


class CarrierDocumentFactory(DjangoModelFactory):
    """A paper that says so; its file is on no disk."""

    class Meta:
        model = CarrierDocument

    carrier = factory.SubFactory(CarrierFactory)
    kind = "licence"
    number = factory.Sequence("LIC-{:05}".format)
    valid_from = MOMENT.date() - timedelta(days=365)
    valid_until = MOMENT.date() + timedelta(days=365)
    file = "carriers/paper"
    file_name = "licence.pdf"
    type = "pdf"
    size = 1_000
    sha256 = factory.Sequence("{:064x}".format)
    uploaded_at = MOMENT


class CarrierExceptionFactory(DjangoModelFactory):
    class Meta:
        model = CarrierException

    carrier = factory.SubFactory(CarrierFactory)
    kind = "licence"
    valid_from = MOMENT.date()
    valid_until = MOMENT.date() + timedelta(days=7)
    reason = "The new paper is at the ministry"
    approval = factory.SubFactory(ApprovalFactory, store=factory.SelfAttribute("..carrier.store"))


class RequiredPermitFactory(DjangoModelFactory):
    class Meta:
        model = RequiredPermit

    store = factory.SubFactory(StoreFactory)
    category = factory.Sequence("Frozen {}".format)
    kind = "cold"


class CoverageAreaFactory(DjangoModelFactory):
    class Meta:
        model = CoverageArea

    service = factory.SubFactory(CarrierServiceFactory)
    region = "CN"


class PriceTableFactory(DjangoModelFactory):
    class Meta:
        model = PriceTable

    service = factory.SubFactory(CarrierServiceFactory)
    name = factory.Sequence("Prices {}".format)
    currency = "CNY"
    valid_from = MOMENT.date() - timedelta(days=30)


class PriceRowFactory(DjangoModelFactory):
    """The first kilogram 10.00, each further half 2.50."""

    class Meta:
        model = PriceRow

    table = factory.SubFactory(PriceTableFactory)
    region = "CN"
    first_grams = 1_000
    first_price = Decimal("10.00")
    step_grams = 500
    step_price = Decimal("2.50")


class SurchargeFactory(DjangoModelFactory):
    class Meta:
        model = Surcharge

    table = factory.SubFactory(PriceTableFactory)
    kind = "fuel"
    percent = Decimal("3.000")


class CarrierScoreFactory(DjangoModelFactory):
    """Of a hundred parcels of a month, 96 on time of those it is known of."""

    class Meta:
        model = CarrierScore

    service = factory.SubFactory(CarrierServiceFactory)
    month = MOMENT.date().replace(day=1)
    parcels = 100
    picked_up = 100
    picked_up_in_time = 98
    judged = 100
    on_time = 96
    settled = factory.SelfAttribute("parcels")
    damaged = 1
    lost = 0
    complained = 2
    computed_at = MOMENT


class LaneTimeFactory(DjangoModelFactory):
    """Forty parcels from a warehouse to Zhejiang in two days, silent for a day and a half."""

    class Meta:
        model = LaneTime

    warehouse = factory.SubFactory(WarehouseFactory)
    service = factory.SubFactory(
        CarrierServiceFactory, carrier__store=factory.SelfAttribute("...warehouse.store")
    )
    region = "33"
    parcels = 40
    median_hours = Decimal(48)
    p90_hours = Decimal(72)
    silence_hours = Decimal(36)
    computed_at = MOMENT


class ParcelEtaFactory(DjangoModelFactory):
    class Meta:
        model = ParcelEta

    parcel = factory.SubFactory(
        "tests.factories.ParcelFactory",
        state="handed_over",
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store")
        ),
        waybill=factory.Sequence("ZT{:08d}".format),
        packed_at=MOMENT,
        handed_over_at=MOMENT,
    )
    earliest = MOMENT + timedelta(days=2)
    latest = MOMENT + timedelta(days=3)
    basis = "lane"
    sample = 40


class FreightTemplateFactory(DjangoModelFactory):
    class Meta:
        model = FreightTemplate

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence("Freight {}".format)
    valid_from = MOMENT.date() - timedelta(days=30)


class FreightRowFactory(DjangoModelFactory):
    """8.00 for the first piece, 2.00 for each further, everywhere."""

    class Meta:
        model = FreightRow

    template = factory.SubFactory(FreightTemplateFactory)
    first_price = Decimal("8.00")
    step_price = Decimal("2.00")


class DeliveryPromiseFactory(DjangoModelFactory):
    class Meta:
        model = DeliveryPromise

    store = factory.SubFactory(StoreFactory)
    hours = 72
    valid_from = MOMENT.date() - timedelta(days=30)


class ParcelPromiseFactory(DjangoModelFactory):
    class Meta:
        model = ParcelPromise

    parcel = factory.SubFactory("tests.factories.ParcelFactory")
    region = "33"


class FreightInsuranceFactory(DjangoModelFactory):
    class Meta:
        model = FreightInsurance

    store = factory.SubFactory(StoreFactory)
    provider = "Pacific Insurance"
    premium = Decimal("0.80")
    cover = Decimal("12.00")
    valid_from = MOMENT.date() - timedelta(days=30)


class InsuranceBandFactory(DjangoModelFactory):
    class Meta:
        model = InsuranceBand

    insurance = factory.SubFactory(FreightInsuranceFactory, premium=None)
    rate_from = Decimal("0.00")
    premium = Decimal("0.50")


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = Zone

    warehouse = factory.SubFactory(WarehouseFactory)
    code = factory.Sequence("Z{}".format)


class BinFactory(DjangoModelFactory):
    class Meta:
        model = Bin

    zone = factory.SubFactory(ZoneFactory)
    warehouse = factory.SelfAttribute("zone.warehouse")
    code = factory.Sequence("A-{:02}".format)
    aisle = 1
    bay = factory.Sequence(lambda number: number % 1000)


class BinMovementFactory(DjangoModelFactory):
    class Meta:
        model = BinMovement

    bin = factory.SubFactory(BinFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..bin.warehouse.store"))
    quantity = 5
    kind = "put_away"
    at = MOMENT


class BinStockFactory(DjangoModelFactory):
    """What lies in a bin, with the movement that brought it."""

    class Meta:
        model = BinStock

    bin = factory.SubFactory(BinFactory)
    sku = factory.SubFactory(SkuFactory, store=factory.SelfAttribute("..bin.warehouse.store"))
    quantity = 5

    @classmethod
    def _create(cls, model_class: type[BinStock], *args: Any, **kwargs: Any) -> BinStock:
        row = super()._create(model_class, *args, **kwargs)
        BinMovementFactory(bin=row.bin, sku=row.sku, quantity=row.quantity)
        return row


class ManifestFactory(DjangoModelFactory):
    class Meta:
        model = Manifest

    warehouse = factory.SubFactory(WarehouseFactory)
    carrier = factory.SubFactory(CarrierFactory, store=factory.SelfAttribute("..warehouse.store"))
    opened_at = MOMENT


class ParcelFactory(DjangoModelFactory):
    """A parcel that somebody opened; nothing is in it."""

    class Meta:
        model = Parcel

    warehouse = factory.SubFactory(WarehouseFactory)
    store = factory.SelfAttribute("warehouse.store")
    opened_at = MOMENT


class ParcelChargeFactory(DjangoModelFactory):
    """Of a labelled parcel; expected 10.00 and billed so."""

    class Meta:
        model = ParcelCharge

    parcel = factory.SubFactory(
        ParcelFactory,
        state="packed",
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store")
        ),
        waybill=factory.Sequence("ST{:012d}".format),
        packed_at=MOMENT,
    )
    expected = Decimal("10.00")
    expected_at = MOMENT
    billed = Decimal("10.00")
    billed_at = MOMENT


class StationScanFactory(DjangoModelFactory):
    class Meta:
        model = StationScan

    store = factory.SubFactory(StoreFactory)
    person = factory.SubFactory(UserFactory)
    key = factory.Sequence(lambda n: UUID(int=n))
    answer = {"sound": "right", "message": "", "code": "", "parcel": None}
    at = MOMENT


class InterceptFactory(DjangoModelFactory):
    """A carrier was asked to stop a parcel that it has."""

    class Meta:
        model = Intercept

    parcel = factory.SubFactory(
        "tests.factories.ParcelFactory",
        state="handed_over",
        packed_at=MOMENT,
        handed_over_at=MOMENT,
        waybill=factory.Sequence("W{:09d}".format),
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store")
        ),
    )
    reason = "Wrong address"
    asked_at = MOMENT


class ChannelPushFactory(DjangoModelFactory):
    class Meta:
        model = ChannelPush

    channel = factory.SubFactory(ChannelFactory, accepts_waybill_push=True)
    target = factory.SubFactory(TargetFactory, store=factory.SelfAttribute("..channel.store"))


class ParcelOrderFactory(DjangoModelFactory):
    class Meta:
        model = ParcelOrder

    parcel = factory.SubFactory(ParcelFactory)
    order = factory.SubFactory(
        OrderFactory,
        store=factory.SelfAttribute("..parcel.store"),
        fulfilment_state="reserved",
        review_state="passed",
    )


class TrackingEventFactory(DjangoModelFactory):
    class Meta:
        model = TrackingEvent

    parcel = factory.SubFactory(ParcelFactory)
    at = MOMENT
    received_at = MOMENT
    state = "in_transit"
    text = factory.Sequence("Left hub {}".format)
    source = "tracking"
    digest = factory.LazyAttribute(lambda event: Seen(event.at, event.state, event.text).digest)


class WaitingEventFactory(DjangoModelFactory):
    class Meta:
        model = WaitingEvent

    store = factory.SubFactory(StoreFactory)
    carrier = "shunfeng"
    waybill = factory.Sequence("SF{:010d}".format)
    at = MOMENT
    received_at = MOMENT
    state = "in_transit"
    source = "kuaidi100"
    digest = factory.LazyAttribute(lambda event: Seen(event.at, event.state).digest)


class ParcelCaseFactory(DjangoModelFactory):
    """A parcel that was handed over and is silent."""

    class Meta:
        model = ParcelCase

    parcel = factory.SubFactory(
        ParcelFactory,
        state="handed_over",
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store")
        ),
        waybill=factory.Sequence("YT{:08d}".format),
        packed_at=MOMENT,
        handed_over_at=MOMENT,
    )
    store = factory.SelfAttribute("parcel.store")
    kind = "stalled"
    cause_at = MOMENT
    opened_at = MOMENT


class ParcelPollFactory(DjangoModelFactory):
    """A parcel that left two hours ago, and of which Kuaidi100 is to be asked now."""

    class Meta:
        model = ParcelPoll

    parcel = factory.SubFactory(
        ParcelFactory,
        state="handed_over",
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store"), kuaidi100_code="yto"
        ),
        waybill=factory.Sequence("YT9{:08d}".format),
        packed_at=MOMENT - timedelta(hours=3),
        handed_over_at=MOMENT - timedelta(hours=2),
    )
    target = factory.SubFactory(
        TargetFactory, store=factory.SelfAttribute("..parcel.store"), adapter="kuaidi100-query"
    )
    carrier = factory.SelfAttribute("parcel.carrier")
    next_at = MOMENT


class FollowingFactory(DjangoModelFactory):
    """Kuaidi100 was asked to push what it hears of a parcel."""

    class Meta:
        model = Following

    parcel = factory.SubFactory(
        ParcelFactory,
        state="handed_over",
        carrier=factory.SubFactory(
            CarrierFactory, store=factory.SelfAttribute("..warehouse.store"), kuaidi100_code="yto"
        ),
        waybill=factory.Sequence("YT7{:08d}".format),
        packed_at=MOMENT,
        handed_over_at=MOMENT,
    )
    target = factory.SubFactory(
        TargetFactory, store=factory.SelfAttribute("..parcel.store"), adapter="kuaidi100"
    )
    asked_at = MOMENT


class ParcelProgressFactory(DjangoModelFactory):
    class Meta:
        model = ParcelProgress

    parcel = factory.SubFactory(ParcelFactory)
    state = "in_transit"
    event_at = MOMENT
    news_at = MOMENT
    text = "Left the hub"


class ParcelItemFactory(DjangoModelFactory):
    """One piece of an order that is promised it, in a parcel of that order."""

    class Meta:
        model = ParcelItem

    line = factory.LazyAttribute(lambda item: item.promise.line)
    sku = factory.LazyAttribute(lambda item: item.promise.sku)
    parcel = factory.LazyAttribute(
        lambda item: (
            ParcelOrderFactory(
                parcel__warehouse=item.promise.warehouse, order=item.promise.line.order
            ).parcel
        )
    )
    quantity = 1

    class Params:
        promise = factory.SubFactory(ReservationFactory)


class LateRiskFactory(DjangoModelFactory):
    """A reserved order that is not packed an hour before its ship-by."""

    class Meta:
        model = LateRisk

    order = factory.SubFactory(OrderFactory, fulfilment_state="reserved")
    store = factory.SelfAttribute("order.store")
    reason = LateRisk.Reason.NOT_READY
    evidence = factory.LazyFunction(lambda: {"stage": "packing"})
    due_at = MOMENT + timedelta(hours=1)
    opened_at = MOMENT
    seen_at = MOMENT


class WaveRuleFactory(DjangoModelFactory):
    class Meta:
        model = WaveRule

    warehouse = factory.SubFactory(WarehouseFactory)
    name = factory.Sequence("Rule {}".format)
    planned_for = MOMENT


class WaveFactory(DjangoModelFactory):
    class Meta:
        model = Wave

    warehouse = factory.SubFactory(WarehouseFactory)
    state = "released"
    order_count = 1
    piece_count = 1
    planned_at = MOMENT
    released_at = MOMENT


class WaveOrderFactory(DjangoModelFactory):
    class Meta:
        model = WaveOrder

    wave = factory.SubFactory(WaveFactory)
    warehouse = factory.SelfAttribute("wave.warehouse")
    order = factory.SubFactory(
        OrderFactory,
        store=factory.SelfAttribute("..wave.warehouse.store"),
        fulfilment_state="reserved",
        review_state="passed",
    )
    slot = factory.Sequence(lambda number: number % 30_000 + 1)


class PickFactory(DjangoModelFactory):
    class Meta:
        model = Pick

    wave = factory.SubFactory(WaveFactory)


class PickLineFactory(DjangoModelFactory):
    """One piece of an order that is promised it, to be fetched from no bin."""

    class Meta:
        model = PickLine

    line = factory.LazyAttribute(lambda row: row.promise.line)
    sku = factory.LazyAttribute(lambda row: row.promise.sku)
    wave_order = factory.LazyAttribute(
        lambda row: WaveOrderFactory(
            wave__warehouse=row.promise.warehouse, order=row.promise.line.order
        )
    )
    pick = factory.LazyAttribute(lambda row: PickFactory(wave=row.wave_order.wave))
    wanted = 1
    position = 1

    class Params:
        promise = factory.SubFactory(ReservationFactory)


class ShortPickFactory(DjangoModelFactory):
    class Meta:
        model = ShortPick

    line = factory.SubFactory(PickLineFactory, state="short")
    pieces = 1
    reason = "missing"
    told_at = MOMENT


class WarehousePaceFactory(DjangoModelFactory):
    class Meta:
        model = WarehousePace

    warehouse = factory.SubFactory(WarehouseFactory)
    per_hour = 40
    valid_from = MOMENT
    reason = "A second table"
    set_at = MOMENT


class BackOrderFactory(DjangoModelFactory):
    """An order that waits for what its short pick misses."""

    class Meta:
        model = BackOrder

    short = factory.SubFactory(ShortPickFactory, state="settled", settled_at=MOMENT)
    order = factory.LazyAttribute(lambda row: row.short.line.wave_order.order)
    warehouse = factory.LazyAttribute(lambda row: row.short.line.pick.wave.warehouse)
    sku = factory.LazyAttribute(lambda row: row.short.line.sku)
    pieces = 1
    since = MOMENT


class CompensationRuleFactory(DjangoModelFactory):
    """Ten percent of what was paid from the first late hour on, fifty at most."""

    class Meta:
        model = CompensationRule

    store = factory.SubFactory(StoreFactory)
    kind = "coupon"
    percent = Decimal(10)
    cap = Decimal(50)


class CompensationFactory(DjangoModelFactory):
    """A coupon that one person could give alone."""

    class Meta:
        model = Compensation

    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    delay = 1
    rule = factory.SubFactory(CompensationRuleFactory, store=factory.SelfAttribute("..store"))
    hours_late = 3
    kind = factory.SelfAttribute("rule.kind")
    amount = Decimal("10.00")
    state = "approved"
    proposed_by = factory.SubFactory(UserFactory)
    proposed_at = MOMENT
    approved_at = MOMENT


class ShipmentMissFactory(DjangoModelFactory):
    """An order that was still here when the day was over."""

    class Meta:
        model = ShipmentMiss

    order = factory.SubFactory(OrderFactory, fulfilment_state="reserved")
    store = factory.SelfAttribute("order.store")
    day = MOMENT.date() - timedelta(days=1)
    kind = "missed"
    due_at = MOMENT - timedelta(hours=12)
    pieces = 1
    found_at = MOMENT


class BoxFactory(DjangoModelFactory):
    """400 × 300 × 200 mm inside, for ten kilograms."""

    class Meta:
        model = Box

    store = factory.SubFactory(StoreFactory)
    code = factory.Sequence("box-{}".format)
    inner_length_mm = 400
    inner_width_mm = 300
    inner_height_mm = 200
    outer_length_mm = factory.LazyAttribute(lambda box: box.inner_length_mm + 10)
    outer_width_mm = factory.LazyAttribute(lambda box: box.inner_width_mm + 10)
    outer_height_mm = factory.LazyAttribute(lambda box: box.inner_height_mm + 10)
    own_grams = 250
    most_grams = 10_000
    cost = Decimal("3.00")


class BoxStockFactory(DjangoModelFactory):
    class Meta:
        model = BoxStock

    warehouse = factory.SubFactory(WarehouseFactory)
    box = factory.SubFactory(BoxFactory, store=factory.SelfAttribute("..warehouse.store"))
    quantity = 0


class BoxMovementFactory(DjangoModelFactory):
    class Meta:
        model = BoxMovement

    stock = factory.SubFactory(BoxStockFactory)
    warehouse = factory.SelfAttribute("stock.warehouse")
    kind = "received"
    quantity = 10
    at = MOMENT


class ParcelBoxFactory(DjangoModelFactory):
    class Meta:
        model = ParcelBox

    parcel = factory.SubFactory(ParcelFactory)
    box = factory.SubFactory(BoxFactory, store=factory.SelfAttribute("..parcel.store"))
    at = MOMENT


class PackagingRuleFactory(DjangoModelFactory):
    """A category that breaks by shock."""

    class Meta:
        model = PackagingRule

    store = factory.SubFactory(StoreFactory)
    category = factory.Sequence("Glass {}".format)
    shock = True


class RuleFactory(DjangoModelFactory):
    """A rule that is off; its first version comes with it, for what is to be done is there."""

    class Meta:
        model = Rule
        skip_postgeneration_save = True

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence("Rule {}".format)
    created_by = factory.SubFactory(UserFactory)
    created_at = MOMENT

    @factory.post_generation
    def versions(rule, create: bool, extracted: object, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted is not False:
            RuleVersionFactory(rule=rule, number=rule.version, **kwargs)


class RuleVersionFactory(DjangoModelFactory):
    """When an order is paid, tag it."""

    class Meta:
        model = RuleVersion

    rule = factory.SubFactory(RuleFactory, versions=False)
    number = 1
    trigger = factory.LazyFunction(lambda: {"kind": "event", "event": "orders.paid"})
    conditions = factory.LazyFunction(lambda: {"match": "all", "items": []})
    actions = factory.LazyFunction(lambda: [{"action": "tag", "tag": "paid"}])
    written_by = factory.SubFactory(UserFactory)
    written_at = MOMENT


class FiringFactory(DjangoModelFactory):
    """A rule acted on an order; it has no effects unless you make them."""

    class Meta:
        model = Firing
        exclude = ["subject"]

    subject = factory.SubFactory(OrderFactory)
    rule = factory.LazyAttribute(lambda firing: RuleFactory(store=firing.subject.store))
    version = factory.LazyAttribute(lambda firing: firing.rule.versions.get(number=1))
    cause = factory.Sequence("orders:{}".format)
    subject_type = factory.LazyAttribute(
        lambda firing: ContentType.objects.get_for_model(firing.subject)
    )
    subject_id = factory.LazyAttribute(lambda firing: firing.subject.pk)
    subject_label = factory.LazyAttribute(lambda firing: str(firing.subject))
    outcome = Firing.Outcome.DONE
    at = MOMENT


class FiringEffectFactory(DjangoModelFactory):
    class Meta:
        model = FiringEffect

    firing = factory.SubFactory(FiringFactory)
    position = 0
    action = "tag"
    outcome = FiringEffect.Outcome.DONE


class RuleTrialFactory(DjangoModelFactory):
    """A trial that waits for the worker."""

    class Meta:
        model = RuleTrial

    version = factory.SubFactory(RuleVersionFactory)
    since = MOMENT - timedelta(days=30)
    until = MOMENT
    state = RuleTrial.State.WAITING
    asked_by = factory.SubFactory(UserFactory)
    asked_at = MOMENT
    finished_at = factory.LazyAttribute(
        lambda trial: MOMENT if trial.state in ("done", "failed") else None
    )


class TagFactory(DjangoModelFactory):
    """A person's word on an order."""

    class Meta:
        model = Tag
        exclude = ["subject"]

    subject = factory.SubFactory(OrderFactory)
    store = factory.LazyAttribute(lambda tag: tag.subject.store)
    subject_type = factory.LazyAttribute(lambda tag: ContentType.objects.get_for_model(tag.subject))
    subject_id = factory.LazyAttribute(lambda tag: tag.subject.pk)
    name = factory.Sequence("tag {}".format)
    at = MOMENT
