"""The number of the procedure that notices have."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

KEEP = Setting(
    key="notices.keep",
    clause="",
    title=_("Notices are kept for"),
    default=Decimal(90),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(3650),
)
DIGEST_HOUR = Setting(
    key="notices.digest_hour",
    clause="",
    title=_("Digests of alerts are sent at (8.5 is half past eight)"),
    default=Decimal(8),
    unit=Unit.HOUR,
    maximum=Decimal("23.75"),
)
