"""Comparing orders with channels: numbers, alert, job, source and rights."""

from opsdesk import retention
from opsdesk.alerts import checks as alert_kinds
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from orders.services import reconciling
from orders.sources import listings, registry


def register() -> None:
    procedure.register(reconciling.UNDER_WAY, reconciling.LOOKS_BACK)
    retention.register(reconciling.RUNS_KEPT)
    alert_kinds.register(reconciling.DIFFERS)
    jobs.register(reconciling.JOB)
    registry.register(listings.FOLDER)
    grant(
        ["orders.view_channelreconciliation", "orders.view_channeldifference"],
        to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER, Role.FINANCE, Role.ADMINISTRATOR],
    )
    grant([reconciling.RECONCILE], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
