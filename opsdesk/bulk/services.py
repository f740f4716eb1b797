"""Bulk actions: started by a person, carried out in chunks, resumed where a worker died."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.functional import Promise

from opsdesk import privacy
from opsdesk.audit.context import acting
from opsdesk.bulk import tasks
from opsdesk.bulk.models import BulkTask
from opsdesk.db import is_unavailable, retrying
from opsdesk.errors import DomainError
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import User

logger = logging.getLogger(__name__)

CHUNK = 200
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Verb:
    """`run(ids, actor, at, note)` acts on rows and returns how many it changed."""

    code: str
    title: str | Promise
    run: Callable[[Sequence[int], User, datetime, str], int]


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
    verb_of(code)
    with transaction.atomic():
        task = BulkTask.objects.create(
            code=code,
            row_ids=list(row_ids),
            total=len(row_ids),
            note=note,
            started_by=actor,
            started_at=at,
        )
        hint(tasks.run_bulk_task, task.pk)
    return task


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
    """The next rows are dealt with, and the position says so, together. False: none are left."""
    locked = BulkTask.objects.select_for_update().get(pk=task.pk)
    if locked.attempts != task.attempts or locked.state != BulkTask.State.RUNNING:
        return False
    ids = locked.row_ids[locked.position : locked.position + CHUNK]
    if not ids:
        return False
    refusals: list[str] = []
    changed = _apply(task, ids, refusals, at=at)
    BulkTask.objects.filter(pk=task.pk).update(
        position=F("position") + len(ids),
        changed=F("changed") + changed,
        lease_until=Now() + LEASE,
        **({"error": refusals[-1][:500]} if refusals else {}),
    )
    return True


def _apply(task: BulkTask, ids: Sequence[int], refusals: list[str], *, at: datetime) -> int:
    """Act on the rows; where a batch is refused, halve it until the refused row is alone."""
    recorded = acting(via="job", user=task.started_by, cause=f"bulk:{task.pk}", reason=task.note)
    try:
        with transaction.atomic(), recorded:
            return verb_of(task.code).run(ids, task.started_by, at, task.note)
    except DomainError as error:
        if len(ids) == 1:
            refusals.append(privacy.mask_mobiles(error.message))
            return 0
        middle = len(ids) // 2
        halves = (ids[:middle], ids[middle:])
        return sum(_apply(task, half, refusals, at=at) for half in halves)


def _put_back(task: BulkTask, error: Exception, *, at: datetime) -> str:
    """It waits for the next tick, or has failed for good when it was tried often enough."""
    summary = privacy.error_summary(error)
    logger.warning("Bulk action %s interrupted: %s", task.pk, summary)
    if task.attempts >= MOST_ATTEMPTS:
        return _finish(task, BulkTask.State.FAILED, at=at, error=summary)
    _held(task).update(state=BulkTask.State.WAITING, lease_until=None)
    return BulkTask.State.WAITING


def _finish(task: BulkTask, state: str, *, at: datetime, error: str = "") -> str:
    """How it ended. What the last refused row said stays where nothing worse happened."""
    values = {"error": error[:500]} if error else {}
    _held(task).update(state=state, lease_until=None, finished_at=at, **values)
    return state


def _held(task: BulkTask) -> QuerySet[BulkTask]:
    """The row, while this run holds its lease: nobody else may say how it ended."""
    return BulkTask.objects.filter(pk=task.pk, state=BulkTask.State.RUNNING, attempts=task.attempts)
