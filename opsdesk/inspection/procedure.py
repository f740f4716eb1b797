"""When stores are inspected, who may ask for it, and how long what was seen is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, retention, waiting
from opsdesk.alerts import checks as kinds
from opsdesk.exchange import texts as message_texts
from opsdesk.inspection import numbers, texts
from opsdesk.inspection.services import answering, looking, mailing, signing, walking
from opsdesk.invariants import Invariant
from opsdesk.notices import topics
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opsdesk.schedule.models import Slot


def _schedule(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    assert slot.business_date is not None
    walking.schedule_inspection(store=slot.store, day=slot.business_date, at=at)
    return {}


def _walk(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"inspections": walking.walk_waiting(at=at)}


def _mail(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"sheets": mailing.mail_sheets(at=at)}


JOBS = (
    Job(
        "inspection.morning",
        _("The daily inspection is due"),
        _schedule,
        hour=numbers.STARTS,
    ),
    Job(
        "inspection.walk",
        _("Inspections that wait are carried out"),
        _walk,
        every=timedelta(minutes=1),
    ),
    Job(
        "inspection.mail",
        _("Signed inspection sheets are mailed"),
        _mail,
        every=timedelta(minutes=5),
    ),
)

RESULTS_AGREE = Invariant(
    "inspection.results-agree-with-position",
    "An inspection has a result for each of its checks that is done, and for no other.",
    """
    SELECT r.id, r.position, count(c.id) AS results
    FROM inspection_inspectionrun r LEFT JOIN inspection_checkresult c ON c.run_id = r.id
    GROUP BY r.id
    HAVING r.position <> count(c.id)
    """,
)


DIGESTS_AGREE = Invariant(
    "inspection.sheets-agree-with-digest",
    "The digest of a signed inspection sheet is that of its content.",
    """
    SELECT id, store_id, business_date, sha256
    FROM inspection_inspectionsheet
    WHERE encode(sha256(convert_to(content, 'UTF8')), 'hex') <> sha256
    """,
)


def _oldest_waiting(_at: datetime) -> datetime | None:
    from opsdesk.inspection.models import InspectionRun

    waiting_runs = InspectionRun.objects.under_way().order_by("requested_at")
    return waiting_runs.values_list("requested_at", flat=True).first()


def _ended(before: datetime) -> QuerySet:
    """Their results go with them."""
    from opsdesk.inspection.models import InspectionRun

    return InspectionRun.objects.filter(finished_at__lt=before)


READ = Scope("inspections:read", _("Read inspections"), ("inspection.view_inspectionrun",))


def register() -> None:
    procedure.register(*numbers.SETTINGS)
    scopes.register(READ)
    kinds.register(looking.FAILED, answering.PROBLEM)
    jobs.register(*JOBS)
    topics.register(mailing.TOPIC, texts.SIGNED.title)
    message_texts.register(texts.SIGNED)
    waiting.register("inspections", _oldest_waiting)
    retention.register(Kept("inspections", numbers.RUNS_KEPT, _ended))
    invariants.register(RESULTS_AGREE, DIGESTS_AGREE)
    grant(
        [
            "inspection.view_inspectionrun",
            "inspection.view_checkresult",
            "inspection.view_checkfinding",
            "inspection.view_inspectionsheet",
            "inspection.view_manualitem",
            "inspection.view_manualanswer",
            answering.ANSWER,
        ],
        to=EVERYONE,
    )
    grant([walking.RUN], to=[Role.OPERATIONS_LEAD, Role.SERVICE_LEAD, Role.ADMINISTRATOR])
    grant(
        ["inspection.add_manualitem", "inspection.change_manualitem", signing.SIGN],
        to=[Role.OPERATIONS_LEAD],
    )
