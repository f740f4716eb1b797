"""Alerts as rules know them: what can be asked of one, and what happens to it."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Case, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts.models import STORM, Alert, AlertEvent, Severity
from opsdesk.automation import reading
from opsdesk.automation.effects.alerting import RAISING, RULE
from opsdesk.automation.events import Event, Source
from opsdesk.automation.fields import Choices, Field, FieldKind, of
from opsdesk.automation.models import FiringEffect
from opsdesk.automation.subjects import Subject
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role


def _checks(_store: Store) -> Choices:
    from opsdesk.alerts import checks

    return checks.titles()


SUBJECT = Subject(
    "alerts.alert",
    _("alert"),
    label="subject_label",
    fields=(
        Field("check", _("check"), FieldKind.CHOICE, path="check_code", choices=_checks),
        Field("severity", _("severity"), FieldKind.CHOICE, path="severity", choices=of(Severity)),
        Field("owner", _("owner"), FieldKind.CHOICE, path="owner_role", choices=of(Role)),
        Field("state", _("state"), FieldKind.CHOICE, path="state", choices=of(Alert.State)),
        Field("money_at_risk", _("money at risk"), FieldKind.MONEY, path="money_at_risk"),
        Field("times_reopened", _("times reopened"), FieldKind.NUMBER, path="times_reopened"),
        Field("days_seen", _("days seen"), FieldKind.NUMBER, path="days_seen"),
        Field("is_recurring", _("keeps coming back"), FieldKind.FLAG, path="is_recurring"),
        Field("level", _("level"), FieldKind.NUMBER, path="level"),
        Field("open_for", _("hours since it opened"), FieldKind.AGE, path="opened_at"),
        Field("act_by", _("act by"), FieldKind.MOMENT, path="deadline_at"),
        Field("overdue_for", _("hours past its deadline"), FieldKind.AGE, path="deadline_at"),
    ),
)


def _origin() -> Combinable:
    """Of an alert that a rule raised, the firing that did so last."""
    raised = FiringEffect.objects.filter(
        effect_type=ContentType.objects.get_for_model(Alert),
        effect_id=OuterRef("alert_id"),
        action__in=RAISING,
    ).order_by("-pk")
    return Case(
        When(alert__check_code=RULE.code, then=Subquery(raised.values("firing_id")[:1])),
        default=Value(None),
        output_field=BigIntegerField(),
    )


SOURCE = Source("alerts", "alerts.AlertEvent", subject="alert_id", recorded="at", origin=_origin)
Kind = AlertEvent.Kind
# What many alerts of rules are folded into came of rules too, and of which can't be told.
_NOT_OF_RULES = ~Q(alert__check_code=STORM, alert__evidence__check=RULE.code)


def _event(code: str, title: object, *kinds: str) -> Event:
    where = Q(kind__in=[str(kind) for kind in kinds]) & _NOT_OF_RULES
    return Event(code, title, SUBJECT.code, SOURCE, where)  # type: ignore[arg-type]


EVENTS = (
    _event(reading.FOUND, _("an alert comes up, first or again"), Kind.OPENED, Kind.REOPENED),
    _event("alerts.reopened", _("an alert comes back"), Kind.REOPENED),
    _event("alerts.escalated", _("an alert climbs to a lead"), Kind.ESCALATED),
    _event("alerts.recurring", _("an alert keeps coming back"), Kind.RECURRING),
    _event("alerts.resolved", _("an alert is resolved"), Kind.RESOLVED, Kind.CLOSED_ITSELF),
)
