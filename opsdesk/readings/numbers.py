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
EXPECTED = Setting(
    key="readings.expected",
    clause="INS-8",
    title=_("Figures of channels have come by (8.5 is half past eight)"),
    default=Decimal(8),
    unit=Unit.HOUR,
    maximum=Decimal("23.75"),
)
STILL_TOLD = Setting(
    key="readings.still_told",
    clause="INS-8",
    title=_("A figure that a channel told is expected of it for"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)
URGENT_WITHIN = Setting(
    key="readings.urgent_within",
    clause="INS-1",
    title=_("Ads and payment methods are seen to within"),
    default=Decimal(60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
ACT_WITHIN = Setting(
    key="readings.act_within",
    clause="INS-5",
    title=_("What channels' figures show is seen to within"),
    default=Decimal(480),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
BALANCE = Setting(
    key="readings.balance",
    clause="INS-1",
    title=_("Ad balance, in usual days' spend, at least"),
    default=Decimal(1),
    unit=Unit.TIMES,
    minimum=Decimal("0.1"),
    maximum=Decimal(60),
)
SPEND_DAYS = Setting(
    key="readings.spend_days",
    clause="INS-1",
    title=_("A usual day's ad spend is the median of the last"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(60),
)
FALL = Setting(
    key="readings.index_fall",
    clause="INS-7",
    title=_("Ratings may fall in a day by"),
    default=Decimal(1),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
WEEKS = Setting(
    key="readings.weeks",
    clause="INS-8",
    title=_("What is usual is told from the same weekday of the last weeks, so many"),
    default=Decimal(8),
    unit=Unit.TIMES,
    minimum=Decimal(2),
    maximum=Decimal(52),
)
SAMPLE = Setting(
    key="readings.sample",
    clause="INS-8",
    title=_("To tell what is usual there are days, at least"),
    default=Decimal(4),
    unit=Unit.TIMES,
    minimum=Decimal(3),
    maximum=Decimal(52),
)
SCORE = Setting(
    key="readings.score",
    clause="INS-8",
    title=_("A figure is unusual beyond a modified z-score of"),
    default=Decimal("3.5"),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(20),
)
CHANGE = Setting(
    key="readings.change",
    clause="INS-8",
    title=_("A figure that is always the same is unusual if it changes by more than"),
    default=Decimal(50),
    unit=Unit.PERCENT,
    minimum=Decimal(1),
    maximum=Decimal(1_000),
)
OF_RANGES = (WEEKS, SAMPLE, SCORE, CHANGE)
ALL = (EXPECTED, STILL_TOLD, URGENT_WITHIN, ACT_WITHIN, BALANCE, SPEND_DAYS, FALL, *OF_RANGES)
