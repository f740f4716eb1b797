"""The rights, limits and requests of the catalog chapter."""

from django.utils.translation import gettext_lazy as _

from catalog import tasks
from catalog.invariants import INVARIANTS
from catalog.services import adjusting, low_stock, proposals, replenishment, stock
from opsdesk import invariants
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

SCOPES = (
    Scope(
        "catalog:read",
        _("Read products and SKUs"),
        ("catalog.view_product", "catalog.view_sku"),
    ),
    Scope(
        "stock:read",
        _("Read stock levels, movements and warehouses"),
        ("catalog.view_stocklevel", "catalog.view_stockmovement", "catalog.view_warehouse"),
    ),
    Scope("stock:receive", _("Receive goods into stock"), ("catalog.receive_stock",)),
)


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT)
    scopes.register(*SCOPES)
    grant(["catalog.view_product", "catalog.view_sku"], to=EVERYONE)
    grant(
        ["catalog.view_warehouse", "catalog.view_stocklevel", "catalog.view_stockmovement"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ORDER_REVIEWER,
            Role.WAREHOUSE,
            Role.SERVICE_LEAD,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            "catalog.add_product",
            "catalog.change_product",
            "catalog.add_sku",
            "catalog.change_sku",
        ],
        to=[Role.CATALOG_OPERATOR],
    )
    grant(
        ["catalog.receive_stock", "catalog.adjust_stock"],
        to=[Role.CATALOG_OPERATOR, Role.WAREHOUSE],
    )
    grant(["catalog.approve_adjustment"], to=[Role.FINANCE])
    grant(
        [
            "catalog.add_warehouse",
            "catalog.change_warehouse",
            "catalog.view_warehouseassignment",
            "catalog.add_warehouseassignment",
            "catalog.delete_warehouseassignment",
        ],
        to=[Role.ADMINISTRATOR],
    )
    _register_replenishment()


def _register_replenishment() -> None:
    procedure.register(*replenishment.SETTINGS, proposals.TARGET)
    checks.register(low_stock.LOW)
    jobs.register(*low_stock.JOBS)
    stock.on_arrival(look_again_at_low_stock)
    grant(
        ["catalog.view_stockcover", "catalog.view_supplier", "catalog.view_supplieritem"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.WAREHOUSE,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            "catalog.add_supplier",
            "catalog.change_supplier",
            "catalog.add_supplieritem",
            "catalog.change_supplieritem",
            "catalog.delete_supplieritem",
        ],
        to=[Role.CATALOG_OPERATOR],
    )


def look_again_at_low_stock(sku_ids: list[int]) -> None:
    hint(tasks.look_again_at_low_stock, sku_ids)
