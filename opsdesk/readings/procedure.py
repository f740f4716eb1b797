"""Which figures there are, who may look at them and bring them in, how long they are kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from opsdesk import retention
from opsdesk.alerts import checks as kinds
from opsdesk.exchange import importers
from opsdesk.inspection import checks as inspection
from opsdesk.readings import figures, numbers
from opsdesk.retention import Kept
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

if TYPE_CHECKING:
    from django.db.models import QuerySet

VIEW = "readings.view_reading"
TAKE, TAKE_ANY = "readings.take_reading", "readings.take_any_reading"
SCOPES = (
    Scope("readings:read", _("Read figures of channels"), (VIEW,)),
    Scope("readings:write", _("Send figures of channels in"), (VIEW, TAKE, TAKE_ANY)),
)
READERS = [
    Role.OPERATIONS_LEAD,
    Role.MARKETING_OPERATOR,
    Role.MARKETING_LEAD,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.FINANCE,
    Role.ANALYST,
    Role.ADMINISTRATOR,
]
# Whoever acts on a figure brings it in, and so do the leads above; these bring in any.
TAKERS = [
    Role.OPERATIONS_LEAD,
    Role.ANALYST,
    Role.MARKETING_OPERATOR,
    Role.MARKETING_LEAD,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
]
TAKERS_OF_ANY = [Role.OPERATIONS_LEAD, Role.ANALYST]


def _said(before: datetime) -> QuerySet:
    from opsdesk.readings.models import Reading

    return Reading.objects.filter(day__lt=before.date())


def register() -> None:
    from opsdesk.readings import checks
    from opsdesk.readings.importers import ChannelFiguresImporter

    figures.register(*figures.FIGURES)
    procedure.register(*numbers.ALL)
    kinds.register(*checks.KINDS)
    inspection.register(*checks.CHECKS)
    importers.register(ChannelFiguresImporter())
    scopes.register(*SCOPES)
    retention.register(Kept("readings", numbers.KEPT, _said))
    grant([VIEW], to=READERS)
    # Who brings figures in sees what becomes of the files.
    grant([TAKE, importers.SEE, "exchange.view_importrow"], to=TAKERS)
    grant([TAKE_ANY], to=TAKERS_OF_ANY)
