"""Who may look at clocks."""

from opsdesk.stores.roles import EVERYONE, grant


def register() -> None:
    grant(["deadlines.view_deadline", "deadlines.view_deadlineevent"], to=EVERYONE)
