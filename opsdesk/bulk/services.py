"""Bulk actions: started by a person, carried out in chunks, resumed where a worker died."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise

from opsdesk.bulk import tasks
from opsdesk.bulk.models import BulkTask
from opsdesk.db import retrying
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
    """Carry the action out from where it stands. None: somebody else has it, or it is over."""
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
    except Exception as error:
        logger.exception("Bulk action %s failed at row %s", task.pk, task.position)
        return _finish(
            task, BulkTask.State.FAILED, at=at, error=f"{type(error).__name__}: {error}"[:500]
        )
    return _finish(task, BulkTask.State.DONE, at=at)


def _chunk(task: BulkTask, *, at: datetime) -> bool:
    """The next rows are dealt with, and the position says so, together. False: none are left."""
    locked = BulkTask.objects.select_for_update().get(pk=task.pk)
    if locked.attempts != task.attempts or locked.state != BulkTask.State.RUNNING:
        return False
    ids = locked.row_ids[locked.position : locked.position + CHUNK]
    if not ids:
        return False
    changed = verb_of(locked.code).run(ids, task.started_by, at, locked.note)
    BulkTask.objects.filter(pk=task.pk).update(
        position=F("position") + len(ids),
        changed=F("changed") + changed,
        lease_until=F("lease_until") + LEASE,
    )
    return True


def _finish(task: BulkTask, state: str, *, at: datetime, error: str = "") -> str:
    """Only the holder of the lease may say how it ended."""
    BulkTask.objects.filter(
        pk=task.pk, state=BulkTask.State.RUNNING, attempts=task.attempts
    ).update(state=state, lease_until=None, finished_at=at, error=error)
    return state
