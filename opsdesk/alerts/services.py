"""Alerts are raised set by set, and acted on by people one store's permission at a time.

What people do returns the ids of the alerts that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.alerts import checks, ladder, numbers, storms
from opsdesk.alerts.closing import close_absent, close_themselves
from opsdesk.alerts.models import Alert, AlertEvent, Severity
from opsdesk.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.alerts.checks import AlertKind
    from opsdesk.stores.models import Store, User

__all__ = [
    "Finding",
    "acknowledge",
    "assign",
    "close_absent",
    "close_themselves",
    "comment",
    "raise_by_hand",
    "raise_findings",
    "report",
    "resolve",
    "snooze",
]

ACT = "alerts.act_on_alert"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: the cause's key, its subject, and the values that were compared."""

    key: str
    subject_label: str
    owner_role: str
    subject_type_id: int | None = None
    subject_id: int | None = None
    severity: str = Severity.WARNING
    evidence: dict[str, Any] = field(default_factory=dict)
    money_at_risk: Decimal | None = None
    deadline_at: datetime | None = None


# An open alert that is seen again keeps its state and owner; a resolved one is reopened.
_RAISE = """
WITH found AS (
    SELECT * FROM jsonb_to_recordset(%(findings)s) AS f (
        key text, subject_label text, owner_role text, subject_type_id integer, subject_id bigint,
        severity text, evidence jsonb, money_at_risk numeric, deadline_at timestamptz
    )
), owners AS MATERIALIZED (
    SELECT owner_role, alert_storm(
        %(store)s, %(check)s, owner_role, array_agg(key), jsonb_build_object(
            'clause', %(clause)s::text, 'deadline_at', min(deadline_at),
            'severity', (%(severities)s)[max(array_position(%(severities)s, severity))],
            'examples', to_jsonb((array_agg(subject_label ORDER BY key))[:%(examples)s])
        ), %(defaults)s, %(at)s
    ) AS storm_id
    FROM found GROUP BY owner_role
), patience AS MATERIALIZED (
    SELECT severity, alert_climbs_at(%(store)s, severity, %(at)s, %(defaults)s) AS climbs_at
    FROM (SELECT DISTINCT severity FROM found) severities
), raised AS (
    INSERT INTO alerts_alert AS alert (
        store_id, check_code, key, clause, subject_type_id, subject_id, subject_label, severity,
        owner_role, assignee_id, evidence, money_at_risk, deadline_at, state, opened_at,
        last_seen_at, snoozed_until, resolved_at, resolution, times_reopened, folded_into_id,
        climbs_at
    )
    SELECT %(store)s, %(check)s, key, %(clause)s, subject_type_id, subject_id, subject_label,
           severity, owner_role, NULL, evidence, money_at_risk, deadline_at, 'open', %(at)s,
           %(at)s, NULL, NULL, '', 0, storm_id, climbs_at
    FROM found JOIN owners USING (owner_role) JOIN patience USING (severity)
    ORDER BY key
    ON CONFLICT (store_id, check_code, key) DO UPDATE
    SET evidence = excluded.evidence, severity = excluded.severity,
        money_at_risk = excluded.money_at_risk, last_seen_at = excluded.last_seen_at,
        opened_at = CASE WHEN alert.state = 'resolved' THEN excluded.opened_at
                         ELSE alert.opened_at END,
        deadline_at = CASE WHEN alert.state = 'resolved' THEN excluded.deadline_at
                           ELSE alert.deadline_at END,
        times_reopened = alert.times_reopened + (alert.state = 'resolved')::int,
        days_seen = alert.days_seen + store_day_is_later(
            %(store)s, alert.last_seen_at, excluded.last_seen_at
        )::int,
        level = CASE WHEN alert.state = 'resolved' THEN 0 ELSE alert.level END,
        escalated_to = CASE WHEN alert.state = 'resolved' THEN '' ELSE alert.escalated_to END,
        climbs_at = CASE WHEN alert.state = 'resolved' THEN excluded.climbs_at
                         ELSE alert.climbs_at END,
        state = CASE WHEN alert.state = 'resolved' THEN 'open' ELSE alert.state END,
        folded_into_id = CASE
            WHEN alert.state = 'resolved' THEN
                CASE WHEN alert.assignee_id IS NULL THEN excluded.folded_into_id END
            WHEN excluded.folded_into_id IS NULL OR alert.folded_into_id IS NOT NULL
                OR alert.state <> 'open' OR alert.assignee_id IS NOT NULL
                OR alert.snoozed_until IS NOT NULL THEN alert.folded_into_id
            WHEN alert.opened_at > alert_storm_since(alert.store_id, %(at)s, %(defaults)s)
                THEN excluded.folded_into_id
        END,
        resolved_at = NULL, resolution = ''
    RETURNING id, times_reopened,
        -- Inserted just now, or reopened just now: a repeat at the same moment is neither.
        xmax = 0 OR (opened_at = %(at)s AND times_reopened > (
            SELECT before.times_reopened FROM alerts_alert before WHERE before.id = alert.id
        )) AS is_news
)
INSERT INTO alerts_alertevent (alert_id, kind, at, actor_id, note, data)
SELECT id, CASE WHEN times_reopened = 0 THEN 'opened' ELSE 'reopened' END, %(at)s, NULL, '', '{}'
FROM raised WHERE is_news
"""


