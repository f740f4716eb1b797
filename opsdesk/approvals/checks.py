"""What raises alerts here: requests overdue or failed, emergencies nobody has reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Alert, Severity
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.models.requests import ApprovalQuerySet
from opsdesk.approvals.services.finding import finding_on, stores_concerned
from opsdesk.inspection.checks import Check, Seen
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

State = Approval.State

UNDECIDED_TOLD_FOR = Setting(
    key="approvals.undecided_told_for",
    clause="INS-9",
    title=_("A request that nobody decided on is told of for"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(90),
)
CARRIED_OUT_WITHIN = Setting(
    key="approvals.carried_out_within",
    clause="INS-9",
    title=_("What was agreed to is carried out within"),
    default=Decimal(30),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)

NOT_CARRIED_OUT = AlertKind(
    code="approvals.not_carried_out",
    title=_("An approved request was not carried out"),
    runbook=_("Read why on the request's page. File it anew if it is still wanted."),
    evidence={"why": _("why"), "note": _("note"), "filed_by": _("filed by")},
)
EMERGENCY = AlertKind(
    code="approvals.emergency",
    title=_("Carried out in an emergency, to be reviewed"),
    runbook=_(
        "Somebody who neither filed the request nor declared the emergency looks at it and "
        "writes down what they found. The alert comes back until then."
    ),
    evidence={"reason": _("reason"), "declared_by": _("declared by")},
)

OVERDUE = AlertKind(
    code="approvals.overdue",
    title=_("A request is overdue"),
    clause="INS-9",
    runbook=_(
        "What nobody decided on in time is filed anew if it is still wanted, and decided this "
        "time. What was agreed to and not carried out waits for a worker: see whether one runs. "
        "The next inspection closes the alert then."
    ),
    evidence={"stands": _("stands"), "since": _("since"), "filed_by": _("filed by")},
    words={
        "stands": {
            State.EXPIRED.value: _("nobody decided in time"),
            State.APPROVED.value: _("agreed to, and not carried out"),
        }
    },
)


def report_failure(approval: Approval, *, at: datetime) -> None:
    """An alert on the request that was approved and did not take effect."""
    finding = finding_on(
        approval,
        severity=Severity.CRITICAL,
        evidence={
            "why": str(approval.get_why_display()),
            "note": approval.note,
            "filed_by": str(approval.filer),
        },
    )
    for store_id in stores_concerned(approval):
        alerts.raise_findings(
            store_id=store_id, check_code=NOT_CARRIED_OUT.code, findings=[finding], at=at
        )


def report_emergencies(*, at: datetime) -> int:
    """A critical alert for each emergency nobody has reviewed, and none for the others.

    An alert that somebody resolved without a review is opened again. Safe to repeat.
    """
    found: dict[int, list[alerts.Finding]] = {
        store_id: []
        for store_id in Alert.objects.open()
        .filter(check_code=EMERGENCY.code)
        .values_list("store_id", flat=True)
    }
    waiting = Emergency.objects.to_review().select_related("approval", "declared_by")
    for emergency in waiting.order_by("pk"):
        finding = finding_on(
            emergency.approval,
            severity=Severity.CRITICAL,
            evidence={"reason": emergency.reason, "declared_by": str(emergency.declared_by)},
            deadline_at=emergency.review_due_at,
        )
        for store_id in stores_concerned(emergency.approval):
            found.setdefault(store_id, []).append(finding)
    for store_id, findings in sorted(found.items()):
        alerts.report(EMERGENCY, findings, store_id=store_id, at=at)
    return len(waiting)


def look_for_overdue(store: Store, *, at: datetime) -> dict[str, int]:
    """One open alert per request of the store, or of all stores, that is overdue; others close.

    Nobody decided in time and nobody filed it anew, or it was agreed to and is not carried out. An
    alert of one that failed closes once it is filed anew. Returns how many of each; a fixed number
    of statements.
    """
    here = Approval.objects.filter(Q(store=store) | Q(store=None))
    overdue = list(_overdue(here, store, at).select_related("filer").order_by("pk"))
    findings = [_finding(approval) for approval in overdue]
    alerts.report(OVERDUE, findings, store_id=store.pk, at=at)
    failed = here.filter(state__in=[State.FAILED, State.VOIDED]).filter(_filed_anew())
    keys = _open_keys(store, NOT_CARRIED_OUT)
    done = failed.filter(pk__in=keys).values_list("pk", flat=True)
    alerts.close_themselves(
        store_id=store.pk, check_code=NOT_CARRIED_OUT.code, keys=map(str, done), at=at
    )
    waiting = sum(approval.state == State.APPROVED for approval in overdue)
    return {"undecided": len(overdue) - waiting, "not_carried_out": waiting}


def _overdue(here: ApprovalQuerySet, store: Store, at: datetime) -> ApprovalQuerySet:
    settings = [UNDECIDED_TOLD_FOR.key, CARRIED_OUT_WITHIN.key]
    numbers = procedure.numbers_of(settings, store=store, channel=None, at=at)
    told_since = at - timedelta(days=int(numbers[UNDECIDED_TOLD_FOR.key].value))
    agreed_by = at - timedelta(minutes=float(numbers[CARRIED_OUT_WITHIN.key].value))
    undecided = Q(state=State.EXPIRED, ended_at__gte=told_since) & ~_filed_anew()
    return here.filter(
        undecided
        | Q(state=State.PENDING, expires_at__lte=at)
        | Q(state=State.APPROVED, decided_at__lte=agreed_by)
    )


def _filed_anew() -> Q:
    """There is a later request of the same kind about the same thing."""
    same = Approval.objects.filter(
        kind=OuterRef("kind"), subject_key=OuterRef("subject_key"), pk__gt=OuterRef("pk")
    )
    of_the_store = Q(store=OuterRef("store")) | Q(store=None)
    return Q(replaced_by__isnull=False) | Q(Exists(same.filter(of_the_store)))


def _open_keys(store: Store, kind: AlertKind) -> list[int]:
    here = Alert.objects.open().filter(store=store, check_code=kind.code)
    return [int(key) for key in here.values_list("key", flat=True)]


def _finding(approval: Approval) -> alerts.Finding:
    is_agreed = approval.state == State.APPROVED
    since = approval.decided_at if is_agreed else approval.expires_at
    assert since is not None
    found = finding_on(
        approval,
        severity=Severity.CRITICAL if is_agreed else Severity.WARNING,
        evidence={
            "stands": (State.APPROVED if is_agreed else State.EXPIRED).value,
            "since": since.isoformat(),
            "filed_by": str(approval.filer),
        },
    )
    deciding = Role(approval.roles[0]) if approval.roles else Role.OPERATIONS_LEAD
    return replace(found, owner_role=Role.ADMINISTRATOR if is_agreed else deciding)


def _look(store: Store, at: datetime) -> Seen:
    figures = look_for_overdue(store, at=at)
    report_emergencies(at=at)
    pending = Approval.objects.filter(Q(store=store) | Q(store=None)).pending(at)
    to_review = Emergency.objects.to_review().filter(
        Q(approval__store=store) | Q(approval__store=None)
    )
    late = to_review.filter(review_due_at__lte=at)
    return Seen(
        figures={
            "pending": pending.count(),
            **figures,
            "emergencies": to_review.count(),
            "reviews_late": late.count(),
        }
    )


DECIDED = Check(
    code="INS-9.approvals",
    title=_("Requests are decided and carried out in time"),
    looks_at=_(
        "Requests that ran out undecided and were not filed anew, those that were agreed to and "
        "not carried out, and what was carried out in an emergency and nobody has reviewed."
    ),
    steps=(
        _("Open the finding: the request says who may decide, and until when."),
        _("File it anew if it is still wanted, and have it decided today."),
        _("Review what was done in an emergency, and write down what you found."),
    ),
    owner_role=Role.OPERATIONS_LEAD,
    kinds=(OVERDUE, NOT_CARRIED_OUT, EMERGENCY),
    look=_look,
    numbers=(UNDECIDED_TOLD_FOR, CARRIED_OUT_WITHIN),
    figures={
        "pending": _("requests to decide"),
        "undecided": _("not decided in time"),
        "not_carried_out": _("agreed to and not carried out"),
        "emergencies": _("emergencies to review"),
        "reviews_late": _("of them overdue"),
    },
)
