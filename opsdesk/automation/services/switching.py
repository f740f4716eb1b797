"""A rule goes on, off, or is parked by the desk itself, which says so to the operations lead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.automation import reading, tasks
from opsdesk.automation.definition import HOUR, Definition
from opsdesk.automation.models import Rule, RuleTrial, RuleVersion
from opsdesk.automation.services import writing
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

SWITCH = "automation.switch_rule"

PARKED = AlertKind(
    code="automation.parked",
    title=gettext_lazy("An automation rule is parked"),
    runbook=gettext_lazy(
        "Nothing is done by this rule until somebody switches it on again. Read why it was parked, "
        "mend its conditions or what it reads, try it, and switch it on; or switch it off. The "
        "alert closes by itself."
    ),
    evidence={"rule": gettext_lazy("rule"), "why": gettext_lazy("why it is parked")},
)

OFF: dict[str, Any] = {
    "state": Rule.State.OFF,
    "on_since": None,
    "seen_to": None,
    "next_at": None,
    "parked_at": None,
    "parked_because": "",
}


class NotTried(DomainError):
    """The version was not tried on what has been: say why it is switched on all the same."""

    code = "not_tried"


def switch_on(
    *, rule_id: int, expected_version: int, actor: User, at: datetime, reason: str = ""
) -> Rule:
    """The rule works from now on; it answers nothing of what was before.

    Asks for `reason` (NotTried) where this version was not tried. Raises NotAllowed for who may not
    switch rules there or may not do what the rule does, WrongRule where an app no longer knows what
    it names, and Conflict where another version counts by now. Locks the rule.
    """
    with transaction.atomic():
        rule = _locked(rule_id, actor)
        if rule.version != expected_version:
            raise writing.saved_by_another(rule.pk)
        if rule.is_on:
            raise Conflict(_("The rule is on already."))
        version = rule.versions.get(number=rule.version)
        definition = reading.read(writing.definition_of(version), store=rule.store)
        writing.may_do(actor, definition, rule.store)
        tried = version.trials.filter(state=RuleTrial.State.DONE).exists()
        if not tried and not reason.strip():
            raise NotTried(
                _("Version %(number)s was not tried. Try it, or say why it goes on without.")
                % {"number": version.number}
            )
        begin = OFF | _from_now(definition, rule.store, at)
        Rule.objects.filter(pk=rule.pk).update(**begin | {"state": Rule.State.ON, "on_since": at})
        _close_alert(rule, at=at)
        hint(tasks.work)
    rule.refresh_from_db()
    return rule


def _from_now(definition: Definition, store: Store, at: datetime) -> dict[str, Any]:
    trigger = definition.trigger
    source = trigger.source
    if source is None:
        return {"next_at": at if trigger.every == HOUR else trigger.next_after(store, at)}
    last = source.model._base_manager.aggregate(last=models.Max("pk"))["last"]
    return {"seen_to": last or 0}


def switch_off(*, rule_id: int, actor: User, at: datetime) -> Rule:
    """The rule does nothing. What it did stays. Safe to repeat. Locks the rule."""
    with transaction.atomic():
        rule = _locked(rule_id, actor)
        Rule.objects.filter(pk=rule.pk).update(**OFF)
        _close_alert(rule, at=at)
    rule.refresh_from_db()
    return rule


def park(rule: Rule, *, because: str, at: datetime) -> None:
    """The rule is stopped by the desk, and the operations lead is told why. Safe to repeat.

    Called in a transaction. One that somebody has switched off or saved meanwhile is left alone.
    """
    still = Rule.objects.filter(pk=rule.pk, version=rule.version, state=Rule.State.ON)
    parked = {"state": Rule.State.PARKED, "parked_at": at, "parked_because": because[:300]}
    if not still.update(**OFF | parked):
        return
    finding = alerts.Finding(
        key=str(rule.pk),
        subject_label=rule.name,
        subject_type_id=ContentType.objects.get_for_model(Rule).pk,
        subject_id=rule.pk,
        owner_role=Role.OPERATIONS_LEAD,
        severity=Severity.CRITICAL,
        evidence={"rule": rule.name, "why": because[:300]},
    )
    alerts.raise_findings(store_id=rule.store_id, check_code=PARKED.code, findings=[finding], at=at)


def _close_alert(rule: Rule, *, at: datetime) -> None:
    alerts.close_themselves(
        store_id=rule.store_id, check_code=PARKED.code, keys=[str(rule.pk)], at=at
    )


def _locked(rule_id: int, actor: User) -> Rule:
    rule = Rule.objects.select_related("store").select_for_update(of=("self",)).get(pk=rule_id)
    if not actor.has_perm(SWITCH, rule.store):
        raise NotAllowed(
            _("You may not switch rules of %(store)s on or off.") % {"store": rule.store}
        )
    return rule


def current_version(rule: Rule) -> RuleVersion:
    return rule.versions.get(number=rule.version)
