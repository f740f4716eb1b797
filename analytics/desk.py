"""What the analysis brings to start pages: how yesterday went."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics import queries
from opsdesk import wording
from opsdesk.desk import starts
from opsdesk.desk.starts import Looker, Shown, Telling
from opsdesk.stores.roles import Role

VIEW = "analytics.view_dailysales"
ROLES = (Role.ANALYST, Role.MARKETING_LEAD, Role.MARKETING_OPERATOR, Role.OPERATIONS_LEAD)
# Today, which is not over, yesterday and the day before.
DAYS = 3


def _yesterday(looker: Looker) -> Iterator[Shown]:
    """GMV of the last whole day per currency, against the day before. What the chart reads too."""
    for currency, rows in queries.daily_series(looker.stores, days=DAYS, at=looker.at).items():
        before, last = rows[-3], rows[-2]
        yield Shown(
            f"yesterday-{currency}",
            _("GMV yesterday"),
            wording.whole_money(last["gmv"], currency),
            _detail(last["gmv"], before["gmv"], last["paid_orders"]),
            tone="warning" if last["gmv"] < before["gmv"] else "",
            link=reverse("admin:analytics_dailysales_changelist"),
        )


def _detail(now: Decimal, then: Decimal, orders: int) -> str:
    words = _("%(count)s paid orders") % {"count": orders}
    if not then:
        return words
    percent = round(100 * (now - then) / then)
    return _("%(words)s · %(change)s %% to the day before") % {
        "words": words,
        "change": f"{percent:+d}",
    }


def register() -> None:
    """Called once, when the admin's screens are made."""
    starts.register(Telling("yesterday", ROLES, VIEW, _yesterday, rank=70))
