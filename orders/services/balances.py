"""Deposits and balances of presale orders: entered, reminded of, missed (CAT-11, ORD-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import wording
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import CustomerMessage, LapsedOrder, Order, OrderEvent, PresaleOrder
from orders.services import lifecycle, opting_out, presale_orders, telling, unpaid
from orders.services.telling import Note

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

BATCH = 200
RECORD = "orders.change_presaleorder"
Kind = CustomerMessage.Kind

REMIND_BEFORE = Setting(
    key="orders.remind_balance_before",
    clause="ORD-6",
    title=gettext_lazy("Balances of presales are reminded of before their end"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
)
TO_RETURN = AlertKind(
    code="orders.deposit_to_return",
    title=gettext_lazy("Deposit of a cancelled order to send back"),
    clause="ORD-6",
    runbook=gettext_lazy(
        "Send the deposit back, then say so on the presale order's page; the alert closes itself."
    ),
    evidence={"deposit": gettext_lazy("deposit"), "paid_at": gettext_lazy("paid at")},
)


def record_deposit(*, row_id: int, amount: Decimal, actor: User, at: datetime) -> None:
    """The deposit was paid. Raises NotAllowed, Conflict, and DomainError for another amount."""
    with transaction.atomic():
        row = _held(row_id, actor)
        _refuse_other_amount(row, amount, row.deposit_amount)
        owed = PresaleOrder.objects.filter(pk=row.pk, deposit_paid_at=None)
        if not owed.update(deposit_paid=amount, deposit_paid_at=at):
            raise _not_so_any_more(row)
        _note(row, OrderEvent.Kind.CHANGED, "deposit", amount, actor, at)


def record_balance(*, row_id: int, amount: Decimal, actor: User, at: datetime) -> None:
    """The rest was paid: the order is paid, and its clocks run from the promised day.

    Raises NotAllowed, Conflict, and DomainError for another amount. Locks the order, then the row.
    """
    with transaction.atomic():
        row = _held(row_id, actor)
        order = row.order
        _refuse_other_amount(row, amount, row.balance_amount)
        owing = PresaleOrder.objects.filter(pk=row.pk).owing()
        if order.paid_at or not owing.update(balance_paid=amount, balance_paid_at=at):
            raise _not_so_any_more(row)
        order.payment_state, order.paid_at = Order.Payment.PAID, at
        order.paid_amount = row.deposit_paid + amount
        order.version += 1
        order.updated_at = Now()
        order.save(
            update_fields=["payment_state", "paid_at", "paid_amount", "version", "updated_at"]
        )
        _note(row, OrderEvent.Kind.PAID, "balance", amount, actor, at)
        paid = deadlines.Subject(order.pk, order.external_number, at, order.total_amount)
        deadlines.start(
            Order, [paid], on="paid_at", store=order.store, channel=order.channel, at=at
        )
        presale_orders.follow_promises([row], at=at)


def record_return(*, row_id: int, actor: User, at: datetime) -> None:
    """The deposit of a cancelled order went back. Raises NotAllowed, Conflict."""
    with transaction.atomic():
        row = _held(row_id, actor)
        if not PresaleOrder.objects.filter(pk=row.pk).to_return().exists():
            raise _not_so_any_more(row)
        PresaleOrder.objects.filter(pk=row.pk).update(deposit_returned_at=at)
        _note(row, OrderEvent.Kind.REFUNDED, "deposit", row.deposit_paid, actor, at)
    look_for_deposits(row.order.store, at=at)


def _held(row_id: int, actor: User) -> PresaleOrder:
    """The row and its order, held until the transaction ends."""
    order_id = PresaleOrder.objects.visible_to(actor).filter(pk=row_id).values("order_id")
    orders = Order.objects.filter(pk__in=order_id).select_related("store", "channel")
    order = orders.locked().first()
    if order is None or not actor.has_perm(RECORD, order):
        raise NotAllowed(_("You may not record payments of this order."))
    row = PresaleOrder.objects.filter(pk=row_id).locked().get()
    row.order = order
    return row


def _refuse_other_amount(row: PresaleOrder, amount: Decimal, due: Decimal) -> None:
    if row.order.fulfilment_state == Order.Fulfilment.CANCELLED:
        raise _not_so_any_more(row)
    if amount != due:
        raise DomainError(
            _("%(due)s is to be paid, not %(amount)s.")
            % {
                "due": wording.money(due, row.order.currency),
                "amount": wording.money(amount, row.order.currency),
            },
            due=str(due),
        )


def _not_so_any_more(row: PresaleOrder) -> Conflict:
    return Conflict(
        _("Order %(number)s has moved on meanwhile: look at it again.") % {"number": row.order}
    )


def _note(
    row: PresaleOrder, kind: str, part: str, amount: Decimal, actor: User, at: datetime
) -> None:
    data = {"fields": {part: [None, str(amount)]}}
    lifecycle.note([row.order_id], kind, actor=actor, at=at, data=data)


def remind_of_balances(*, at: datetime) -> int:
    """Who paid a deposit is told once that the balance can be paid, and once before it is too late.

    Not in quiet hours. Returns how many go now. Safe to repeat.
    """
    told = 0
    for channel, limits in unpaid.channels_with_limits(at):
        if limits.reminds and not telling.is_quiet(channel.store, at=at):
            before = procedure.value_of(
                REMIND_BEFORE.key, store=channel.store, channel=channel, at=at
            )
            soon = at + timedelta(minutes=float(before))
            ending = Q(order__channel=channel, balance_until__lte=soon)
            opened = Q(order__channel=channel, balance_from__lte=at, balance_until__gt=soon)
            told += _tell_all(Kind.BALANCE_ENDS, ending, at=at)
            told += _tell_all(Kind.BALANCE_OPENS, opened, at=at)
    return told


def _tell_all(kind: CustomerMessage.Kind, which: Q, *, at: datetime) -> int:
    told = 0
    while True:
        looked_at, gone = _tell(kind, which, at=at)
        told += gone
        if looked_at < BATCH:
            return told


@transaction.atomic
def _tell(kind: CustomerMessage.Kind, which: Q, *, at: datetime) -> tuple[int, int]:
    said = CustomerMessage.objects.filter(order=OuterRef("order"), kind=kind)
    due = PresaleOrder.objects.still_here().owing().filter(which, ~Exists(said))
    ids = due.filter(balance_from__lte=at, balance_until__gt=at).values_list("order_id", flat=True)
    orders = Order.objects.to_pay().filter(pk__in=list(ids.order_by("balance_until")[:BATCH]))
    held = list(
        orders.select_related("store", "channel", "presale")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
    )
    notes = [_reminder(order, kind) for order in held]
    return len(held), telling.tell_customers(notes, at=at)


def _reminder(order: Order, kind: CustomerMessage.Kind) -> Note:
    row = order.presale
    return Note(
        order,
        kind,
        {
            "store": str(order.store),
            "number": order.external_number,
            "amount": wording.money(row.balance_amount, order.currency),
            "until": wording.moment(row.balance_until, order.store.zone),
            "stop": opting_out.link_for(order),
        },
    )


def cancel_missed(*, at: datetime) -> int:
    """Orders whose balance was not paid in its time are cancelled. Returns how many now.

    In batches that commit on their own, after an outage too. Safe to repeat.
    """
    cancelled = 0
    while True:
        late = PresaleOrder.objects.still_here().owing().filter(balance_until__lte=at)
        ids = list(late.order_by("balance_until", "pk").values_list("order_id", flat=True)[:BATCH])
        done = retrying(partial(_cancel_those, ids, at=at)) if ids else 0
        cancelled += done
        if done < BATCH:
            return cancelled


def _cancel_those(order_ids: Sequence[int], *, at: datetime) -> int:
    """Who paid while we waited for the order's lock is let go."""
    held = Order.objects.to_pay().filter(pk__in=order_ids).locked()
    rows = PresaleOrder.objects.owing().filter(order__in=[order.pk for order in held])
    late = list(rows.filter(balance_until__lte=at).locked())
    PresaleOrder.objects.filter(pk__in=[row.pk for row in late]).update(missed_at=at)
    due = [(row.order_id, row.balance_until) for row in late if row.balance_until is not None]
    return unpaid.lapse(due, cause=LapsedOrder.Cause.BALANCE, at=at)


def look_for_deposits(store: Store, *, at: datetime) -> int:
    """One open alert for each deposit that is to go back. Returns how many there are."""
    content_type = ContentType.objects.get_for_model(PresaleOrder)
    rows = PresaleOrder.objects.to_return().filter(order__store=store)
    findings = [
        alerts.Finding(
            key=str(row.order_id),
            subject_type_id=content_type.pk,
            subject_id=row.pk,
            subject_label=row.number,
            owner_role=Role.FINANCE,
            money_at_risk=row.deposit_paid,
            evidence={
                "deposit": str(row.deposit_paid),
                "paid_at": wording.moment(row.deposit_paid_at, store.zone),
            },
        )
        for row in rows.annotate(number=F("order__external_number")).order_by("pk")
    ]
    alerts.report(TO_RETURN, findings, store_id=store.pk, at=at)
    return len(findings)
