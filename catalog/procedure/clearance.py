"""What doesn't sell, and what is done about it (CAT-9, CAT-10)."""

from catalog.services import clearance_ground, clearing, slow_stock
from opsdesk.alerts import checks
from opsdesk.deadlines import rules
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant


def register() -> None:
    procedure.register(*slow_stock.SETTINGS, *clearance_ground.SETTINGS, clearing.DONE_WITHIN)
    rules.register(clearing.CARRIED_OUT)
    checks.register(*slow_stock.KINDS.values())
    jobs.register(slow_stock.JOB)
    grant(
        ["catalog.view_slowstock", "catalog.view_clearanceplan"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.MARKETING_OPERATOR,
            Role.MARKETING_LEAD,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant([clearing.PLAN], to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR])
