"""Clocks: start, pause, resume, meet, cancel, recalculate. The sweep is in `sweeping.py`.

Every function takes sets and is a statement or two; `at` is the moment it happens (UTC-aware).
A clock that is not in the state a verb needs is left alone, so a repeat does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from opsdesk.alerts import closing
from opsdesk.deadlines import promised, rules
from opsdesk.deadlines.models import Deadline, DeadlineEvent
from opsdesk.deadlines.moments import next_step

if TYPE_CHECKING:
    from django.db import models

    from opsdesk.stores.models import Channel, Store


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clock runs on: row id, what people call it, money at risk (store's currency)."""

    pk: int
    label: str
    started_at: datetime
    money_at_risk: Decimal | None = None


def start(
    model: type[models.Model],
    subjects: Sequence[Subject],
    *,
    on: str,
    store: Store,
    channel: Channel | None,
    at: datetime,
) -> list[Deadline]:
    """Every rule of the model that starts on timestamp `on` runs on these subjects.

    A subject that already has an open clock of a rule keeps it.
    """
    content_type = ContentType.objects.get_for_model(model)
    clocks = [
        _clock(rule, subject, content_type, store, channel)
        for rule in promised.for_subject(
            model._meta.label_lower, store=store, channel=channel, at=at
        )
        if rule["starts"] == on
        for subject in subjects
    ]
    return Deadline.objects.bulk_create(clocks, ignore_conflicts=True)


def _clock(
    rule: dict,
    subject: Subject,
    content_type: ContentType,
    store: Store,
    channel: Channel | None,
) -> Deadline:
    due_at = subject.started_at + timedelta(seconds=rule["seconds"])
    return Deadline(
        rule=rule["code"],
        store=store,
        channel=channel,
        subject_type=content_type,
        subject_id=subject.pk,
        subject_label=subject.label,
        owner_role=rule["owner_role"],
        money_at_risk=subject.money_at_risk,
        source=rule["source"],
        started_at=subject.started_at,
        allowed_seconds=rule["seconds"],
        due_at=due_at,
        next_at=next_step(due_at, rule["seconds"], at=subject.started_at),
    )


def reach(
    model: type[models.Model], subject_ids: Iterable[int], *, reached: str, at: datetime
) -> int:
    """The subjects reached this timestamp: their open clocks waiting for it are met.

    In time is `met`, after the due time `met_late`, with the breach recorded even if no sweep saw
    it. An alert that the breach raised closes itself. Returns how many clocks were met.
    """
    codes = [r.code for r in rules.for_subject(model._meta.label_lower) if r.reached == reached]
    return meet(model, subject_ids, rule_codes=codes, at=at)


_MEET = """
WITH open_clocks AS (
    SELECT id, state AS was,
           state = 'breached' OR (state = 'running' AND due_at < %(at)s) AS is_late
    FROM deadlines_deadline
    WHERE subject_type_id = %(subject_type)s AND subject_id = ANY(%(subjects)s)
      AND rule = ANY(%(rules)s) AND state IN ('running', 'paused', 'breached')
    ORDER BY id
    FOR UPDATE
), met AS (
    UPDATE deadlines_deadline d
    SET state = CASE WHEN o.is_late THEN 'met_late' ELSE 'met' END,
        breached_at = CASE WHEN o.is_late THEN COALESCE(d.breached_at, d.due_at) END,
        met_at = %(at)s, next_at = NULL, paused_at = NULL
    FROM open_clocks o
    WHERE d.id = o.id
    RETURNING d.id, d.rule, d.store_id, d.subject_id, d.due_at, o.was, o.is_late
), unseen AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT id, 'breached', 100, due_at, '' FROM met WHERE is_late AND was <> 'breached'
)
SELECT rule, store_id, subject_id, was = 'breached' FROM met
"""


def meet(
    model: type[models.Model],
    subject_ids: Iterable[int],
    *,
    rule_codes: Sequence[str],
    at: datetime,
) -> int:
    """The open clocks of these rules on these subjects are met. See `reach`."""
    content_type = ContentType.objects.get_for_model(model)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _MEET,
            {
                "at": at,
                "subject_type": content_type.pk,
                "subjects": list(subject_ids),
                "rules": list(rule_codes),
            },
        )
        met = cursor.fetchall()
        overdue = [(rule, store_id, pk) for rule, store_id, pk, was_breached in met if was_breached]
        _close_alerts(model, overdue, at=at)
    return len(met)


