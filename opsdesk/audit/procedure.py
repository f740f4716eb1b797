"""Who may look at the audit trail: nearly everybody at what they did, three roles at all of it."""

from opsdesk.audit.models import EVERYBODYS
from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    grant(["audit.view_auditentry"], to=[role for role in EVERYONE if role is not Role.ANALYST])
    grant([EVERYBODYS], to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ADMINISTRATOR])
