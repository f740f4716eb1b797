"""Bulk actions: started by a person, carried out in chunks, resumed where a worker died."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.functional import Promise

from opsdesk import privacy
from opsdesk.audit.context import acting, facts
from opsdesk.bulk import tasks
from opsdesk.bulk.models import BulkResult, BulkTask
from opsdesk.db import is_unavailable, retrying
from opsdesk.errors import DomainError
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import User

logger = logging.getLogger(__name__)

CHUNK = 200
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Done:
    """What a verb did: the rows it changed, and what it said of those it refused.

    It left alone whatever is in neither. Rows it was not asked for may have changed along.
    """

    changed: Collection[int] = ()
    refused: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row as people know it: its name, its page, the state it is in now."""

    name: str
    address: str
    state: str


@dataclass(frozen=True)
class Verb:
    """`run(ids, actor, at, note)` acts on rows; refused as a whole, it is asked for fewer.

    `rows_of(ids, person)` are those of the rows that this person may see, by id.
    """

    code: str
    title: str | Promise
    run: Callable[[Sequence[int], User, datetime, str], Done]
    rows_of: Callable[[Collection[int], User], Mapping[int, Row]]


class UnknownVerb(LookupError):
    """No app registers a bulk action with this code."""


_verbs: dict[str, Verb] = {}


def register(*verbs: Verb) -> None:
    for verb in verbs:
        known = _verbs.setdefault(verb.code, verb)
        if known.code != verb.code or known.run is not verb.run:
            raise ValueError(f"Two bulk actions are called {verb.code}.")


def verb_of(code: str) -> Verb:
    try:
        return _verbs[code]
    except KeyError as error:
        raise UnknownVerb(f"No bulk action is called {code}.") from error


def start(*, code: str, row_ids: Sequence[int], note: str, actor: User, at: datetime) -> BulkTask:
    """The action waits for the worker, who is told; a lost message costs a minute."""
    with transaction.atomic():
        task = _file(code, row_ids, note, actor=actor, at=at)
        hint(tasks.run_bulk_task, task.pk)
    return task


def carry_out(
    *, code: str, row_ids: Sequence[int], note: str, actor: User, at: datetime
) -> BulkTask:
    """The action has run while its person waits; what trouble left of it is the worker's."""
    task = _file(code, row_ids, note, actor=actor, at=at)
    run(task.pk, at=at)
    task.refresh_from_db()
    return task


def _file(code: str, row_ids: Sequence[int], note: str, *, actor: User, at: datetime) -> BulkTask:
    verb_of(code)
    once = list(dict.fromkeys(row_ids))
    return BulkTask.objects.create(
        code=code, row_ids=once, total=len(once), note=note, started_by=actor, started_at=at
    )


def run_waiting(*, at: datetime) -> int:
    """Every action that waits is carried out. Returns how many ended well."""
    ids = list(BulkTask.objects.waiting(at).order_by("pk").values_list("pk", flat=True))
    return sum(run(pk, at=at) == BulkTask.State.DONE for pk in ids)


