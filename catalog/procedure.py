"""The rights, limits and requests of the catalog chapter."""

from django.utils.translation import gettext_lazy as _

from catalog import importers
from catalog.invariants import INVARIANTS
from catalog.services import adjusting, differences, posting
from opsdesk import invariants
from opsdesk.alerts import checks as alert_kinds
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
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
    Scope(
        "stock:count",
        _("Send counts of stock-takes in"),
        ("catalog.count_stock", "catalog.view_countsession"),
    ),
    Scope(
        "stock:compare",
        _("Send statements of stock in, to be compared"),
        ("catalog.compare_stock", "catalog.view_stockdifference"),
    ),
    Scope(
        "stock:adjust",
        _("Send statements of stock in, to be taken over within the limits"),
        ("catalog.compare_stock", "catalog.adjust_stock"),
    ),
)


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT, adjusting.WRITE_OFF, posting.COUNT_RESULT)
    procedure.register(differences.SETTLE_WITHIN)
    alert_kinds.register(differences.OVERDUE)
    jobs.register(differences.JOB)
    importers.register()
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
    _grant_stock()
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


def _grant_stock() -> None:
    goods = [Role.CATALOG_OPERATOR, Role.WAREHOUSE]
    grant(
        ["catalog.handle_stock", "catalog.transfer_stock", "catalog.count_stock"],
        to=goods,
    )
    grant(["catalog.settle_difference", "catalog.compare_stock"], to=goods)
    grant(
        ["catalog.view_countsession", "catalog.view_transfer", "catalog.view_stockdifference"],
        to=[*goods, Role.OPERATIONS_LEAD, Role.FINANCE, Role.ANALYST],
    )
    grant(
        [
            "catalog.view_channelshare",
            "catalog.add_channelshare",
            "catalog.change_channelshare",
            "catalog.delete_channelshare",
        ],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR],
    )
