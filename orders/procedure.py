"""The numbers, promises and rights of the orders chapter."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from catalog import presold, traces
from catalog.services import bundles, stock
from opsdesk import invariants, retention, sealing
from opsdesk.alerts import checks as alert_kinds
from opsdesk.approvals import kinds
from opsdesk.deadlines import rules
from opsdesk.deadlines.overdue import overdue_check
from opsdesk.deadlines.rules import Rule
from opsdesk.exchange import feeds
from opsdesk.inspection import checks as inspection
from opsdesk.schedule import jobs
from opsdesk.schedule.hints import hint
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope
from orders import automation, checks, ship_by, tasks
from orders.feeds import ORDERS
from orders.invariants import INVARIANTS
from orders.rules import edits, holds, hooks, money, papers, reconciliation, unpaid
from orders.services import contact, erasure, keeping, personal, reservation, sealed, valuing
from orders.services.presold import read_presold
from orders.traces import ORDERED

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

CONFIRM_WITHIN = Setting(
    key="orders.confirm_within",
    clause="ORD-2",
    title=_("Stock is confirmed within"),
    default=Decimal(10),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
REVIEW_WITHIN = Setting(
    key="orders.review_within",
    clause="ORD-3",
    title=_("Paid orders are reviewed within"),
    default=Decimal(30),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)

# How many contacts a role may see in clear per person, store and business day.
REVEALS = tuple(
    Setting(
        key=contact.QUOTAS[role],
        clause="ORD-5",
        title=title,
        default=Decimal(number),
        unit=Unit.TIMES_A_DAY,
        maximum=Decimal(1000),
    )
    for role, title, number in (
        (Role.OPERATIONS_LEAD, _("Contacts an operations lead may see"), 30),
        (Role.ORDER_REVIEWER, _("Contacts an order reviewer may see"), 30),
        (Role.CUSTOMER_SERVICE, _("Contacts customer service may see"), 50),
        (Role.SERVICE_LEAD, _("Contacts a service lead may see"), 100),
    )
)

CONFIRM = Rule(
    code="orders.confirm",
    clause="ORD-2",
    title=_("Stock to confirm"),
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
    title=_("Paid order to review"),
    setting=REVIEW_WITHIN.key,
    subject="orders.order",
    starts="paid_at",
    reached="reviewed_at",
    owner_role=Role.ORDER_REVIEWER,
)
ORDER_REVIEWS = overdue_check(
    "INS-9.order_reviews",
    (CONFIRM, REVIEW, holds.CONTACT),
    title=_("Orders are confirmed and reviewed in time"),
    looks_at=_(
        "Orders whose stock is not confirmed in time, paid ones that are not reviewed in time, and "
        "held ones whose customers were not contacted."
    ),
    steps=(
        _("Open the review desk: what has waited longest is on top."),
        _("Review it, or hold it and contact the customer."),
    ),
    owner_role=Role.ORDER_REVIEWER,
    numbers=(CONFIRM_WITHIN, REVIEW_WITHIN, holds.CONTACT_WITHIN),
)

SCOPES = (
    Scope("orders:read", _("Read orders, personal data masked"), ("orders.view_order",)),
    Scope("intake:write", _("Send orders in"), ("orders.add_order",)),
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


def serve_waiting_orders(_slot: Slot, at: datetime) -> dict[str, Any]:
    """What a lost hint left behind: lines whose SKU exists by now, orders that stock now covers."""
    linked = reservation.link_new_skus()
    return {
        "linked": linked,
        "reserved": reservation.reserve_waiting_orders(at=at),
        **checks.look(at=at),
    }


def serve_orders_waiting_for(sku_ids: list[int]) -> None:
    hint(tasks.reserve_waiting_orders, sku_ids)


def register() -> None:
    automation.register()
    hooks.register()
    reconciliation.register()
    papers.register()
    traces.register(ORDERED)
    presold.register(read_presold)
    bundles.on_becoming(reservation.why_no_bundle)
    invariants.register(*INVARIANTS)
    sealing.register(sealed.CONTACTS)
    retention.register(keeping.CONTACTS)
    scopes.register(*SCOPES)
    procedure.register(CONFIRM_WITHIN, REVIEW_WITHIN, *REVEALS, erasure.LIVE_FOR)
    procedure.register(valuing.ORDERS, valuing.AMOUNT, valuing.WITHIN, ship_by.NEAR)
    kinds.register(erasure.ERASURE)
    unpaid.register()
    rules.register(CONFIRM, REVIEW)
    alert_kinds.register(checks.SHORTAGE, checks.UNKNOWN_SKU)
    inspection.register(*checks.CHECKS, ORDER_REVIEWS)
    feeds.register(ORDERS)
    stock.on_arrival(serve_orders_waiting_for)
    jobs.register(
        Job(
            "orders.serve_waiting",
            _("Stock for waiting orders"),
            serve_waiting_orders,
            every=timedelta(minutes=1),
        ),
        valuing.JOB,
    )
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
    grant(["orders.add_order"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
    grant(["orders.review_order"], to=[Role.ORDER_REVIEWER, Role.OPERATIONS_LEAD])
    grant(["orders.cancel_order"], to=[Role.ORDER_REVIEWER, Role.SERVICE_LEAD])
    grant(["orders.ship_order"], to=[Role.WAREHOUSE])
    grant([contact.REVEAL], to=contact.QUOTAS)
    grant([erasure.ERASE], to=[Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD])
    grant([erasure.APPROVE, personal.EXPORT], to=[Role.SERVICE_LEAD])
    holds.register()
    edits.register()
    money.register()
