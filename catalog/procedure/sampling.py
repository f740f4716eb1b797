"""The weekly sample of live listings (CAT-13)."""

from catalog.services import checking, sampling
from opsdesk.alerts import checks
from opsdesk.deadlines import rules
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant


def register() -> None:
    procedure.register(sampling.SHARE, sampling.ANSWERED_WITHIN, checking.LIMIT)
    rules.register(sampling.ANSWERED)
    checks.register(checking.WRONG, checking.TOO_MANY)
    jobs.register(sampling.WEEKLY, checking.FOLLOWED)
    grant(
        ["catalog.view_listingsample"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant([checking.CHECK], to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR])
