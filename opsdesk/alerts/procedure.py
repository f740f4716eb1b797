"""Who may look at alerts and act on them, their numbers, and what keeps them in order."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants
from opsdesk.alerts import ladder, numbers, recurring, storms
from opsdesk.invariants import Invariant
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

EVERY_MINUTE = timedelta(minutes=1)
SCOPES = (Scope("alerts:read", _("Read alerts"), ("alerts.view_alert",)),)
FOLDED_IS_SEEN = Invariant(
    "alerts.folded_is_seen",
    "An open alert that is folded lies under an open storm of its store, check and owner.",
    """
    SELECT m.id, m.check_code, m.folded_into_id
    FROM alerts_alert m LEFT JOIN alerts_alert s ON s.id = m.folded_into_id
    WHERE m.folded_into_id IS NOT NULL AND s.id IS NULL OR m.state = 'open' AND (
        s.state = 'resolved' OR s.check_code <> 'alerts.storm' OR s.store_id <> m.store_id
        OR s.key <> m.check_code || ':' || m.owner_role
    )
    """,
)
EVENTS_OF_ALERTS = Invariant(
    "alerts.events-of-alerts",
    "Each line of an alert's history is of an alert.",
    """
    SELECT e.id, e.alert_id, e.kind
    FROM alerts_alertevent e LEFT JOIN alerts_alert a ON a.id = e.alert_id
    WHERE a.id IS NULL
    """,
)


def keep_storms(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"storms": storms.fold_missed(at=at), "ended": storms.end_storms(at=at)}


def climb(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"climbed": ladder.climb(at=at)}


def mark(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    return {"recurring": recurring.mark_recurring(store=slot.store, at=at)}


def register() -> None:
    scopes.register(*SCOPES)
    procedure.register(*numbers.SETTINGS)
    invariants.register(EVENTS_OF_ALERTS, FOLDED_IS_SEEN)
    jobs.register(
        Job("alerts.storms", _("Storms of alerts are kept"), keep_storms, every=EVERY_MINUTE),
        Job("alerts.climb", _("Alerts left lying climb"), climb, every=EVERY_MINUTE),
        Job("alerts.recurring", _("Recurring alerts are marked"), mark, daily_at=time(7)),
    )
    grant(
        [
            "alerts.view_alert",
            "alerts.view_alertevent",
            "alerts.act_on_alert",
            "alerts.raise_alert",
        ],
        to=EVERYONE,
    )
