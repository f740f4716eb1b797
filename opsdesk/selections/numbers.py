"""The numbers of selections, as settings with a history."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

KEEP_EXPORTS = Setting(
    key="selections.keep_exports",
    clause="",
    title=_("An exported list is kept for"),
    default=Decimal(1),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(30),
)
