"""A rule acts: each cause once, what became of each action on record, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils.translation import gettext as _

from opsdesk.audit.context import acting
from opsdesk.automation.actions import Batch, Did, Done, Fired, Refused
from opsdesk.automation.definition import Definition, Step
from opsdesk.automation.models import Firing, FiringEffect, RuleVersion
from opsdesk.automation.models.firings import Outcome
from opsdesk.errors import DomainError

# From what counts least for how a firing ended to what counts most.
_GRADES = [Outcome.LEFT_ALONE, Outcome.DONE, Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a rule acts on a subject, and the rules whose effects led to it."""

    cause: str
    subject_id: int
    label: str
    chain: tuple[int, ...] = ()


# Those that are there already are not told again, whoever wrote them.
_INSERT = """
INSERT INTO automation_firing (
    rule_id, version_id, cause, subject_type_id, subject_id, subject_label, chain, outcome, at
)
SELECT %(rule)s, %(version)s, c.cause, %(type)s, c.subject_id, c.label,
       ARRAY(SELECT jsonb_array_elements_text(c.chain)::bigint),
       CASE WHEN c.is_stopped THEN 'stopped' ELSE 'left_alone' END, %(at)s
FROM jsonb_to_recordset(%(causes)s) AS c (
    cause text, subject_id bigint, label text, chain jsonb, is_stopped boolean
)
ORDER BY c.subject_id, c.cause
ON CONFLICT (rule_id, cause, subject_type_id, subject_id) DO NOTHING
RETURNING id, subject_id, subject_label, outcome
"""


def fire(
    version: RuleVersion,
    definition: Definition,
    causes: Sequence[Cause],
    *,
    longest_chain: int,
    at: datetime,
) -> int:
    """Each cause that was not yet has its firing, and the actions are done. Returns how many fired.

    A cause that the rule itself led to, or too many rules in a row, has a firing that was stopped.
    In the caller's transaction: all of it, or nothing of it. Raises what an action raises, but
    for DomainError: a batch that is refused is asked for in halves, down to the one that is.
    """
    rule = version.rule
    fired = _insert(version, definition, causes, longest_chain, at)
    if not fired:
        return 0
    batch = Batch(
        store=rule.store,
        rule_id=rule.pk,
        rule_name=rule.name,
        version=version.number,
        position=0,
        subject=definition.subject,
        fired=fired,
        at=at,
    )
    grades: dict[int, int] = {each.pk: 0 for each in fired}
    because = _("Rule “%(rule)s”, version %(number)s") % {
        "rule": rule.name,
        "number": version.number,
    }
    with acting(cause=f"rule:{rule.pk}.{version.number}", reason=because):
        for position, step in enumerate(definition.steps):
            done = _do(step, replace(batch, position=position))
            _record(step, fired, position, done, grades)
    _grade(grades)
    return len(fired)


def _insert(
    version: RuleVersion,
    definition: Definition,
    causes: Sequence[Cause],
    longest_chain: int,
    at: datetime,
) -> list[Fired]:
    rows = [
        {
            "cause": each.cause,
            "subject_id": each.subject_id,
            "label": each.label[:120],
            "chain": list(each.chain),
            "is_stopped": version.rule_id in each.chain or len(each.chain) >= longest_chain,
        }
        for each in causes
    ]
    values: dict[str, Any] = {
        "rule": version.rule_id,
        "version": version.pk,
        "type": definition.subject.type_id,
        "at": at,
        "causes": orjson.dumps(rows).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        return [
            Fired(pk, subject_id, label)
            for pk, subject_id, label, outcome in cursor.fetchall()
            if outcome != Outcome.STOPPED
        ]


def _do(step: Step, batch: Batch) -> dict[int, Did | Refused]:
    """What became of each firing; of two halves where the whole was refused."""
    try:
        with transaction.atomic():
            return dict(step.action.apply(batch, step.values))
    except DomainError as refusal:
        if len(batch.fired) == 1:
            return {batch.fired[0].pk: Refused(refusal.message)}
    middle = len(batch.fired) // 2
    first = _do(step, replace(batch, fired=batch.fired[:middle]))
    return first | _do(step, replace(batch, fired=batch.fired[middle:]))


def _record(
    step: Step, fired: Sequence[Fired], position: int, done: Done, grades: dict[int, int]
) -> None:
    effects = []
    for each in fired:
        did = done.get(each.pk)
        outcome = _outcome(did)
        grades[each.pk] = max(grades[each.pk], _GRADES.index(outcome))
        effects.append(
            FiringEffect(
                firing_id=each.pk,
                position=position,
                action=step.action.code,
                outcome=outcome,
                reason=did.reason[:300] if isinstance(did, Refused) else "",
                **_row(did),
            )
        )
    FiringEffect.objects.bulk_create(effects)


def _outcome(did: Did | Refused | None) -> Outcome:
    if did is None:
        return Outcome.LEFT_ALONE
    return Outcome.REFUSED if isinstance(did, Refused) else Outcome.DONE


def _row(did: Did | Refused | None) -> dict[str, Any]:
    if not isinstance(did, Did) or did.effect is None:
        return {}
    type_id = ContentType.objects.get_for_model(did.effect).pk
    return {"effect_type_id": type_id, "effect_id": did.effect_id}


def _grade(grades: Mapping[int, int]) -> None:
    for grade, outcome in enumerate(_GRADES):
        ids = [pk for pk, reached in grades.items() if reached == grade]
        if ids and outcome != Outcome.LEFT_ALONE:
            Firing.objects.filter(pk__in=ids).update(outcome=outcome)
