"""The review and its holds: numbers, clock, jobs and rights (ORD-3, ORD-4, ORD-5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import sealing
from opsdesk.alerts import checks as alert_kinds
from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from orders.review import amounts, goods, people, places, registry, repeats
from orders.services import (
    barring,
    contacting,
    holding,
    releasing,
    review_rules,
    review_watch,
    reviewing,
)

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

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
CHECKS = (
    *goods.CHECKS,
    *people.CHECKS,
    *places.CHECKS,
    *amounts.CHECKS,
    *repeats.CHECKS,
)


def review_what_waits(_slot: Slot, at: datetime) -> dict[str, Any]:
    """What a lost hint left behind, and what is held and may be in order by now."""
    review_rules.in_force(Store.objects.active().values_list("pk", flat=True), at=at)
    ids = holding.to_look_at(at=at).values_list("pk", flat=True)
    done = holding.review(ids, at=at)
    crashed = review_watch.look(at=at)
    return {"passed": done.passed, "held": done.held, "crashed": crashed}


def meet_contact_clocks(order_ids: list[int], at: datetime) -> None:
    holding.contacted(order_ids, at=at)


def register() -> None:
    procedure.register(CONTACT_WITHIN)
    contacting.on_contact(meet_contact_clocks)
    rules.register(CONTACT)
    registry.register(*CHECKS)
    sealing.register(barring.PHONES)
    alert_kinds.register(review_watch.RULE_CRASHED)
    jobs.register(
        Job(
            "orders.review",
            _("Review of paid orders"),
            review_what_waits,
            every=timedelta(minutes=1),
        )
    )
    grant(["orders.view_hold", "orders.view_reviewresult", "orders.view_reviewrule"], to=READERS)
    grant(["orders.change_reviewrule"], to=[Role.OPERATIONS_LEAD])
    grant(["orders.view_blacklistentry", "orders.view_blockedregion"], to=READERS)
    grant(
        ["orders.change_blacklistentry"],
        to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER, Role.SERVICE_LEAD],
    )
    grant(["orders.change_blockedregion"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
