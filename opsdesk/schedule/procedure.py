"""Who may look at scheduled runs, and the alert of a run that keeps failing."""

from opsdesk.alerts import checks
from opsdesk.stores.roles import Role, grant


def register() -> None:
    from opsdesk.schedule.services import PARKED

    checks.register(PARKED)
    grant(["schedule.view_slot"], to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR])
