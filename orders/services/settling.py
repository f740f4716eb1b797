"""Differences of money are settled, once, by whom and how is on record (ORD-9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import DecimalField, F, Sum
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.bulk.services import Done
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from opsdesk.stores.worktime import DAY
from opsdesk.wording import money
from orders.models import MoneyDifference

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SETTLE, APPROVE = "orders.settle_moneydifference", "orders.approve_settlement"
CODE = "orders.money_difference"
MONEY = DecimalField(max_digits=14, decimal_places=2)
State, How = MoneyDifference.State, MoneyDifference.How
# Of a request that settles nothing any more.
IN_VAIN = (
    Approval.State.REJECTED,
    Approval.State.VOIDED,
    Approval.State.EXPIRED,
    Approval.State.FAILED,
)

ALONE = Setting(
    key="orders.money_settled_alone",
    clause="ORD-9",
    title=gettext_lazy("A difference of money that one person settles alone, up to"),
    default=Decimal(200),
    unit=Unit.MONEY,
    is_limit=True,
)


def settle_difference(
    *, difference_id: int, how: str, note: str, actor: User, at: datetime
) -> MoneyDifference:
    """The difference is settled, or waits for a second person where it is above the limit.

    Raises NotAllowed, DomainError without a note, Conflict (naming who was first) where it is not
    open any more. Where nothing but the day differs, nothing is above the limit.
    """
    difference = MoneyDifference.objects.select_related("store").get(pk=difference_id)
    if not actor.has_perm(SETTLE, difference.store):
        raise NotAllowed(_("You may not settle differences of this store."))
    if how not in How.values:
        raise DomainError(_("Say how the difference is settled."))
    if not note.strip():
        raise DomainError(_("Say why, so that others can follow it."))
    settle = partial(_settle, difference, how, note.strip()[:300], actor=actor, at=at)
    return retrying(settle)


def settle_all(how: str, ids: Sequence[int], actor: User, at: datetime, note: str) -> Done:
    """Each open one of these that the person may settle is settled, or asked for.

    For a verb of the list: what somebody else settles meanwhile is refused, naming them.
    """
    rows = MoneyDifference.objects.open().filter(pk__in=ids)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(SETTLE))
    changed: list[int] = []
    refused: dict[int, str] = {}
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                settle_difference(difference_id=pk, how=how, note=note, actor=actor, at=at)
        except Conflict as conflict:
            refused[pk] = conflict.message
        else:
            changed.append(pk)
    return Done(changed, refused)


def _settle(
    difference: MoneyDifference, how: str, note: str, *, actor: User, at: datetime
) -> MoneyDifference:
    with transaction.atomic():
        approval = None
        # The figures that the person saw: others are another difference.
        still = MoneyDifference.objects.open().filter(
            pk=difference.pk, ours=difference.ours, theirs=difference.theirs
        )
        if _is_large(difference, actor, at):
            # Locked first: of two who ask at once, one files.
            if not still.select_for_update().exists():
                raise _taken(difference.pk)
            approval = _ask(difference, how, note, actor=actor, at=at)
        written = {"how": how, "note": note, "settled_by": actor, "approval": approval}
        if approval is None:
            settled = still.update(**written, state=State.SETTLED, settled_at=at)
        else:
            settled = still.update(**written, state=State.ASKED)
        if not settled:
            raise _taken(difference.pk)
        difference.refresh_from_db()
    return difference


def _taken(pk: int) -> Conflict:
    now = MoneyDifference.objects.select_related("settled_by").get(pk=pk)
    if now.state == State.SETTLED:
        words = _("%(who)s settled this difference before: %(how)s.")
    elif now.state == State.ASKED:
        words = _("%(who)s asked for this before: %(how)s.")
    else:
        return Conflict(_("The figures of this difference changed. Look at it again."))
    facts = {"who": now.settled_by, "how": now.get_how_display()}
    return Conflict(words % facts, settled_by=str(now.settled_by), how=now.how)


def _is_large(difference: MoneyDifference, actor: User, at: datetime) -> bool:
    """Alone, a person settles up to the limit, all of the day's together counted."""
    limit = procedure.value_of(ALONE.key, store=difference.store, at=at)
    if not difference.amount:
        return False
    today = MoneyDifference.objects.filter(
        store=difference.store, settled_by=actor, approval=None, settled_at__gt=at - DAY
    )
    settled = today.aggregate(
        total=Coalesce(Sum(Abs(F("theirs") - F("ours"))), Decimal(0), output_field=MONEY)
    )
    return settled["total"] + abs(difference.amount) > limit


def _ask(
    difference: MoneyDifference, how: str, note: str, *, actor: User, at: datetime
) -> Approval:
    request = filing.Request(
        kind=CODE,
        store=difference.store,
        subject_key=f"difference:{difference.pk}",
        subject_label=difference.order_number or str(difference),
        subject=difference,
        amount=abs(difference.amount),
        asked={
            "difference_id": difference.pk,
            "number": difference.order_number,
            "kind": difference.kind,
            "how": how,
            "note": note,
            "currency": difference.currency,
            "ours": f"{difference.ours:.2f}",
            "theirs": f"{difference.theirs:.2f}",
        },
    )
    return filing.file_approval(request=request, filer=actor, at=at)


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The figures as they are now: what is agreed to is these, and no others."""
    difference = MoneyDifference.objects.filter(pk=asked["difference_id"]).first()
    if difference is None:
        return {}
    return {"ours": f"{difference.ours:.2f}", "theirs": f"{difference.theirs:.2f}"}


def _describe(approval: Approval) -> Description:
    asked = approval.asked
    ours, theirs = Decimal(asked["ours"]), Decimal(asked["theirs"])
    how, kind = How(asked["how"]).label, MoneyDifference.Kind(asked["kind"]).label
    currency = asked["currency"]
    return Description(
        summary=_("%(amount)s (%(kind)s): %(how)s")
        % {"amount": money(theirs - ours, currency), "kind": kind, "how": how},
        changes=[
            Change(asked["number"] or str(kind), money(ours, currency), money(theirs, currency)),
            Change(_("Note"), "", asked["note"]),
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    """It is settled as asked, if its money is still the same."""
    waiting = MoneyDifference.objects.filter(
        pk=approval.asked["difference_id"], state=State.ASKED, approval=approval
    )
    if not waiting.update(state=State.SETTLED, settled_at=at):
        raise Conflict(_("This difference does not wait for approval any more."))
    return {"difference": approval.asked["difference_id"]}


def reopen_refused() -> int:
    """What was asked for in vain is open again. Returns how many. Harmless to repeat."""
    return MoneyDifference.objects.filter(state=State.ASKED, approval__state__in=IN_VAIN).update(
        state=State.OPEN, how="", note="", approval=None, settled_by=None, settled_at=None
    )


SETTLEMENT = Kind(
    code=CODE,
    title=gettext_lazy("Settlement of a difference of money"),
    clause="ORD-9",
    files=SETTLE,
    decides=APPROVE,
    bands=(Band((Role.FINANCE,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
