"""Parcels that are under way are stopped on request, if their carriers can (FUL-7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import Intercept, Parcel, Progress
from fulfillment.models.tracking import Source
from fulfillment.services import tracking
from opsdesk.db import is_taken, retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.rules import Rule
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User

INTERCEPT = "fulfillment.intercept_parcel"
MOST_REASON, MOST_ANSWER = 200, 300

WITHIN = Setting(
    key="fulfillment.intercept_within",
    clause="FUL-7",
    title=gettext_lazy("Carriers say within this time whether they stop a parcel"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
CLOCK = Rule(
    code="fulfillment.intercept",
    clause="FUL-7",
    title=gettext_lazy("Carrier to say whether a parcel is stopped"),
    setting=WITHIN.key,
    subject="fulfillment.intercept",
    starts="asked_at",
    reached="answered_at",
    owner_role=Role.CUSTOMER_SERVICE,
    severity="warning",
)


def ask_to_intercept(*, parcel_id: int, reason: str, actor: User | None, at: datetime) -> Intercept:
    """The carrier is asked to stop the parcel, and its clock runs.

    Raises Conflict for a parcel that is not under way, or that somebody asked for already; its
    words say so. Locks the parcel.
    """
    if not reason.strip():
        raise DomainError(_("Say why: it is put on record."))
    return retrying(partial(_ask, parcel_id, reason.strip()[:MOST_REASON], actor=actor, at=at))


@transaction.atomic
def _ask(parcel_id: int, reason: str, *, actor: User | None, at: datetime) -> Intercept:
    parcels = Parcel.objects.select_related("warehouse", "store", "carrier")
    parcel = parcels.locked().get(pk=parcel_id)
    _require(parcel, actor)
    if parcel.state != Parcel.State.HANDED_OVER:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    try:
        with transaction.atomic():
            request = Intercept.objects.create(
                parcel=parcel, reason=reason, asked_at=at, asked_by=actor
            )
    except IntegrityError as error:
        if not is_taken(error):
            raise
        raise Conflict(
            _("The carrier was asked already to stop parcel %(parcel)s.") % {"parcel": parcel}
        ) from error
    subject = deadlines.Subject(request.pk, parcel.waybill, at)
    deadlines.start(Intercept, [subject], on="asked_at", store=parcel.store, channel=None, at=at)
    return request


def put_down_answer(
    *, intercept_id: int, is_stopped: bool, answer: str, actor: User | None, at: datetime
) -> Intercept:
    """What the carrier said is on record; a parcel that is stopped comes back (FUL-7).

    Raises Conflict where an answer is known. Locks orders and parcel, then the request.
    """
    if not answer.strip():
        raise DomainError(_("Put down what the carrier said."))
    work = partial(_answer, intercept_id, is_stopped, answer.strip()[:MOST_ANSWER])
    return retrying(partial(work, actor=actor, at=at))


@transaction.atomic
def _answer(
    intercept_id: int, is_stopped: bool, answer: str, *, actor: User | None, at: datetime
) -> Intercept:
    known = Intercept.objects.select_related("parcel__store").get(pk=intercept_id)
    _require(known.parcel, actor)
    tracking.hold([known.parcel_id])
    request = Intercept.objects.locked().get(pk=intercept_id)
    if request.state != Intercept.State.ASKED:
        raise Conflict(
            _("The carrier's answer is known: %(state)s.") % {"state": request.get_state_display()}
        )
    request.state = Intercept.State.STOPPED if is_stopped else Intercept.State.FAILED
    request.answer, request.answered_at, request.answered_by = answer, at, actor
    request.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    deadlines.reach(Intercept, [request.pk], reached="answered_at", at=at)
    if is_stopped:
        seen = tracking.Seen(at=at, state=Progress.RETURNING, text=answer)
        tracking.store_events(
            [(known.parcel_id, seen)], store=known.parcel.store, source=Source.PERSON, at=at
        )
    return request


def _require(parcel: Parcel, actor: User | None) -> None:
    """Raises NotAllowed unless the person may have parcels of this warehouse stopped."""
    seen = Parcel.objects.filter(pk=parcel.pk)
    if actor is not None and not (
        actor.has_perm(INTERCEPT, parcel) and seen.visible_to(actor).exists()
    ):
        raise NotAllowed(_("You may not have this parcel stopped."))
