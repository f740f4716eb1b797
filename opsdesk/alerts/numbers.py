"""The numbers of the procedure that alerts have."""

from decimal import Decimal

import orjson
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.procedure import Setting, Unit

STORM = Setting(
    key="alerts.storm",
    clause="",
    title=_("More new alerts of one check than this are one storm"),
    default=Decimal(50),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(100_000),
)
STORM_WINDOW = Setting(
    key="alerts.storm_window",
    clause="",
    title=_("New alerts of one check are counted together over"),
    default=Decimal(60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    maximum=Decimal(10_080),
)
# Severity → how long an alert waits for somebody to acknowledge it. 0: it doesn't climb.
ESCALATE_AFTER = {
    severity: Setting(
        key=f"alerts.escalate_after_{severity}",
        clause="",
        title=title,
        default=minutes,
        unit=Unit.MINUTES,
        maximum=Decimal(43_200),
        has_clock=True,
    )
    for severity, title, minutes in (
        (
            "critical",
            _("A critical alert nobody acknowledges climbs after (0: never)"),
            Decimal(30),
        ),
        ("warning", _("A warning nobody acknowledges climbs after (0: never)"), Decimal(240)),
        ("info", _("An information nobody acknowledges climbs after (0: never)"), Decimal(0)),
    )
}
RECURRING_DAYS = Setting(
    key="alerts.recurring_days",
    clause="",
    title=_("An alert keeps coming back when seen on so many days"),
    default=Decimal(3),
    unit=Unit.DAYS,
    minimum=Decimal(2),
    maximum=Decimal(366),
)
RECURRING_WITHIN = Setting(
    key="alerts.recurring_within",
    clause="",
    title=_("The days on which an alert was seen are forgotten after"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)
IGNORED_AFTER = Setting(
    key="alerts.ignored_after",
    clause="",
    title=_("An open alert nobody did anything about counts as ignored after"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)
# So many of what a storm stands for are named on its page.
EXAMPLES = 5
SETTINGS = (
    STORM,
    STORM_WINDOW,
    *ESCALATE_AFTER.values(),
    RECURRING_DAYS,
    RECURRING_WITHIN,
    IGNORED_AFTER,
)


def defaults() -> str:
    """Setting → its default, as the database's functions want them."""
    return orjson.dumps({each.key: float(each.default) for each in SETTINGS}).decode()
