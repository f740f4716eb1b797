"""The numbers and promises of the fulfilment chapter."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

SHIP_WITHIN = Setting(
    key="fulfillment.ship_within",
    clause="FUL-2",
    title=_("Paid orders are shipped within"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
    platforms={"douyin": Decimal(48 * 60)},
)

SHIP = Rule(
    code="fulfillment.ship",
    clause="FUL-2",
    title=_("Paid order to ship"),
    setting=SHIP_WITHIN.key,
    subject="orders.order",
    starts="paid_at",
    reached="shipped_at",
    owner_role=Role.WAREHOUSE,
    severity="critical",
)


def register() -> None:
    procedure.register(SHIP_WITHIN)
    rules.register(SHIP)
