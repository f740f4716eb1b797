"""Walking through a store: asked for, carried out check by check, gone on with where left (INS)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.audit.context import acting
from opsdesk.db import is_taken, is_unavailable, lock_name
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.inspection import checks, tasks
from opsdesk.inspection.models import InspectionRun
from opsdesk.inspection.numbers import MOST_SECONDS
from opsdesk.inspection.services.looking import LEASE, TakenOver, give_up, held, look
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

logger = logging.getLogger(__name__)

RUN = "inspection.run_inspection"
MOST_ATTEMPTS = 3
State = InspectionRun.State


def ask_for_inspection(
    *,
    store: Store,
    actor: User | None,
    at: datetime,
    codes: Sequence[str] | None = None,
    waits_for_worker: bool = True,
) -> InspectionRun:
    """A run of these checks, else of all, waits; the worker is told.

    `actor` None is the command. Raises NotAllowed, and Conflict where one that was asked for is
    under way.
    """
    if actor is not None and not actor.has_perm(RUN, store):
        raise NotAllowed(_("You may not inspect %(store)s.") % {"store": store})
    with transaction.atomic():
        lock_name(f"inspection.ask:{store.pk}")
        if InspectionRun.objects.under_way().filter(store=store, is_scheduled=False).exists():
            raise Conflict(_("An inspection of this store is under way: wait for its end."))
        run = InspectionRun.objects.create(
            store=store,
            business_date=store.business_date(at),
            requested_by=actor,
            codes=list(codes or _all_codes()),
            requested_at=at,
        )
        if waits_for_worker:
            hint(tasks.walk_through, run.pk)
    return run


def schedule_inspection(*, store: Store, day: date, at: datetime) -> None:
    """The day's run waits, once. Safe to repeat, also at once."""
    run = InspectionRun(
        store=store, business_date=day, is_scheduled=True, codes=_all_codes(), requested_at=at
    )
    InspectionRun.objects.bulk_create([run], ignore_conflicts=True)


def _all_codes() -> list[str]:
    return [check.code for check in checks.all_checks()]


def walk_waiting(*, at: datetime) -> int:
    """Every run that waits is walked, oldest first. Returns how many ended."""
    ids = list(InspectionRun.objects.waiting(at).order_by("pk").values_list("pk", flat=True))
    return sum(walk(pk, at=at) == State.DONE for pk in ids)


def walk(run_id: int, *, at: datetime) -> str | None:
    """The run goes on from where it stands. None: another has it, or another of the store runs.

    Trouble that passes (the database restarts, the time is up) puts it back for the next tick. A
    check at which workers die is given up, said to be unchecked, and the others go on.
    """
    if not _claim(run_id, at):
        return None
    run = InspectionRun.objects.select_related("store", "requested_by").get(pk=run_id)
    seconds = float(procedure.value_of(MOST_SECONDS.key, store=run.store, at=at))
    try:
        with (
            acting(via="job", user=run.requested_by, cause=f"inspection:{run.pk}"),
            checks.sharing(),
        ):
            _walk(run, seconds, at=at)
    except TakenOver:
        return None
    except SoftTimeLimitExceeded:
        _put_back(run)
        raise
    except Exception as error:
        if not is_unavailable(error):
            raise
        logger.warning("Inspection %s interrupted: %s", run.pk, privacy.error_summary(error))
        connection.close_if_unusable_or_obsolete()
        return _put_back(run)
    return State.DONE


def _claim(run_id: int, at: datetime) -> bool:
    waiting = InspectionRun.objects.waiting(at).filter(pk=run_id)
    try:
        with transaction.atomic():
            claimed = waiting.update(
                state=State.RUNNING, lease_until=Now() + LEASE, attempts=F("attempts") + 1
            )
    except IntegrityError as error:
        # Another one of this store is running: this one's turn comes after it.
        if not is_taken(error):
            raise
        return False
    InspectionRun.objects.filter(pk=run_id, started_at=None).update(started_at=at)
    return bool(claimed)


def _walk(run: InspectionRun, seconds: float, *, at: datetime) -> None:
    while run.position < len(run.codes):
        code = run.codes[run.position]
        # What killed its worker before it could say so would kill the next one, too.
        if run.attempts > MOST_ATTEMPTS:
            give_up(run, code, at=at)
        else:
            look(run, code, seconds=seconds, at=at)
    held(run).update(state=State.DONE, lease_until=None, finished_at=at)


def _put_back(run: InspectionRun) -> str:
    held(run).update(state=State.WAITING, lease_until=None)
    return State.WAITING
