"""The numbers that rules go by."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

LONGEST_CHAIN = Setting(
    key="automation.longest_chain",
    clause="",
    title=_("Automation rules that may answer each other in a row"),
    default=Decimal(3),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(10),
)
MOST_AN_HOUR = Setting(
    key="automation.most_an_hour",
    clause="",
    title=_("An automation rule that acts more often within an hour is parked"),
    default=Decimal(2_000),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(100_000),
)
MOST_SECONDS = Setting(
    key="automation.most_seconds",
    clause="",
    title=_("A round of an automation rule may take"),
    default=Decimal(30),
    unit=Unit.SECONDS,
    minimum=Decimal("0.1"),
    maximum=Decimal(240),
)
TRIED_DAYS = Setting(
    key="automation.tried_days",
    clause="",
    title=_("Automation rules are tried on the last"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(90),
)
RUNS_KEPT = Setting(
    key="automation.runs_kept",
    clause="",
    title=_("What automation rules did is kept for"),
    default=Decimal(400),
    unit=Unit.DAYS,
    minimum=Decimal(30),
)
SETTINGS = (LONGEST_CHAIN, MOST_AN_HOUR, MOST_SECONDS, TRIED_DAYS, RUNS_KEPT)
