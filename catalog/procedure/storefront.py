"""The storefront as visitors get it (INS-1, INS-2, INS-4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from catalog.storefront import checks, visiting
from opsdesk import retention
from opsdesk.alerts import checks as kinds
from opsdesk.inspection import checks as inspection
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import EVERYONE, Role, grant

if TYPE_CHECKING:
    from django.db.models import QuerySet

VISITS_KEPT = Setting(
    key="catalog.page_visits_kept",
    clause="INS-4",
    title=_("Visits of storefront pages are kept for"),
    default=Decimal(90),
    unit=Unit.DAYS,
    minimum=Decimal(7),
)


def _old_visits(before: datetime) -> QuerySet:
    from catalog.models import PageVisit

    return PageVisit.objects.filter(at__lt=before)


def register() -> None:
    procedure.register(*visiting.SETTINGS, VISITS_KEPT)
    kinds.register(*checks.KINDS)
    inspection.register(*checks.CHECKS)
    jobs.register(checks.ROUNDS)
    retention.register(Kept("page visits", VISITS_KEPT, _old_visits))
    grant(["catalog.view_storefrontpage", "catalog.view_pagevisit"], to=EVERYONE)
    grant(
        ["catalog.add_storefrontpage", "catalog.change_storefrontpage"],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR],
    )
