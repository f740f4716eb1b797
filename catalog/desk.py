"""What the catalog brings to start pages: goods, listings, prices, what is ordered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db.models import DateTimeField, F, Func, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import (
    ListingSample,
    PresaleLot,
    PriceChangeLine,
    PurchaseOrder,
    SlowStock,
    StockCover,
    StockDifference,
)
from opsdesk import wording
from opsdesk.desk import ahead, starts
from opsdesk.desk.ahead import Coming
from opsdesk.desk.starts import Looker, Tile, findings_tile
from opsdesk.stores.roles import Role

OPERATOR = (Role.CATALOG_OPERATOR,)
MARKETING = (Role.MARKETING_OPERATOR, Role.MARKETING_LEAD)
PURCHASES = "admin:catalog_purchaseorder_changelist"
SEE_PURCHASES = "catalog.view_purchaseorder"


def _purchases(looker: Looker) -> QuerySet[PurchaseOrder]:
    return PurchaseOrder.objects.viewable_by(looker.user).in_stores(looker.store_ids)


def _prices_today(looker: Looker) -> QuerySet[PriceChangeLine]:
    """Planned ones whose moment comes before the store's day is over, the latest of them."""
    ends = [
        datetime.combine(
            store.business_date(looker.at) + timedelta(days=1), time(), tzinfo=store.zone
        )
        for store in looker.stores
    ]
    begins = Func(F("valid"), function="lower", output_field=DateTimeField())
    lines = PriceChangeLine.objects.planned().visible_to(looker.user).in_stores(looker.store_ids)
    return lines.annotate(begins=begins).filter(begins__lt=max(ends, default=looker.at))


def _coming_prices(looker: Looker) -> Iterable[Coming]:
    """The next planned prices that take effect by themselves. One statement."""
    first = _prices_today(looker).order_by().aggregate(first=Min("begins"))["first"]
    if first is not None and first > looker.at:
        yield Coming(first, _("prices change as planned"), wording.moment(first))


PARTS = (
    Tile(
        "low-stock",
        gettext_lazy("Low stock"),
        OPERATOR,
        "catalog.view_stockcover",
        "admin:catalog_stockcover_changelist",
        lambda looker: (
            StockCover.objects.viewable_by(looker.user).in_stores(looker.store_ids).low()
        ),
        query="?tab=low",
        tone="danger",
        rank=10,
    ),
    Tile(
        "purchase-drafts",
        gettext_lazy("Purchase orders to finish"),
        OPERATOR,
        SEE_PURCHASES,
        PURCHASES,
        lambda looker: _purchases(looker).drafts(),
        query="?tab=drafts",
        rank=15,
    ),
    Tile(
        "goods-late",
        gettext_lazy("Ordered goods that are late"),
        (*OPERATOR, Role.WAREHOUSE),
        SEE_PURCHASES,
        PURCHASES,
        lambda looker: _purchases(looker).overdue(looker.at),
        query="?tab=overdue",
        rank=60,
    ),
    Tile(
        "goods-coming",
        gettext_lazy("Ordered goods on the way"),
        (Role.WAREHOUSE,),
        SEE_PURCHASES,
        PURCHASES,
        lambda looker: _purchases(looker).on_the_way(),
        query="?tab=way",
        tone="",
        rank=59,
    ),
    findings_tile(
        "listings-incomplete",
        gettext_lazy("Live listings that are incomplete"),
        OPERATOR,
        "catalog.listing_incomplete",
        rank=20,
    ),
    findings_tile(
        "forbidden-words",
        gettext_lazy("Live listings with forbidden words"),
        OPERATOR,
        "catalog.forbidden_words",
        tone="danger",
        rank=21,
    ),
    Tile(
        "prices-today",
        gettext_lazy("Prices that change today"),
        (*OPERATOR, *MARKETING),
        "catalog.view_pricechange",
        "admin:catalog_pricechange_changelist",
        _prices_today,
        query="?tab=planned",
        first="begins",
        is_due=True,
        rank=25,
    ),
    findings_tile(
        "prices-wrong",
        gettext_lazy("Prices not as approved"),
        (*MARKETING, *OPERATOR),
        "INS-1",
        tone="danger",
        rank=20,
    ),
    findings_tile(
        "pages-broken",
        gettext_lazy("Pages that failed the check"),
        (*OPERATOR, *MARKETING),
        "INS-4",
        tone="danger",
        rank=30,
    ),
    findings_tile(
        "pages-differ",
        gettext_lazy("Pages not as planned"),
        MARKETING,
        "INS-2",
        rank=31,
    ),
    Tile(
        "presales",
        gettext_lazy("Presales to be shipped"),
        OPERATOR,
        "catalog.view_presalelot",
        "admin:catalog_presalelot_changelist",
        lambda looker: (
            PresaleLot.objects.viewable_by(looker.user)
            .in_stores(looker.store_ids)
            .filter(state=PresaleLot.State.ENDED)
        ),
        query="?tab=ended",
        rank=45,
    ),
    Tile(
        "stock-differs",
        gettext_lazy("Stock differs elsewhere"),
        OPERATOR,
        "catalog.view_stockdifference",
        "admin:catalog_stockdifference_changelist",
        lambda looker: (
            StockDifference.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()
        ),
        query="?tab=open",
        rank=50,
    ),
    Tile(
        "slow-stock",
        gettext_lazy("Slow and overstocked"),
        OPERATOR,
        "catalog.view_slowstock",
        "admin:catalog_slowstock_changelist",
        lambda looker: (
            SlowStock.objects.viewable_by(looker.user).in_stores(looker.store_ids).unplanned()
        ),
        rank=55,
    ),
    Tile(
        "weekly-check",
        gettext_lazy("Weekly checks to answer"),
        OPERATOR,
        "catalog.view_listingsample",
        "admin:catalog_listingsample_changelist",
        lambda looker: (
            ListingSample.objects.viewable_by(looker.user)
            .in_stores(looker.store_ids)
            .being_checked()
        ),
        query="?tab=open",
        rank=56,
    ),
)


def register() -> None:
    """Called once, when the admin's screens are made."""
    starts.register(*PARTS)
    ahead.register((*OPERATOR, *MARKETING), _coming_prices)
