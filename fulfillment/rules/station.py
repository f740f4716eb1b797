"""Parcels are packed, labelled, told to channels, and stopped on request (FUL-1, FUL-3, FUL-7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fulfillment.models import StationScan
from fulfillment.services import handing_over, intercepting, labels, pushing
from opsdesk import retention
from opsdesk.deadlines import rules
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant

KEPT_SCANS = Setting(
    key="fulfillment.scans_kept",
    clause="FUL-1",
    title=_("Scans of packing stations are kept"),
    default=Decimal(3),
    unit=Unit.DAYS,
    minimum=Decimal(1),
)


def old_scans(before: datetime) -> QuerySet[StationScan]:
    return StationScan.objects.filter(at__lt=before)


def register() -> None:
    procedure.register(intercepting.WITHIN)
    rules.register(intercepting.CLOCK)
    retention.register(retention.Kept("fulfillment.scans", KEPT_SCANS, old_scans))
    handing_over.on_leave(pushing.tell_channels, where=pushing.IS_TOLD)
    grant([labels.PRINT], to=[Role.WAREHOUSE])
    grant(
        [intercepting.INTERCEPT, "fulfillment.view_intercept"],
        to=[Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD, Role.WAREHOUSE],
    )
    grant(
        [f"fulfillment.{verb}_channelpush" for verb in ("view", "add", "change", "delete")],
        to=[Role.ADMINISTRATOR],
    )
