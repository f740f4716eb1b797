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
# So many of what a storm stands for are named on its page.
EXAMPLES = 5
SETTINGS = (STORM, STORM_WINDOW)


def defaults() -> str:
    """Setting → its default, as the database's functions want them."""
    return orjson.dumps({each.key: float(each.default) for each in SETTINGS}).decode()
