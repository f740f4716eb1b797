"""A carrier is offered for a while without a paper: asked for, decided on by another (FUL-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import Carrier, CarrierException, PaperKind
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.services import filing
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import User

ASK = "fulfillment.ask_carrierexception"
APPROVE = "fulfillment.approve_carrierexception"
MOST_REASON = 200
MOST_DAYS = Setting(
    key="fulfillment.carrier_exception_days",
    clause="FUL-5",
    title=gettext_lazy("A carrier is offered without a valid paper for at most"),
    default=Decimal(14),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)


@dataclass(frozen=True)
class Wanted:
    """Without which paper, up to and with which day, and why."""

    kind: str
    until: date
    reason: str


def ask_for_exception(*, carrier_id: int, wanted: Wanted, actor: User, at: datetime) -> Approval:
    """Somebody else decides whether the carrier is offered without the paper.

    Raises NotAllowed; DomainError without a reason, for a day that is over or too far ahead.
    """
    carrier = Carrier.objects.visible_to(actor).select_related("store").get(pk=carrier_id)
    if not actor.has_perm(ASK, carrier):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": carrier.store})
    today = carrier.store.business_date(at)
    most = int(procedure.value_of(MOST_DAYS.key, store=carrier.store, at=at))
    if not wanted.reason.strip():
        raise DomainError(_("Say why: it is put on record."))
    if not today <= wanted.until <= today + timedelta(days=most):
        raise DomainError(
            _("It ends between today and %(day)s.") % {"day": today + timedelta(days=most)}
        )
    request = filing.Request(
        kind=EXCEPTION.code,
        store=carrier.store,
        subject_key=f"{carrier.pk}:{wanted.kind}",
        subject_label=str(carrier),
        subject=carrier,
        asked={
            "carrier_id": carrier.pk,
            "carrier": carrier.name,
            "kind": wanted.kind,
            "until": wanted.until.isoformat(),
            "reason": wanted.reason.strip()[:MOST_REASON],
        },
    )
    return filing.file_approval(request=request, filer=actor, at=at)


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The last day on which a paper of the kind holds, as far as any is on record."""
    papers = Carrier(pk=asked["carrier_id"]).documents.standing().filter(kind=asked["kind"])
    last = papers.order_by("-valid_until").values_list("valid_until", flat=True).first()
    return {"last": last.isoformat() if last else ""}


def _describe(approval: Approval) -> Description:
    asked = approval.asked
    paper = str(PaperKind(asked["kind"]).label)
    return Description(
        summary=_("%(carrier)s is offered without a valid %(paper)s until %(day)s")
        % {"carrier": asked["carrier"], "paper": paper, "day": asked["until"]},
        changes=[
            Change(paper, approval.snapshot["found"].get("last") or "–", asked["until"]),
            Change(_("Reason"), "", asked["reason"]),
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    """It holds from today on. Raises Conflict where one holds already, or its day is over."""
    asked = approval.asked
    carrier = Carrier.objects.select_related("store").get(pk=asked["carrier_id"])
    today, until = carrier.store.business_date(at), date.fromisoformat(asked["until"])
    if until < today:
        raise Conflict(_("The day until which it was asked for is over."))
    try:
        with transaction.atomic():
            made = CarrierException.objects.create(
                carrier=carrier,
                kind=asked["kind"],
                valid_from=today,
                valid_until=until,
                reason=asked["reason"],
                approval=approval,
            )
    except IntegrityError as error:
        raise Conflict(_("Such an exception holds already.")) from error
    return {"exception": made.pk}


EXCEPTION = Kind(
    code="fulfillment.carrier_exception",
    title=gettext_lazy("Carrier without a valid paper"),
    clause="FUL-5",
    files=ASK,
    decides=APPROVE,
    bands=(Band((Role.OPERATIONS_LEAD, Role.ADMINISTRATOR)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