def run(task_id: int, *, at: datetime) -> str | None:
    """Carry the action out from where it stands. None: somebody else has it, or it is over.

    Trouble that passes (the database restarts, the time is up) puts it back; the next tick goes on
    from its position, three times in all.
    """
    claimed = (
        BulkTask.objects.waiting(at)
        .filter(pk=task_id)
        .update(
            state=BulkTask.State.RUNNING,
            lease_until=at + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    if not claimed:
        return None
    task = BulkTask.objects.select_related("started_by").get(pk=task_id)
    if task.attempts > MOST_ATTEMPTS:
        return _finish(task, BulkTask.State.FAILED, at=at, error="Its worker died each time.")
    try:
        with translation.override(task.started_by.language or translation.get_language()):
            while retrying(partial(_chunk, task, at=at)):
                pass
    except SoftTimeLimitExceeded as error:
        _put_back(task, error, at=at)
        raise
    except Exception as error:
        if is_unavailable(error):
            # Cut off by the server: without this the next statement would fail as well.
            connection.close_if_unusable_or_obsolete()
            return _put_back(task, error, at=at)
        logger.exception("Bulk action %s failed", task.pk)
        return _finish(task, BulkTask.State.FAILED, at=at, error=privacy.error_summary(error))
    return _finish(task, BulkTask.State.DONE, at=at)


def _chunk(task: BulkTask, *, at: datetime) -> bool:
    """The next rows have their results, and the position says so, together. False: none left."""
    locked = BulkTask.objects.select_for_update().get(pk=task.pk)
    if locked.attempts != task.attempts or locked.state != BulkTask.State.RUNNING:
        return False
    ids = locked.row_ids[locked.position : locked.position + CHUNK]
    if not ids:
        return False
    done = _apply(task, ids, at=at)
    ids += _taken_along(locked, ids, done)
    results = [_result(task, pk, done) for pk in ids]
    BulkResult.objects.bulk_create(results)
    counts = Counter(result.outcome for result in results)
    BulkTask.objects.filter(pk=task.pk).update(
        position=F("position") + len(ids),
        changed=F("changed") + counts[BulkResult.Outcome.CHANGED],
        refused=F("refused") + counts[BulkResult.Outcome.REFUSED],
        lease_until=Now() + LEASE,
    )
    return True


def _taken_along(task: BulkTask, ids: Sequence[int], done: Done) -> list[int]:
    """Rows whose turn had not come, changed along with these: they come next after them.

    So it is with orders that leave in one parcel.
    """
    rest = task.row_ids[task.position + len(ids) :]
    along = set(done.changed).intersection(rest)
    if along:
        first = [*task.row_ids[: task.position], *ids, *sorted(along)]
        BulkTask.objects.filter(pk=task.pk).update(
            row_ids=[*first, *(pk for pk in rest if pk not in along)]
        )
    return sorted(along)


def _apply(task: BulkTask, ids: Sequence[int], *, at: datetime) -> Done:
    """Act on the rows; where a batch is refused, halve it until the refused row is alone."""
    recorded = acting(
        via=facts().get("via") or "job",
        user=task.started_by,
        cause=f"bulk:{task.pk}",
        reason=task.note,
    )
    try:
        with transaction.atomic(), recorded:
            return verb_of(task.code).run(ids, task.started_by, at, task.note)
    except DomainError as error:
        if len(ids) == 1:
            return Done(refused={ids[0]: error.message})
        middle = len(ids) // 2
        one, other = (_apply(task, half, at=at) for half in (ids[:middle], ids[middle:]))
        return Done([*one.changed, *other.changed], {**one.refused, **other.refused})


def _result(task: BulkTask, pk: int, done: Done) -> BulkResult:
    result = BulkResult(task=task, row_id=pk, outcome=BulkResult.Outcome.LEFT_ALONE)
    if pk in done.changed:
        result.outcome = BulkResult.Outcome.CHANGED
    elif pk in done.refused:
        result.outcome = BulkResult.Outcome.REFUSED
        result.said = privacy.mask_mobiles(str(done.refused[pk]))
    return result


def _put_back(task: BulkTask, error: Exception, *, at: datetime) -> str:
    """It waits for the next tick, or has failed for good when it was tried often enough."""
    summary = privacy.error_summary(error)
    logger.warning("Bulk action %s interrupted: %s", task.pk, summary)
    if task.attempts >= MOST_ATTEMPTS:
        return _finish(task, BulkTask.State.FAILED, at=at, error=summary)
    _held(task).update(state=BulkTask.State.WAITING, lease_until=None)
    return BulkTask.State.WAITING


def _finish(task: BulkTask, state: str, *, at: datetime, error: str = "") -> str:
    """How it ended, and why where it failed as a whole."""
    _held(task).update(state=state, lease_until=None, finished_at=at, error=error[:500])
    return state


def _held(task: BulkTask) -> QuerySet[BulkTask]:
    """The row, while this run holds its lease: nobody else may say how it ended."""
    return BulkTask.objects.filter(pk=task.pk, state=BulkTask.State.RUNNING, attempts=task.attempts)
