"""The numbers, rights and jobs of rules, and what the ground floor has for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, retention, waiting
from opsdesk.alerts import checks as kinds
from opsdesk.automation import actions, events, numbers, of_alerts, subjects, texts
from opsdesk.automation.effects import alerting, messaging, tagging
from opsdesk.automation.invariants import INVARIANTS
from opsdesk.automation.services import switching, tags, trying, working, writing
from opsdesk.exchange import texts as message_texts
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, LEADS, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opsdesk.schedule.models import Slot


def _work(_slot: Slot, at: datetime) -> dict[str, Any]:
    return working.work(at=at)


def _try(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"trials": trying.run_waiting(at=at)}


JOBS = (
    Job("automation.work", _("Automation rules act"), _work, every=timedelta(minutes=1)),
    Job(
        "automation.try",
        _("Automation rules that are to be tried"),
        _try,
        every=timedelta(minutes=1),
    ),
)


SCOPES = (
    Scope(
        "automation:read",
        _("Read automation rules, what they did and their trials"),
        ("automation.view_rule", "automation.view_firing", "automation.view_ruletrial"),
    ),
    Scope("automation:try", _("Have automation rules tried"), (trying.TRY,)),
)


def _oldest_trial(_at: datetime) -> datetime | None:
    from opsdesk.automation.models import RuleTrial

    waiting_ones = RuleTrial.objects.under_way().order_by("asked_at")
    return waiting_ones.values_list("asked_at", flat=True).first()


def _old_firings(before: datetime) -> QuerySet:
    """But for those that keep a rule from acting on a row once more."""
    from opsdesk.automation.definition import ONCE
    from opsdesk.automation.models import Firing

    return Firing.objects.filter(at__lt=before).exclude(cause=ONCE)


def register() -> None:
    procedure.register(*numbers.SETTINGS)
    kinds.register(switching.PARKED, alerting.RULE)
    message_texts.register(texts.MESSAGE)
    subjects.register(of_alerts.SUBJECT)
    events.register(*of_alerts.EVENTS)
    actions.register(
        alerting.ALERT,
        alerting.ASSIGN,
        tagging.TAG,
        tagging.UNTAG,
        messaging.MESSAGE,
        messaging.WEBHOOK,
    )
    jobs.register(*JOBS)
    waiting.register("trials of rules", _oldest_trial)
    scopes.register(*SCOPES)
    retention.register(Kept("runs of rules", numbers.RUNS_KEPT, _old_firings))
    invariants.register(*INVARIANTS)
    _grant()


def _grant() -> None:
    looked_at = ["rule", "ruleversion", "firing", "firingeffect", "ruletrial"]
    grant(
        [f"automation.view_{model}" for model in looked_at],
        to={*LEADS.values(), Role.ANALYST, Role.ADMINISTRATOR},
    )
    grant(
        [writing.ADD, writing.CHANGE, switching.SWITCH, trying.TRY, messaging.MESSAGE.permission],
        to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR],
    )
    grant(["automation.view_tag"], to=EVERYONE)
    grant(
        [tags.ADD, tags.DELETE],
        to=[role for role in EVERYONE if role not in (Role.ANALYST, Role.FINANCE)],
    )
