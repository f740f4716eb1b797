"""The screens of the chapter, and their places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from catalog import desk, tabs
from catalog.admin import (
    clearance,
    codes,
    counting,
    cover,
    keywords,
    listings,
    papers,
    presales,
    prices,
    products,
    purchases,
    sampling,
    selection,
    stock,
    storefront,
    suppliers,
    syncing,
    transfers,
    warehouses,
    words,
)
from catalog.models import SlowStock
from opsdesk import navigation
from opsdesk.navigation import Screen

navigation.register(
    "catalog",
    Screen(
        _("Products"), "inventory_2", "admin:catalog_product_changelist", "catalog.view_product"
    ),
    Screen(_("SKUs"), "sell", "admin:catalog_sku_changelist", "catalog.view_sku"),
    Screen(_("Listings"), "storefront", "admin:catalog_listing_changelist", "catalog.view_listing"),
    Screen(
        _("Storefront pages"),
        "web",
        "admin:catalog_storefrontpage_changelist",
        "catalog.view_storefrontpage",
    ),
    Screen(
        _("Weekly check"),
        "rule",
        "admin:catalog_listingsample_changelist",
        "catalog.view_listingsample",
    ),
    Screen(
        _("Price changes"),
        "price_change",
        "admin:catalog_pricechange_changelist",
        "catalog.view_pricechange",
    ),
    Screen(
        _("Selection"),
        "leaderboard",
        "admin:catalog_selectioncandidate_changelist",
        "catalog.view_selectioncandidate",
    ),
    Screen(
        _("Presales"),
        "event_upcoming",
        "admin:catalog_presalelot_changelist",
        "catalog.view_presalelot",
    ),
    Screen(
        _("Forbidden words"), "block", "admin:catalog_wordlist_changelist", "catalog.view_wordlist"
    ),
    Screen(
        _("Keywords"), "key_visualizer", "admin:catalog_keyword_changelist", "catalog.view_keyword"
    ),
    Screen(
        _("Qualifications"),
        "verified",
        "admin:catalog_qualification_changelist",
        "catalog.view_qualification",
    ),
    Screen(
        _("Knowledge"),
        "help_center",
        "admin:catalog_knowledgeentry_changelist",
        "catalog.view_knowledgeentry",
    ),
)
navigation.register(
    "stock",
    Screen(_("Stock"), "shelves", "admin:catalog_stocklevel_changelist", "catalog.view_stocklevel"),
    Screen(
        _("Days of cover"),
        "hourglass_bottom",
        "admin:catalog_stockcover_changelist",
        "catalog.view_stockcover",
    ),
    Screen(
        _("Slow and overstocked"),
        "trending_down",
        "admin:catalog_slowstock_changelist",
        "catalog.view_slowstock",
        waiting=lambda request: SlowStock.objects.viewable_by(request.user).unplanned(),
    ),
    Screen(
        _("Stock ledger"),
        "swap_vert",
        "admin:catalog_stockmovement_changelist",
        "catalog.view_stockmovement",
    ),
    Screen(
        _("Stock-takes"),
        "fact_check",
        "admin:catalog_countsession_changelist",
        "catalog.view_countsession",
    ),
    Screen(_("Transfers"), "move_up", "admin:catalog_transfer_changelist", "catalog.view_transfer"),
    Screen(
        _("Stock differences"),
        "difference",
        "admin:catalog_stockdifference_changelist",
        "catalog.view_stockdifference",
    ),
    Screen(
        _("Channels' shares"),
        "pie_chart",
        "admin:catalog_channelshare_changelist",
        "catalog.view_channelshare",
    ),
    Screen(
        _("Purchase orders"),
        "shopping_cart",
        "admin:catalog_purchaseorder_changelist",
        "catalog.view_purchaseorder",
        waiting=purchases.overdue_now,
        tone="danger",
    ),
    Screen(_("Suppliers"), "factory", "admin:catalog_supplier_changelist", "catalog.view_supplier"),
)
navigation.register(
    "setup",
    Screen(
        _("Warehouses"), "warehouse", "admin:catalog_warehouse_changelist", "catalog.view_warehouse"
    ),
    Screen(
        _("SKU codes"),
        "barcode",
        "admin:catalog_codescheme_changelist",
        "catalog.change_codescheme",
    ),
)
tabs.register(stock.TAB)
desk.register()

__all__ = [
    "clearance",
    "codes",
    "counting",
    "cover",
    "keywords",
    "listings",
    "papers",
    "presales",
    "prices",
    "products",
    "purchases",
    "selection",
    "sampling",
    "stock",
    "storefront",
    "suppliers",
    "syncing",
    "transfers",
    "warehouses",
    "words",
]