def raise_findings(
    *,
    store_id: int,
    check_code: str,
    findings: Sequence[Finding],
    at: datetime,
    clause: str = "",
) -> int:
    """Each finding is an open alert afterwards, once per (store, check, key).

    Returns how many are news (opened or reopened). One statement; a repeat with the same findings
    only moves `last_seen_at`. More news than the procedure's number for one owner are folded into
    one alert, the storm (`storms`).
    """
    if not findings:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _RAISE,
            {
                "store": store_id,
                "check": check_code,
                "clause": clause,
                "at": at,
                "severities": Severity.values,
                "examples": numbers.EXAMPLES,
                "defaults": numbers.defaults(),
                "findings": orjson.dumps(list(findings), default=str).decode(),
            },
        )
        return cursor.rowcount


def report(kind: AlertKind, findings: Sequence[Finding], *, store_id: int, at: datetime) -> None:
    """All that a check sees in a store now: raised where it is new, closed where it is gone."""
    raise_findings(
        store_id=store_id, check_code=kind.code, clause=kind.clause, findings=findings, at=at
    )
    close_absent(store_id=store_id, check_code=kind.code, seen=[f.key for f in findings], at=at)


def raise_by_hand(
    *,
    store: Store,
    title: str,
    owner_role: str,
    actor: User | None,
    at: datetime,
    severity: str = Severity.WARNING,
    deadline_at: datetime | None = None,
    money_at_risk: Decimal | None = None,
    note: str = "",
) -> Alert:
    """A person asks a role to look at something. Mobile numbers in the text are masked."""
    title = privacy.mask_mobiles(title)
    if actor and not actor.has_perm("alerts.raise_alert", store):
        raise NotAllowed(_("You may not raise alerts in %(store)s.") % {"store": store})
    with transaction.atomic():
        alert = Alert.objects.create(
            store=store,
            check_code=checks.MANUAL.code,
            key=uuid4().hex,
            subject_label=title[:120],
            severity=severity,
            owner_role=owner_role,
            evidence={"title": title},
            money_at_risk=money_at_risk,
            deadline_at=deadline_at,
            opened_at=at,
            last_seen_at=at,
            climbs_at=ladder.ClimbsAt(at, store_id=store.pk, severity=severity),
        )
        alert.refresh_from_db(fields=["climbs_at"])
        _note([alert], AlertEvent.Kind.OPENED, actor=actor, at=at, note=note)
    return alert


def acknowledge(*, alert_ids: Iterable[int], actor: User, at: datetime) -> list[int]:
    """Somebody has seen it and is on it. Back from a storm's fold, as with the next two."""
    return _change(
        alert_ids,
        actor=actor,
        at=at,
        only=[Alert.State.OPEN],
        kind=AlertEvent.Kind.ACKNOWLEDGED,
        values={
            "state": Alert.State.ACKNOWLEDGED,
            "folded_into": None,
            "climbs_at": ladder.after_acknowledging(at),
        },
    )


