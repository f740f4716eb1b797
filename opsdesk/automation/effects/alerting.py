"""Alerts that rules raise, which close by themselves, and what they hand to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.alerts import handing
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Alert, Severity
from opsdesk.automation import texts
from opsdesk.automation.actions import (
    Action,
    Batch,
    Did,
    Fired,
    Parameter,
    ParameterKind,
    Refused,
    Values,
)
from opsdesk.automation.fields import of
from opsdesk.automation.matching import rows_that_meet
from opsdesk.stores.models import Membership, User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.automation.definition import Definition
    from opsdesk.automation.fields import Choices
    from opsdesk.automation.models import RuleVersion
    from opsdesk.stores.models import Store

RULE = AlertKind(
    code="automation.rule",
    title=gettext_lazy("An automation rule asks to look"),
    runbook=gettext_lazy(
        "Your store's own rule raised this; its runs say why. If it is for nothing again and "
        "again, have the operations lead change the rule."
    ),
    evidence={
        "text": gettext_lazy("What is wrong?"),
        "rule": gettext_lazy("rule"),
        "version": gettext_lazy("version"),
    },
    titled_by="text",
)


def people_of(store: Store) -> Choices:
    """Who works for the store, by id."""
    people = Membership.objects.filter(store=store, user__is_active=True).select_related("user")
    return [
        (str(pk), str(person))
        for pk, person in sorted(
            {each.user_id: each.user for each in people}.items(), key=lambda pair: str(pair[1])
        )
    ]


TEXT = Parameter(
    "text",
    gettext_lazy("What to say"),
    ParameterKind.WORDS,
    longest=200,
    help_text=gettext_lazy("Variables such as {subject} are filled in."),
)
SEVERITY = Parameter(
    "severity",
    gettext_lazy("Severity"),
    ParameterKind.CHOICE,
    choices=of(Severity),
    default=Severity.WARNING.value,
)
CLOSES = Parameter(
    "closes_itself",
    gettext_lazy("Close it when the conditions no longer hold"),
    ParameterKind.FLAG,
    default=True,
)


def _key(batch: Batch, subject_id: int) -> str:
    return f"{batch.rule_id}:{batch.subject.code}:{subject_id}"


def raise_alerts(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """Each subject has an open alert of the rule; where it has one already, that is seen again."""
    return _raised(batch, values, owner_role=str(values["role"]))


def _raised(batch: Batch, values: Values, *, owner_role: str) -> dict[int, Did | Refused]:
    told = texts.told_for(str(values["text"]), batch)
    keys = {each.pk: _key(batch, each.subject_id) for each in batch.fired}
    # Two events of one subject in a batch are one alert.
    findings = {
        keys[each.pk]: _finding(batch, each, values, told.get(each.subject_id, {}), owner_role)
        for each in batch.fired
    }
    alerts.raise_findings(
        store_id=batch.store.pk,
        check_code=RULE.code,
        findings=list(findings.values()),
        at=batch.at,
    )
    raised = Alert.objects.filter(
        store=batch.store, check_code=RULE.code, key__in=list(findings)
    ).values_list("key", "pk")
    ids = dict(raised)
    return {pk: Did(Alert, ids[key]) for pk, key in keys.items()}


def _finding(
    batch: Batch, fired: Fired, values: Values, told: Mapping[str, Any], owner_role: str
) -> alerts.Finding:
    text = texts.filled(
        str(values["text"]),
        subject=batch.subject,
        label=fired.label,
        store=batch.store,
        rule=batch.rule_name,
        told=told,
    )
    return alerts.Finding(
        key=_key(batch, fired.subject_id),
        subject_label=fired.label,
        subject_type_id=batch.subject.type_id,
        subject_id=fired.subject_id,
        owner_role=owner_role,
        severity=str(values["severity"]),
        evidence={
            "text": text[:300],
            "rule": batch.rule_name,
            "version": batch.version,
        },
    )


def hand_to_person(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """Alerts are on the person's desk; of any other subject an alert that says so is."""
    person = User.objects.filter(pk=int(str(values["person"])), is_active=True).first()
    roles = sorted(person.roles_in(batch.store.pk)) if person else []
    if person is None or not roles:
        words = _("The person does not work for the store any more.")
        return {each.pk: Refused(words) for each in batch.fired}
    if batch.subject.model is Alert:
        ids = {each.pk: each.subject_id for each in batch.fired}
    else:
        raised = _raised(batch, values, owner_role=roles[0])
        ids = {pk: did.effect_id or 0 for pk, did in raised.items() if isinstance(did, Did)}
    handed = handing.hand_over(
        alert_ids=list(set(ids.values())), assignee=person, store=batch.store, at=batch.at
    )
    return {pk: Did(Alert, alert_id) for pk, alert_id in ids.items() if alert_id in handed}


ALERT = Action(
    "alert",
    gettext_lazy("raise an alert"),
    "alerts.raise_alert",
    raise_alerts,
    parameters=(
        Parameter("role", gettext_lazy("Owner"), ParameterKind.CHOICE, choices=of(Role)),
        SEVERITY,
        TEXT,
        CLOSES,
    ),
)
ASSIGN = Action(
    "assign",
    gettext_lazy("put it on somebody's desk"),
    "alerts.act_on_alert",
    hand_to_person,
    parameters=(
        Parameter("person", gettext_lazy("Person"), ParameterKind.CHOICE, choices=people_of),
        SEVERITY,
        TEXT,
        CLOSES,
    ),
)
RAISING = (ALERT.code, ASSIGN.code)


def close_what_is_over(version: RuleVersion, definition: Definition, *, at: datetime) -> int:
    """Open alerts of the rule whose subjects no longer meet it are closed, where it says so.

    Returns how many. One statement where none is open. A rule without conditions closes nothing.
    """
    closes = any(
        step.action.code in RAISING and step.values.get(CLOSES.code) for step in definition.steps
    )
    if not closes or not any(True for _condition in definition.conditions):
        return 0
    rule = version.rule
    open_ones = dict(
        Alert.objects.filter(
            store=rule.store,
            check_code=RULE.code,
            key__startswith=f"{rule.pk}:{definition.subject.code}:",
        )
        .open()
        .values_list("subject_id", "key")
    )
    if not open_ones:
        return 0
    met = _still_met(definition, rule.store, list(open_ones), at)
    over = [key for subject_id, key in open_ones.items() if subject_id not in met]
    return alerts.close_themselves(store_id=rule.store_id, check_code=RULE.code, keys=over, at=at)


def _still_met(definition: Definition, store: Store, ids: Sequence[int], at: datetime) -> set[int]:
    rows = rows_that_meet(definition, store, at).filter(pk__in=ids)
    return set(rows.values_list("pk", flat=True))
