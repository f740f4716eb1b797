"""The numbers of the REST interface."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

LONGEST_LIFE = Setting(
    key="tokens.longest_life",
    clause="API",
    title=_("A token lives for at most"),
    default=Decimal(365),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(365),
)
OVERLAP = Setting(
    key="tokens.overlap",
    clause="API",
    title=_("A rotated token still works for"),
    default=Decimal(7),
    unit=Unit.DAYS,
    maximum=Decimal(90),
)
REQUESTS = Setting(
    key="tokens.requests",
    clause="API",
    title=_("Requests a new token may make in a minute"),
    default=Decimal(600),
    unit=Unit.REQUESTS,
    minimum=Decimal(1),
    maximum=Decimal(100_000),
)
ANSWERS_KEPT = Setting(
    key="tokens.answers_kept",
    clause="API",
    title=_("Answers to requests with a key are kept for"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
)
NUMBERS = (LONGEST_LIFE, OVERLAP, REQUESTS)
