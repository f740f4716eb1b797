"""Orders are shipped in time, and it is told when they will not be (FUL-2)."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from fulfillment.services import late_risks
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant

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


def register() -> None:
    procedure.register(*late_risks.SETTINGS)
    checks.register(*late_risks.KINDS.values())
    jobs.register(
        Job(
            "fulfillment.look_for_late_orders",
            _("Orders that will be late"),
            late_risks.look,
            every=timedelta(minutes=10),
        )
    )
    grant(["fulfillment.view_laterisk"], to=READERS)
