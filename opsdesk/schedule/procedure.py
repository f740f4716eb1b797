"""Who may look at scheduled runs."""

from opsdesk.stores.roles import Role, grant


def register() -> None:
    grant(["schedule.view_slot"], to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR])
