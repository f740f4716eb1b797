"""The numbers the inspection goes by."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

STARTS = Setting(
    key="inspection.starts",
    clause="INS",
    title=_("The store is inspected at (8.5 is half past eight)"),
    default=Decimal("8.5"),
    unit=Unit.HOUR,
    maximum=Decimal("23.75"),
)
MOST_SECONDS = Setting(
    key="inspection.most_seconds",
    clause="INS",
    title=_("A check of the inspection may take"),
    default=Decimal(60),
    unit=Unit.SECONDS,
    minimum=Decimal("0.1"),
    maximum=Decimal(240),
)
ACT_WITHIN = Setting(
    key="inspection.act_within",
    clause="INS",
    title=_("A finding that has no deadline of its own is dealt with within"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    maximum=Decimal(30 * 24 * 60),
)
ACT_ON_CRITICAL_WITHIN = Setting(
    key="inspection.act_on_critical_within",
    clause="INS",
    title=_("A critical finding that has no deadline of its own is dealt with within"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    maximum=Decimal(30 * 24 * 60),
)
ROWS_KEPT = Setting(
    key="inspection.rows_kept",
    clause="INS",
    title=_("Findings of one check that an inspection keeps row by row"),
    default=Decimal(500),
    unit=Unit.TIMES,
    minimum=Decimal(10),
    maximum=Decimal(5_000),
)
RUNS_KEPT = Setting(
    key="inspection.runs_kept",
    clause="INS",
    title=_("Inspections are kept for"),
    default=Decimal(400),
    unit=Unit.DAYS,
    minimum=Decimal(90),
)
MOST_PHOTOS = Setting(
    key="inspection.most_photos",
    clause="INS",
    title=_("Photos that go with an answer of the inspection, at most"),
    default=Decimal(4),
    unit=Unit.TIMES,
    maximum=Decimal(12),
)
SETTINGS = (
    STARTS,
    MOST_SECONDS,
    ACT_WITHIN,
    ACT_ON_CRITICAL_WITHIN,
    ROWS_KEPT,
    RUNS_KEPT,
    MOST_PHOTOS,
)
