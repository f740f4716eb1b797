"""Papers of carriers that run out, and files that are not what they were (FUL-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from fulfillment.models import Carrier, CarrierDocument, PaperKind
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.services.contract_watch import GONE, digest_of

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

WARNED_AHEAD = Setting(
    key="fulfillment.carrier_paper_warning",
    clause="FUL-5",
    title=_("A carrier's paper that runs out is warned of ahead"),
    default=Decimal(30),
    unit=Unit.DAYS,
    maximum=Decimal(365),
)
_EVIDENCE = {"kind": _("kind"), "number": _("number"), "valid_until": _("valid until")}
_WORDS = {"kind": dict(PaperKind.choices)}
EXPIRING = AlertKind(
    code="fulfillment.carrier_paper_expiring",
    title=_("A carrier's paper runs out soon"),
    clause="FUL-5",
    runbook=_(
        "Ask the carrier for the new paper and hand it in on the carrier's page, beside the old "
        "one; the alert closes itself."
    ),
    evidence=_EVIDENCE,
    words=_WORDS,
)
EXPIRED = AlertKind(
    code="fulfillment.carrier_paper_expired",
    title=_("A carrier's paper has run out"),
    clause="FUL-5",
    runbook=_(
        "Until the new paper is on record the carrier is not offered for what needs it. Hand it in "
        "on the carrier's page; the alert closes itself."
    ),
    evidence=_EVIDENCE,
    words=_WORDS,
)
ALTERED = AlertKind(
    code="fulfillment.carrier_paper_altered",
    title=_("A carrier's paper is gone or was altered"),
    clause="FUL-5",
    runbook=_(
        "The file on the disk is not the one whose digest is on record. Find out who had access "
        "to the server, and bring the file back from a backup. The alert closes once it is what "
        "it was."
    ),
    evidence={
        "number": _("paper"),
        "expected": _("digest on record"),
        "found": _("digest found"),
    },
    words={"found": {GONE: _("the file is gone")}},
)


def look(store: Store, *, at: datetime) -> int:
    """One alert per paper of an active carrier that has run out or soon will.

    Of the papers of one kind the one that holds longest counts, so an alert closes when a newer one
    is there. Returns how many have run out. Safe to repeat.
    """
    day = store.business_date(at)
    ahead = procedure.value_of(WARNED_AHEAD.key, store=store, at=at)
    papers = CarrierDocument.objects.standing().filter(
        carrier__store=store, carrier__is_active=True
    )
    last = _last_of_each(papers.select_related("carrier").order_by("pk"))
    over = [paper for paper in last if paper.valid_until < day]
    soon_until = day + timedelta(days=int(ahead))
    soon = [paper for paper in last if day <= paper.valid_until <= soon_until]
    alerts.report(EXPIRING, _findings(soon, Severity.WARNING), store_id=store.pk, at=at)
    alerts.report(EXPIRED, _findings(over, Severity.CRITICAL), store_id=store.pk, at=at)
    return len(over)


def _last_of_each(papers: Iterable[CarrierDocument]) -> list[CarrierDocument]:
    last: dict[tuple[int, str], CarrierDocument] = {}
    for paper in papers:
        key = (paper.carrier_id, paper.kind)
        if key not in last or paper.valid_until > last[key].valid_until:
            last[key] = paper
    return list(last.values())


def _findings(papers: Sequence[CarrierDocument], severity: str) -> list[alerts.Finding]:
    content_type = ContentType.objects.get_for_model(Carrier)
    return [
        alerts.Finding(
            key=f"{paper.carrier_id}:{paper.kind}",
            subject_type_id=content_type.pk,
            subject_id=paper.carrier_id,
            subject_label=str(paper.carrier),
            owner_role=Role.OPERATIONS_LEAD,
            severity=severity,
            evidence={
                "kind": paper.kind,
                "number": paper.number,
                "valid_until": paper.valid_until.isoformat(),
            },
        )
        for paper in papers
    ]


def verify_files(store: Store, *, at: datetime) -> int:
    """One critical alert per paper whose file is not what was kept. Returns how many.

    Reads every file. Safe to repeat; an alert closes once the file is there again.
    """
    content_type = ContentType.objects.get_for_model(Carrier)
    findings = [
        alerts.Finding(
            key=str(paper.pk),
            subject_type_id=content_type.pk,
            subject_id=paper.carrier_id,
            subject_label=str(paper.carrier),
            owner_role=Role.OPERATIONS_LEAD,
            severity=Severity.CRITICAL,
            evidence={"number": paper.number, "expected": paper.sha256, "found": found},
        )
        for paper in CarrierDocument.objects.filter(carrier__store=store).select_related("carrier")
        if (found := digest_of(str(paper.file))) != paper.sha256
    ]
    alerts.report(ALTERED, findings, store_id=store.pk, at=at)
    return len(findings)


def _look(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    return {"expired": look(slot.store, at=at), "altered": verify_files(slot.store, at=at)}


JOB = Job(
    "fulfillment.watch_carrier_papers",
    _("Papers of carriers are valid, and what they were"),
    _look,
    daily_at=time(4, 5),
)
