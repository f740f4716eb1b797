"""Orders are shipped in time, and it is told when they will not be (FUL-2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from fulfillment.services import compensating, delay_telling, late_risks
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

READERS = [
    Role.OPERATIONS_LEAD,
    Role.CATALOG_OPERATOR,
    Role.ORDER_REVIEWER,
    Role.WAREHOUSE,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.ANALYST,
    Role.ADMINISTRATOR,
]
SERVICE = [Role.OPERATIONS_LEAD, Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD]


def _tell(slot: Slot, at: datetime) -> dict[str, Any]:
    return {**delay_telling.tell_by_itself(slot, at), "refused": compensating.end_refused()}


def register() -> None:
    procedure.register(*late_risks.SETTINGS, delay_telling.TELLS, compensating.ALONE)
    kinds.register(compensating.COMPENSATION)
    checks.register(*late_risks.KINDS.values())
    jobs.register(
        Job(
            "fulfillment.look_for_late_orders",
            _("Orders that will be late"),
            late_risks.look,
            every=timedelta(minutes=10),
        ),
        Job(
            "fulfillment.tell_of_delays",
            _("Customers are told of delays"),
            _tell,
            every=timedelta(minutes=10),
        ),
    )
    grant(["fulfillment.view_laterisk"], to=READERS)
    grant(
        ["fulfillment.view_compensation", "fulfillment.view_compensationrule"],
        to=[*SERVICE, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR],
    )
    grant([delay_telling.TELL, compensating.PROPOSE], to=SERVICE)
    grant([compensating.APPROVE], to=[Role.SERVICE_LEAD, Role.FINANCE])
    grant(
        ["fulfillment.add_compensationrule", "fulfillment.change_compensationrule"],
        to=[Role.OPERATIONS_LEAD, Role.SERVICE_LEAD],
    )
