"""The screens of the chapter, and their places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from catalog.admin import listings, papers, products, stock, warehouses
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
    Screen(_("Stock"), "shelves", "admin:catalog_stocklevel_changelist", "catalog.view_stocklevel"),
    Screen(
        _("Stock ledger"),
        "swap_vert",
        "admin:catalog_stockmovement_changelist",
        "catalog.view_stockmovement",
    ),
)
navigation.register(
    "setup",
    Screen(
        _("Warehouses"), "warehouse", "admin:catalog_warehouse_changelist", "catalog.view_warehouse"
    ),
)

__all__ = ["listings", "papers", "products", "stock", "warehouses"]
