"""The numbers and promises of the fulfilment chapter."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fulfillment import automation, checks, tracking_procedure
from fulfillment.invariants import INVARIANTS
from fulfillment.rules import carriers, lateness, packaging, picking, station
from fulfillment.services import (
    handing_over,
    intercepting,
    order_changes,
    packing,
    planning,
    tracking,
    waves,
)
from opsdesk import invariants
from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.inspection import checks as inspection
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope
from orders.services import editing, lifecycle

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


SCOPES = (
    Scope(
        "fulfilment:read",
        _("Read waves, parcels, carriers with their prices, and bins"),
        (
            "fulfillment.view_parcel",
            "fulfillment.view_carrier",
            "fulfillment.view_pricetable",
            "fulfillment.view_bin",
            "fulfillment.view_wave",
            "fulfillment.view_pick",
            "fulfillment.view_shortpick",
        ),
    ),
    Scope(
        "fulfilment:write",
        _("Pick waves, pack parcels and hand them over"),
        (
            "fulfillment.view_parcel",
            "fulfillment.view_wave",
            "fulfillment.view_pick",
            "fulfillment.view_shortpick",
            packing.PACK,
            handing_over.HAND_OVER,
            intercepting.INTERCEPT,
            tracking.TELL,
            planning.PLAN,
            waves.PICK,
        ),
    ),
)

READERS = [
    Role.OPERATIONS_LEAD,
    Role.ORDER_REVIEWER,
    Role.WAREHOUSE,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.FINANCE,
    Role.ANALYST,
    Role.ADMINISTRATOR,
]


def register() -> None:
    automation.register()
    procedure.register(SHIP_WITHIN)
    rules.register(SHIP)
    invariants.register(*INVARIANTS)
    scopes.register(*SCOPES)
    lateness.register()
    packaging.register()
    lifecycle.on_cancel(order_changes.take_off_the_line)
    editing.on_change(order_changes.refuse_packed)
    tracking_procedure.register()
    station.register()
    grant(
        [
            "fulfillment.view_parcel",
            "fulfillment.view_manifest",
            "fulfillment.view_carrier",
            "fulfillment.view_carrierservice",
        ],
        to=READERS,
    )
    carriers.register()
    picking.register()
    inspection.register(*checks.CHECKS)
    grant([packing.PACK, handing_over.HAND_OVER], to=[Role.WAREHOUSE])
