"""Slots: made when due, run once, caught up when missed, parked when they keep failing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.alerts import checks
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert
from opsdesk.audit.context import acting
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot, this_holder
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=11)
"""Longer than any task may run: a slot still running after it was left by a dead worker. Mostly
its lost connection tells so at once."""

MOST_ATTEMPTS = 3

PARKED = checks.AlertKind(
    code="schedule.parked",
    title=_("A scheduled job keeps failing"),
    runbook=_(
        "Read the error of the run and mend its cause. The job's later runs go on by themselves."
    ),
    evidence={"job": _("job"), "slot": _("slot"), "error": _("error")},
)


def make_due_slots(*, at: datetime) -> int:
    """Every slot due at or before `at` exists afterwards, once. Returns how many are new.

    Two ticks at once, or a tick after an hour's silence, leave the same rows: the database holds
    (job, store, moment) unique.
    """
    made = 0
    for job in jobs.all_jobs():
        for store in _stores_of(job):
            last = (
                Slot.objects.filter(job=job.code, store=store)
                .order_by("-slot_at")
                .values_list("slot_at", flat=True)
                .first()
            )
            start = max(last, at - jobs.CATCH_UP) if last else at - (job.every or jobs.CATCH_UP / 2)
            made += len(
                Slot.objects.bulk_create(
                    [
                        Slot(job=job.code, store=store, slot_at=moment, business_date=day)
                        for moment, day in job.slots_between(start, at, store)
                    ],
                    ignore_conflicts=True,
                )
            )
    return made


def _stores_of(job: jobs.Job) -> list[Store | None]:
    return list(Store.objects.active()) if job.is_per_store else [None]


def run_waiting_slots(*, at: datetime) -> dict[str, int]:
    """Every slot that waits is run or covered. Returns counts by final state."""
    counts: dict[str, int] = {}
    for slot_id in waiting_slots(at=at):
        state = run_slot(slot_id, at=at)
        if state:
            counts[state] = counts.get(state, 0) + 1
    return counts


def waiting_slots(*, at: datetime) -> Iterator[int]:
    """Ids of slots to run, oldest first; where one run covers several, the others are marked."""
    latest: dict[tuple[str, int | None], int] = {}
    rows = Slot.objects.waiting(at).order_by("slot_at", "pk").values_list("pk", "job", "store_id")
    for pk, code, store_id in rows:
        if jobs.is_known(code) and jobs.get(code).each_slot:
            yield pk
            continue
        covered = latest.get((code, store_id))
        if covered:
            _cover(covered, by=pk, at=at)
        latest[(code, store_id)] = pk
    yield from latest.values()


@transaction.atomic
def _cover(slot_id: int, *, by: int, at: datetime) -> None:
    """The later run does for this one, and counts its attempts: a job that fails every minute
    would otherwise begin anew each time, and nobody be told."""
    slot = Slot.objects.waiting(at).filter(pk=slot_id).select_for_update().first()
    if slot is None:
        return
    Slot.objects.filter(pk=slot_id).update(
        state=Slot.State.COVERED, lease_until=None, finished_at=at
    )
    if slot.attempts:
        Slot.objects.filter(pk=by, state=Slot.State.DUE, attempts__lt=slot.attempts).update(
            attempts=slot.attempts
        )


def run_slot(slot_id: int, *, at: datetime) -> str | None:
    """The slot has run, once, whoever else tries. None: somebody else has it.

    A run that raises is tried again by a later tick, three times in all; then it is parked with an
    alert and the others go on. When the task's time is up, that is recorded and raised again: it
    is the tick that has to end.
    """
    claimed = (
        Slot.objects.waiting(at)
        .filter(pk=slot_id)
        .update(
            state=Slot.State.RUNNING,
            claimed_at=at,
            lease_until=at + LEASE,
            holder=this_holder(),
            attempts=F("attempts") + 1,
        )
    )
    if not claimed:
        return None
    slot = Slot.objects.select_related("store").get(pk=slot_id)
    if slot.attempts > MOST_ATTEMPTS:
        return _fail(slot, _("Its worker died each time."), at=at)
    try:
        with acting(via="job", cause=f"slot:{slot.job} {slot.slot_at:%Y-%m-%dT%H:%MZ}"):
            result = jobs.get(slot.job).run(slot, at)
    except SoftTimeLimitExceeded as error:
        _fail(slot, privacy.error_summary(error), at=at)
        raise
    except Exception as error:
        logger.exception("Job %s failed in slot %s", slot.job, slot.pk)
        return _fail(slot, privacy.error_summary(error), at=at)
    _close_parked(slot.job, at=at)
    _leave(slot, Slot.State.DONE, finished_at=at, result=result)
    return Slot.State.DONE


def _close_parked(job: str, *, at: datetime) -> None:
    """The job works again: the alert of its earlier failures closes itself."""
    stores = Alert.objects.open().filter(check_code=PARKED.code, key=job).values_list("store_id")
    for (store_id,) in stores:
        alerts.close_themselves(store_id=store_id, check_code=PARKED.code, keys=[job], at=at)


def _leave(slot: Slot, state: str, **fields: object) -> bool:
    """Only the holder of the lease may say how it ended. False: another worker has it by now."""
    mine = Slot.objects.filter(pk=slot.pk, state=Slot.State.RUNNING, attempts=slot.attempts)
    return bool(mine.update(state=state, lease_until=None, **fields))


def _fail(slot: Slot, error: object, *, at: datetime) -> str:
    text = str(error)[:2000]
    if slot.attempts < MOST_ATTEMPTS:
        _leave(slot, Slot.State.DUE, error=text)
        return Slot.State.DUE
    with transaction.atomic():
        # A run that only found that its worker had died each time was none.
        runs = min(slot.attempts, MOST_ATTEMPTS)
        if _leave(slot, Slot.State.PARKED, finished_at=at, error=text, attempts=runs):
            _raise_parked(slot, text, at=at)
    return Slot.State.PARKED


def _raise_parked(slot: Slot, error: str, *, at: datetime) -> None:
    for store in [slot.store] if slot.store else Store.objects.active():
        alerts.raise_findings(
            store_id=store.pk,
            check_code=PARKED.code,
            findings=[
                alerts.Finding(
                    key=slot.job,
                    subject_label=jobs.title_of(slot.job),
                    owner_role=Role.ADMINISTRATOR,
                    severity="critical",
                    evidence={"job": slot.job, "slot": slot.slot_at, "error": error[:300]},
                )
            ],
            at=at,
        )
