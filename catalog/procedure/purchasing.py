"""Goods ordered from suppliers until they are in (CAT-8): who orders, agrees, follows, receives."""

from django.utils.translation import gettext_lazy as _

from catalog.services import purchase_overdue, purchase_requests, purchase_sending
from catalog.services.purchasing import APPROVE, ORDER, on_check, refuse_beyond_trials
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope


def register() -> None:
    on_check(refuse_beyond_trials)
    procedure.register(purchase_requests.AMOUNT_OF_LEAD, purchase_sending.OVER_ORDER)
    kinds.register(purchase_requests.PURCHASE_ORDER, purchase_requests.LARGE_PURCHASE_ORDER)
    checks.register(purchase_overdue.OVERDUE)
    jobs.register(purchase_overdue.JOB)
    scopes.register(
        Scope(
            "purchase:receive",
            _("Read purchase orders and receive their goods"),
            (
                "catalog.view_purchaseorder",
                "catalog.view_purchasereceipt",
                "catalog.receive_stock",
            ),
        )
    )
    grant(
        ["catalog.view_purchaseorder", "catalog.view_purchasereceipt"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.WAREHOUSE,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant([ORDER], to=[Role.CATALOG_OPERATOR])
    grant([APPROVE], to=[Role.OPERATIONS_LEAD, Role.FINANCE])