def snooze(*, alert_ids: Iterable[int], until: datetime, actor: User, at: datetime) -> list[int]:
    """Off the desk until that moment, which must lie ahead."""
    if until <= at:
        raise DomainError(_("An alert sleeps until a moment in the future."))
    return _change(
        alert_ids,
        actor=actor,
        at=at,
        only=[Alert.State.OPEN, Alert.State.ACKNOWLEDGED],
        kind=AlertEvent.Kind.SNOOZED,
        values={
            "snoozed_until": until,
            "folded_into": None,
            "climbs_at": ladder.ClimbsAt(until),
        },
        data={"until": until.isoformat()},
    )


def assign(*, alert_ids: Iterable[int], assignee: User, actor: User, at: datetime) -> list[int]:
    """On this person's desk, who must work for the alert's store. Their time begins now."""
    return _change(
        alert_ids,
        actor=actor,
        at=at,
        only=[Alert.State.OPEN, Alert.State.ACKNOWLEDGED],
        kind=AlertEvent.Kind.ASSIGNED,
        values={
            "assignee": assignee,
            "folded_into": None,
            "climbs_at": ladder.ClimbsAt(at),
        },
        data={"assignee": assignee.pk},
        stores=None if assignee.is_superuser else assignee.store_ids,
    )


def resolve(*, alert_ids: Iterable[int], actor: User, at: datetime, note: str = "") -> list[int]:
    """Dealt with by a person, a storm with all it stands for.

    Comes back, counted, if its cause is seen again.
    """
    return _change(
        alert_ids,
        actor=actor,
        at=at,
        only=[Alert.State.OPEN, Alert.State.ACKNOWLEDGED],
        kind=AlertEvent.Kind.RESOLVED,
        values={
            "state": Alert.State.RESOLVED,
            "resolution": Alert.Resolution.PERSON,
            "resolved_at": at,
            "snoozed_until": None,
            "climbs_at": None,
        },
        note=note,
    )


def comment(*, alert_id: int, note: str, actor: User, at: datetime) -> list[int]:
    return _change(
        [alert_id],
        actor=actor,
        at=at,
        only=list(Alert.State.values),
        kind=AlertEvent.Kind.COMMENTED,
        values={},
        note=note,
    )


def _change(
    alert_ids: Iterable[int],
    *,
    actor: User,
    at: datetime,
    only: Sequence[str],
    kind: str,
    values: dict[str, Any],
    note: str = "",
    data: dict[str, Any] | None = None,
    stores: Sequence[int] | None = None,
) -> list[int]:
    """The alerts in one of the states `only`, in stores where the actor may act, change.

    Returns their ids. Locks them in id order. Those another person changed first are left alone.
    """
    with transaction.atomic():
        found = (
            Alert.objects.visible_to(actor)
            .in_stores(actor.stores_allowing(ACT))
            .filter(pk__in=list(alert_ids), state__in=only)
        )
        if stores is not None:
            found = found.in_stores(stores)
        alerts = list(found.select_for_update(of=("self",)).order_by("pk"))
        if values:
            Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(**values)
        _note(alerts, kind, actor=actor, at=at, note=note, data=data)
        _follow(alerts, kind, actor=actor, at=at, note=note)
    return [alert.pk for alert in alerts]


def _follow(alerts: Sequence[Alert], kind: str, *, actor: User, at: datetime, note: str) -> None:
    """What a storm stood for goes with it; a storm of which nothing is left ends."""
    stood_for = [alert.pk for alert in alerts if alert.check_code == checks.STORM.code]
    if stood_for and kind == AlertEvent.Kind.RESOLVED:
        storms.resolve_folded(stood_for, actor=actor, at=at, note=privacy.mask_mobiles(note))
    left = {alert.folded_into_id for alert in alerts if alert.folded_into_id}
    if left and kind != AlertEvent.Kind.COMMENTED:
        storms.end_storms(at=at, storm_ids=left)


def _note(
    alerts: Iterable[Alert],
    kind: str,
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    note = privacy.mask_mobiles(
        note
    )  # everybody at the store reads it, on pages that show no phone
    AlertEvent.objects.bulk_create(
        [
            AlertEvent(alert=alert, kind=kind, at=at, actor=actor, note=note, data=data or {})
            for alert in alerts
        ]
    )
