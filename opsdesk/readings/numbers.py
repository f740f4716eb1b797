"""The numbers that figures of channels go by."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

KEPT = Setting(
    key="readings.kept",
    clause="INS-8",
    title=_("Figures of channels are kept for"),
    default=Decimal(1_100),
    unit=Unit.DAYS,
    minimum=Decimal(180),
)
