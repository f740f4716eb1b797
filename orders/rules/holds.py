"""The review and its holds: numbers, clock, jobs and rights (ORD-3, ORD-4, ORD-5)."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from orders.services import releasing, reviewing

CONTACT_WITHIN = Setting(
    key="orders.contact_within",
    clause="ORD-5",
    title=_("Customers of held orders are contacted within"),
    default=Decimal(60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
CONTACT = Rule(
    code="orders.contact",
    clause="ORD-5",
    title=_("Customer of a held order to contact"),
    setting=CONTACT_WITHIN.key,
    subject="orders.order",
    starts=reviewing.HELD_AT,
    reached=releasing.CONTACTED,
    owner_role=Role.ORDER_REVIEWER,
)
READERS = [
    Role.OPERATIONS_LEAD,
    Role.CATALOG_OPERATOR,
    Role.ORDER_REVIEWER,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.FINANCE,
    Role.ADMINISTRATOR,
]


def register() -> None:
    procedure.register(CONTACT_WITHIN)
    rules.register(CONTACT)
    grant(["orders.view_hold", "orders.view_reviewresult", "orders.view_reviewrule"], to=READERS)
    grant(["orders.change_reviewrule"], to=[Role.OPERATIONS_LEAD])
    grant(["orders.view_blacklistentry", "orders.view_blockedregion"], to=READERS)
    grant(
        ["orders.change_blacklistentry"],
        to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER, Role.SERVICE_LEAD],
    )
    grant(["orders.change_blockedregion"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