def cancel(model: type[models.Model], subject_ids: Iterable[int], *, at: datetime) -> int:
    """Nothing is owed any more: the subjects' open clocks end, their alerts close themselves."""
    content_type = ContentType.objects.get_for_model(model)
    with transaction.atomic():
        clocks = list(
            Deadline.objects.open()
            .filter(subject_type=content_type, subject_id__in=list(subject_ids))
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        Deadline.objects.filter(pk__in=[clock.pk for clock in clocks]).update(
            state=Deadline.State.CANCELLED, next_at=None, paused_at=None
        )
        _note(clocks, DeadlineEvent.Kind.CANCELLED, at=at)
        overdue = [
            (clock.rule, clock.store_id, clock.subject_id)
            for clock in clocks
            if clock.state == Deadline.State.BREACHED
        ]
        _close_alerts(model, overdue, at=at)
    return len(clocks)


def pause(deadline_ids: Iterable[int], *, at: datetime, note: str = "") -> int:
    """Running clocks stand still until resumed; overdue ones can't be stopped any more."""
    with transaction.atomic():
        clocks = list(_locked(deadline_ids).filter(state=Deadline.State.RUNNING, due_at__gt=at))
        Deadline.objects.filter(pk__in=[clock.pk for clock in clocks]).update(
            state=Deadline.State.PAUSED, paused_at=at, next_at=None
        )
        _note(clocks, DeadlineEvent.Kind.PAUSED, at=at, note=note)
    return len(clocks)


def resume(deadline_ids: Iterable[int], *, at: datetime, note: str = "") -> int:
    """Paused clocks go on with the time they had left."""
    with transaction.atomic():
        clocks = list(_locked(deadline_ids).filter(state=Deadline.State.PAUSED))
        for clock in clocks:
            stood_still = max(at - (clock.paused_at or at), timedelta())
            clock.due_at += stood_still
            clock.paused_seconds += int(stood_still.total_seconds())
            clock.state = Deadline.State.RUNNING
            clock.paused_at = None
            clock.next_at = next_step(clock.due_at, clock.allowed_seconds, at=at)
        Deadline.objects.bulk_update(
            clocks, ["due_at", "paused_seconds", "state", "paused_at", "next_at"]
        )
        _note(clocks, DeadlineEvent.Kind.RESUMED, at=at, note=note)
    return len(clocks)


_RECALCULATE = """
WITH changed AS (
    SELECT id, due_at + make_interval(secs => %(seconds)s - allowed_seconds) AS due
    FROM deadlines_deadline
    WHERE rule = %(rule)s AND store_id = %(store)s
      AND channel_id IS NOT DISTINCT FROM %(channel)s
      AND state IN ('running', 'paused') AND allowed_seconds <> %(seconds)s
    ORDER BY id
    FOR UPDATE
), steps AS (
    SELECT id, due,
           due - make_interval(secs => %(seconds)s * 0.5) AS half,
           due - make_interval(secs => %(seconds)s * 0.2) AS most
    FROM changed
), moved AS (
    UPDATE deadlines_deadline d
    SET allowed_seconds = %(seconds)s,
        due_at = steps.due,
        warned_percent = CASE WHEN %(at)s < steps.half THEN 0
                              WHEN %(at)s < steps.most THEN LEAST(d.warned_percent, 50)
                              ELSE d.warned_percent END,
        next_at = CASE WHEN d.state = 'paused' THEN NULL
                       WHEN %(at)s < steps.half THEN steps.half
                       WHEN %(at)s < steps.most THEN steps.most
                       ELSE steps.due END
    FROM steps
    WHERE d.id = steps.id
    RETURNING d.id
)
INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
SELECT id, 'recalculated', NULL, %(at)s, %(note)s FROM moved
"""


def recalculate(
    setting_key: str, *, store: Store, channels: Iterable[Channel | None], at: datetime
) -> int:
    """Open clocks run by the number now in force; each one that moved has an event.

    Overdue clocks stay overdue: what was late was late. Returns how many clocks moved.
    """
    moved = 0
    concerned = [rule for rule in rules.all_rules() if rule.setting == setting_key]
    with transaction.atomic(), connection.cursor() as cursor:
        for channel in channels:
            for rule in concerned:
                seconds = promised.seconds_of(rule, store=store, channel=channel, at=at)
                cursor.execute(
                    _RECALCULATE,
                    {
                        "rule": rule.code,
                        "store": store.pk,
                        "channel": channel.pk if channel else None,
                        "seconds": seconds,
                        "at": at,
                        "note": f"{setting_key} = {seconds} s",
                    },
                )
                moved += cursor.rowcount
    return moved


def _locked(deadline_ids: Iterable[int]) -> models.QuerySet[Deadline]:
    return (
        Deadline.objects.filter(pk__in=list(deadline_ids))
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _note(clocks: Iterable[Deadline], kind: str, *, at: datetime, note: str = "") -> None:
    DeadlineEvent.objects.bulk_create(
        [DeadlineEvent(deadline=clock, kind=kind, at=at, note=note) for clock in clocks]
    )


def _close_alerts(
    model: type[models.Model], overdue: Iterable[tuple[str, int, int]], *, at: datetime
) -> None:
    """Overdue clocks as (rule code, store id, subject id): what they raised is no longer so."""
    keys: dict[tuple[str, int], list[str]] = {}
    for rule_code, store_id, subject_id in overdue:
        key = f"{model._meta.label_lower}:{subject_id}"
        keys.setdefault((rule_code, store_id), []).append(key)
    for (rule_code, store_id), gone in sorted(keys.items()):
        closing.close_themselves(store_id=store_id, check_code=rule_code, keys=gone, at=at)
