"""The screens of the chapter, and their places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from catalog.admin import cover, products, stock, suppliers, warehouses
from opsdesk import navigation
from opsdesk.navigation import Screen

navigation.register(
    "catalog",
    Screen(
        _("Products"), "inventory_2", "admin:catalog_product_changelist", "catalog.view_product"
    ),
    Screen(_("SKUs"), "sell", "admin:catalog_sku_changelist", "catalog.view_sku"),
    Screen(_("Stock"), "shelves", "admin:catalog_stocklevel_changelist", "catalog.view_stocklevel"),
    Screen(
        _("Stock ledger"),
        "swap_vert",
        "admin:catalog_stockmovement_changelist",
        "catalog.view_stockmovement",
    ),
)
navigation.register(
    "catalog",
    Screen(
        _("Days of cover"),
        "hourglass_bottom",
        "admin:catalog_stockcover_changelist",
        "catalog.view_stockcover",
    ),
    Screen(_("Suppliers"), "factory", "admin:catalog_supplier_changelist", "catalog.view_supplier"),
)
navigation.register(
    "setup",
    Screen(
        _("Warehouses"), "warehouse", "admin:catalog_warehouse_changelist", "catalog.view_warehouse"
    ),
)

__all__ = ["cover", "products", "stock", "suppliers", "warehouses"]
