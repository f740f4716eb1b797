"""The supplier is asked whether a presale's goods come in time, and what is answered (CAT-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PresaleLot, SupplierAnswer
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.rules import Rule
from opsdesk.deadlines.services import Subject
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

Kind = SupplierAnswer.Kind
State = PresaleLot.State
ANSWER = "catalog.change_presalelot"
STILL_TO_SUPPLY = (State.DRAFT, State.OPEN, State.ENDED)

ANSWERED_WITHIN = Setting(
    key="catalog.presale_answered_within",
    clause="CAT-11",
    title=gettext_lazy("Suppliers answer about a presale's goods within"),
    default=Decimal(2 * 24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
HANDLING = Setting(
    key="catalog.presale_handling",
    clause="CAT-11",
    title=gettext_lazy("A presale's goods are in stock so long before the promised ship date"),
    default=Decimal(1),
    unit=Unit.DAYS,
    maximum=Decimal(30),
)
CONFIRMED_AHEAD = Setting(
    key="catalog.presale_confirmed_ahead",
    clause="CAT-11",
    title=gettext_lazy("A presale's goods are confirmed so long before the promised ship date"),
    default=Decimal(5),
    unit=Unit.DAYS,
    maximum=Decimal(180),
)
RULE = Rule(
    code="catalog.presale_answer",
    clause="CAT-11",
    title=gettext_lazy("Supplier to answer about a presale"),
    setting=ANSWERED_WITHIN.key,
    subject="catalog.presalelot",
    starts="asked_at",
    reached="answered_at",
    owner_role=Role.CATALOG_OPERATOR,
)


@dataclass(frozen=True)
class Lead:
    """How many days before the promised ship date goods are in, and confirmed, in a store."""

    handling: int
    confirmed: int

    def needed_on(self, lot: PresaleLot) -> date:
        """The last day on which the goods may come in and still leave as promised."""
        return lot.promised_on - timedelta(days=self.handling)

    def confirmed_by(self, lot: PresaleLot) -> date:
        """The last day on which the supplier may confirm before somebody has to look after it."""
        return lot.promised_on - timedelta(days=self.confirmed)

    def is_kept(self, lot: PresaleLot) -> bool:
        """The supplier confirmed a day that leaves time to handle the goods."""
        return lot.confirmed_for is not None and lot.confirmed_for <= self.needed_on(lot)


def lead_of(store: Store, *, at: datetime) -> Lead:
    """The store's numbers at that moment. One query."""
    keys = [HANDLING.key, CONFIRMED_AHEAD.key]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    return Lead(*(int(numbers[key].value) for key in keys))


def ask_supplier(*, lot_id: int, note: str = "", actor: User, at: datetime) -> None:
    """The supplier owes an answer: its clock runs. Raises NotAllowed, Conflict where one is owed.

    An earlier answer no longer counts; it stays in the history. Locks the lot.
    """
    with transaction.atomic():
        lot = _locked(lot_id, actor)
        if lot.asked_at is not None and lot.answered_at is None:
            raise Conflict(_("The supplier was asked and has not answered yet."))
        lot.asked_at, lot.answered_at, lot.confirmed_for = at, None, None
        lot.save(update_fields=["asked_at", "answered_at", "confirmed_for"])
        SupplierAnswer.objects.create(lot=lot, kind=Kind.ASKED, note=note, entered_by=actor, at=at)
        deadlines.start(
            PresaleLot,
            [Subject(lot.pk, str(lot), at, lot.price * lot.offered)],
            on=RULE.starts,
            store=lot.store,
            channel=lot.channel,
            at=at,
        )


def record_answer(
    *,
    lot_id: int,
    day: date | None,
    paper: str = "",
    note: str = "",
    actor: User,
    at: datetime,
) -> None:
    """What the supplier says is on record: goods in stock on `day`, or, without one, refused.

    A day that is too late is recorded as it was said; the next look raises the alert. A newer
    answer takes the place of an earlier one. Raises NotAllowed, Conflict where nobody was asked,
    and DomainError without a paper or a note that it stands on. Locks the lot; its clock is met.
    """
    if not paper.strip() and not note.strip():
        raise DomainError(_("Name the paper the answer stands on, or note how it came."))
    with transaction.atomic():
        lot = _locked(lot_id, actor)
        if lot.asked_at is None:
            raise Conflict(_("The supplier has not been asked yet."))
        lot.answered_at, lot.confirmed_for = at, day
        lot.save(update_fields=["answered_at", "confirmed_for"])
        SupplierAnswer.objects.create(
            lot=lot,
            kind=Kind.CONFIRMED if day else Kind.REFUSED,
            day=day,
            paper=paper,
            note=note,
            entered_by=actor,
            at=at,
        )
        deadlines.reach(PresaleLot, [lot.pk], reached=RULE.reached, at=at)


def _locked(lot_id: int, actor: User) -> PresaleLot:
    lots = PresaleLot.objects.visible_to(actor).select_for_update(of=("self",))
    lot = lots.select_related("store", "sku", "channel").filter(pk=lot_id).first()
    if lot is None or lot.state not in STILL_TO_SUPPLY:
        raise Conflict(_("Nothing is to be supplied for this presale any more."))
    if not actor.has_perm(ANSWER, lot):
        raise NotAllowed(
            _("You may not speak with suppliers for %(store)s.") % {"store": lot.store}
        )
    return lot
