"""The numbers, promises and rights of the orders chapter."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant

CONFIRM_WITHIN = Setting(
    key="orders.confirm_within",
    clause="ORD-2",
    title=_("Stock is confirmed within"),
    default=Decimal(10),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
REVIEW_WITHIN = Setting(
    key="orders.review_within",
    clause="ORD-3",
    title=_("Paid orders are reviewed within"),
    default=Decimal(30),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)

CONFIRM = Rule(
    code="orders.confirm",
    clause="ORD-2",
    title=_("Stock not confirmed"),
    setting=CONFIRM_WITHIN.key,
    subject="orders.order",
    starts="placed_at",
    reached="confirmed_at",
    owner_role=Role.ORDER_REVIEWER,
    severity="critical",
)
REVIEW = Rule(
    code="orders.review",
    clause="ORD-3",
    title=_("Paid order not reviewed"),
    setting=REVIEW_WITHIN.key,
    subject="orders.order",
    starts="paid_at",
    reached="reviewed_at",
    owner_role=Role.ORDER_REVIEWER,
)

READERS = [
    Role.OPERATIONS_LEAD,
    Role.CATALOG_OPERATOR,
    Role.ORDER_REVIEWER,
    Role.WAREHOUSE,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.FINANCE,
    Role.ANALYST,
    Role.ADMINISTRATOR,
]


def register() -> None:
    procedure.register(CONFIRM_WITHIN, REVIEW_WITHIN)
    rules.register(CONFIRM, REVIEW)
    grant(
        [
            "orders.view_order",
            "orders.view_orderline",
            "orders.view_orderevent",
            "orders.view_reservation",
            "orders.view_customer",
        ],
        to=READERS,
    )
    grant(["orders.review_order"], to=[Role.ORDER_REVIEWER, Role.OPERATIONS_LEAD])
    grant(["orders.cancel_order"], to=[Role.ORDER_REVIEWER, Role.SERVICE_LEAD])
    grant(["orders.ship_order"], to=[Role.WAREHOUSE])
