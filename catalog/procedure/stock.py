"""Warehouses and stock (CAT-7): who sees it, who moves it, who agrees to larger corrections."""

from django.utils.translation import gettext_lazy as _

from catalog.services import adjusting
from opsdesk.approvals import kinds
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

SCOPES = (
    Scope(
        "stock:read",
        _("Read stock levels, movements and warehouses"),
        ("catalog.view_stocklevel", "catalog.view_stockmovement", "catalog.view_warehouse"),
    ),
    Scope("stock:receive", _("Receive goods into stock"), ("catalog.receive_stock",)),
)


def register() -> None:
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT)
    scopes.register(*SCOPES)
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
