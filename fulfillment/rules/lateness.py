"""Orders are shipped in time, and it is told when they will not be (FUL-2)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from fulfillment.services import compensating, delay_telling, granting, late_risks, misses
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

LATE_RATE = Setting(
    key="fulfillment.most_late",
    clause="FUL-2",
    title=_("Orders that leave late, at most"),
    default=Decimal(5),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
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
    procedure.register(*late_risks.SETTINGS, delay_telling.TELLS, compensating.ALONE, LATE_RATE)
    kinds.register(compensating.COMPENSATION)
    checks.register(*late_risks.KINDS.values(), misses.OPEN)
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
        Job(
            "fulfillment.find_misses",
            _("Missed and short shipments"),
            misses.find,
            daily_at=time(0, 30),
            each_slot=True,
        ),
        Job(
            "fulfillment.close_misses",
            _("Missed shipments that have left"),
            misses.close,
            every=timedelta(minutes=10),
        ),
    )
    grant(["fulfillment.view_laterisk", "fulfillment.view_shipmentmiss"], to=READERS)
    grant([misses.FOLLOW_UP], to=[*SERVICE, Role.WAREHOUSE])
    grant(
        ["fulfillment.view_compensation", "fulfillment.view_compensationrule"],
        to=[*SERVICE, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR],
    )
    grant([delay_telling.TELL, compensating.PROPOSE], to=SERVICE)
    grant([compensating.APPROVE], to=[Role.SERVICE_LEAD, Role.FINANCE])
    grant([granting.GRANT], to=[*SERVICE, Role.FINANCE])
    grant(
        ["fulfillment.add_compensationrule", "fulfillment.change_compensationrule"],
        to=[Role.OPERATIONS_LEAD, Role.SERVICE_LEAD],
    )
