"""Warehouses and stock (CAT-7, CAT-16): who sees it, moves it, counts it, agrees to corrections."""

from django.utils.translation import gettext_lazy as _

from catalog.services import adjusting, differences, posting
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
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
    procedure.register(adjusting.PIECES_ALONE, adjusting.AMOUNT_ALONE)
    kinds.register(adjusting.ADJUSTMENT, adjusting.WRITE_OFF, posting.COUNT_RESULT)
    procedure.register(differences.SETTLE_WITHIN)
    checks.register(differences.OVERDUE)
    jobs.register(differences.JOB)
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
