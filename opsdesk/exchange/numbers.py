"""The numbers of exchange with others, as settings with a history."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

ATTEMPTS = Setting(
    key="exchange.attempts",
    clause="",
    title=_("Attempts to deliver a message before it is parked"),
    default=Decimal(8),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(20),
)
KEEP_REJECTED = Setting(
    key="exchange.keep_rejected",
    clause="",
    title=_("The cells of rejected rows are kept for"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(365),
)
OLD_SECRET = Setting(
    key="exchange.old_secret",
    clause="ORD-1",
    title=_("After a webhook's secret was changed the old one is good for"),
    default=Decimal(1440),
    unit=Unit.MINUTES,
    maximum=Decimal(43_200),
)
KEEP_CONTENT = Setting(
    key="exchange.keep_content",
    clause="",
    title=_("The content of messages and deliveries that are settled is kept for"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(365),
)
