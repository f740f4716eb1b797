"""Money back is asked for and agreed to; paying it out is done elsewhere (ORD-5).

Customer service agrees to small amounts of its own. Above it somebody else decides: the service
lead, then finance, then both. What counts is the largest of three sums of a day: of this order and
its parts, of this customer, of what this person agreed to alone; splitting avoids nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import ending, filing
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.wording import money
from orders.models import Order, RefundRequest
from orders.services.editing import open_order, reason_of, record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

REQUEST, ALONE, APPROVE = "orders.request_refund", "orders.refund_alone", "orders.approve_refund"
KIND = "orders.refund"
State = RefundRequest.State

SMALL = Setting(
    key="orders.refund_alone",
    clause="ORD-5",
    title=gettext_lazy("Refunds that customer service agrees to alone, in a day"),
    default=Decimal(200),
    unit=Unit.MONEY,
    is_limit=True,
)
# What an undecided request becomes when its approval ends.
_ENDED = {
    Approval.State.REJECTED: State.REFUSED,
    Approval.State.EXPIRED: State.VOID,
    Approval.State.VOIDED: State.VOID,
    Approval.State.FAILED: State.VOID,
}


class RefundTooLarge(DomainError):
    """More than was paid, less what went back or is asked for. `facts["left"]` is what may be."""

    code = "refund_too_large"


def refundable(order: Order) -> Decimal:
    """What may still be asked for: paid, less what went back or is asked for."""
    open_ = order.refund_requests.open().aggregate(total=Sum("amount"))["total"]
    return order.paid_amount - order.refunded_amount - (open_ or Decimal(0))


def request_refund(
    *,
    order_id: int,
    version: int,
    amount: Decimal,
    reason: str,
    actor: User,
    at: datetime,
    lines: Sequence[dict[str, Any]] = (),
) -> RefundRequest:
    """So much is asked back for the buyer; at once agreed to where it is small and theirs to give.

    `amount` in the order's currency; `lines` say for which goods (`line_id`, `sku`, `quantity`,
    `amount`). Raises NotAllowed, RefundTooLarge, Conflict for an order that was changed meanwhile.
    Shipped orders, too. Locks the order.
    """
    reason = reason_of(reason)
    follow_decisions(order_ids=[order_id], at=at)
    ask = partial(_ask, order_id, version, amount, reason, list(lines), actor=actor, at=at)
    return retrying(ask)


@transaction.atomic
def _ask(
    order_id: int,
    version: int,
    amount: Decimal,
    reason: str,
    lines: list[dict[str, Any]],
    *,
    actor: User,
    at: datetime,
) -> RefundRequest:
    order = open_order(order_id, right=REQUEST, version=version, actor=actor, must_be_here=False)
    return ask_within(order, amount=amount, reason=reason, lines=lines, actor=actor, at=at)


def ask_within(
    order: Order,
    *,
    amount: Decimal,
    reason: str,
    lines: list[dict[str, Any]],
    actor: User,
    at: datetime,
) -> RefundRequest:
    """As `request_refund`, in the transaction of a caller that holds the order's lock."""
    if not actor.has_perm(REQUEST, order):
        raise NotAllowed(_("You may not ask for refunds in %(store)s.") % {"store": order.store})
    _refuse_too_much(order, amount)
    is_alone = _may_alone(order, amount, actor, at)
    request = RefundRequest.objects.create(
        order=order,
        amount=amount,
        reason=reason,
        lines=lines,
        is_alone=is_alone,
        state=State.APPROVED if is_alone else State.ASKED,
        settled_at=at if is_alone else None,
        asked_by=actor,
        asked_at=at,
    )
    if not is_alone:
        request.approval = filing.file_approval(request=_filed(request), filer=actor, at=at)
        request.save(update_fields=["approval"])
    record_change(
        order,
        "refund_asked",
        actor=actor,
        at=at,
        reason=reason,
        told=f"{money(amount, order.currency)} · {request.get_state_display()}",
        amount=str(amount),
    )
    return request


def withdraw_refund(*, request_id: int, actor: User, at: datetime) -> RefundRequest:
    """Nobody decides on the request any more, by who asked. Raises NotAllowed, Conflict.

    Locks the request for approval, then the order.
    """
    return retrying(partial(_withdraw, request_id, actor=actor, at=at))


@transaction.atomic
def _withdraw(request_id: int, *, actor: User, at: datetime) -> RefundRequest:
    request = RefundRequest.objects.visible_to(actor).get(pk=request_id)
    if request.asked_by_id != actor.pk:
        raise NotAllowed(_("Only who asked for a refund withdraws it."))
    if request.approval_id is not None:
        filing.withdraw(approval_id=request.approval_id, actor=actor, at=at)
    _settle(request, State.WITHDRAWN, actor=actor, at=at)
    return request


def follow_decisions(*, at: datetime, order_ids: Iterable[int] | None = None) -> int:
    """Requests whose approval was refused, ran out or failed are over. Returns how many.

    Of these orders, or of all. What was agreed to is carried out by its approval. Safe to repeat.
    """
    waiting = RefundRequest.objects.filter(
        Q(approval__state__in=[*_ENDED])
        | Q(approval__state="pending", approval__expires_at__lte=at),
        state=State.ASKED,
    )
    if order_ids is not None:
        waiting = waiting.filter(order__in=list(order_ids))
    return sum(retrying(partial(_follow, pk, at=at)) for pk in waiting.values_list("pk", flat=True))


@transaction.atomic
def _follow(request_id: int, *, at: datetime) -> bool:
    request = RefundRequest.objects.get(pk=request_id)
    named = RefundRequest.objects.filter(pk=request_id).values("approval")
    approval = Approval.objects.select_related("ended_by").get(pk__in=named)
    to = _ENDED.get(Approval.State(approval.state), State.VOID)
    try:
        _settle(request, to, actor=approval.ended_by, at=at)
    except Conflict:
        return False
    return True


def settle_by_channel(order: Order, *, at: datetime) -> None:
    """The channel has given money back: open requests that no longer fit beside it are over.

    The oldest that was agreed to counts as paid out by it; one that nobody decided on is void. The
    caller holds the order's lock and has stored what the channel says.
    """
    room = order.paid_amount - order.refunded_amount
    requests = list(order.refund_requests.open().select_related("approval"))
    requests.sort(key=lambda each: (each.state == State.ASKED, each.asked_at, each.pk))
    open_ = sum((each.amount for each in requests), Decimal(0))
    for request in requests:
        if open_ <= room:
            return
        open_ -= request.amount
        was_agreed = request.state == State.APPROVED
        approval = request.approval
        if approval is not None and not was_agreed and approval.state in list(Approval.OPEN):
            ending.end(approval, Approval.State.VOIDED, at=at, why=Approval.Why.CHANGED)
        note = _("The channel has given the money back.")
        _settle(request, State.PAID if was_agreed else State.VOID, actor=None, at=at, note=note)


def agree(request_id: int, *, at: datetime) -> None:
    """Whoever had to has agreed. Raises Conflict. In the transaction that carries it out."""
    request = RefundRequest.objects.select_related("approval").get(pk=request_id)
    _settle(request, State.APPROVED, actor=None, at=at)


def counted_besides(request: RefundRequest, store: Store, person: User, since: datetime) -> Decimal:
    """The largest of the three sums that this request counts with, without itself."""
    others = RefundRequest.objects.counted().filter(asked_at__gt=since).exclude(pk=request.pk)
    return _largest_sum(others, request.order, store, person)


def _largest_sum(others: Any, order: Order, store: Store, person: User) -> Decimal:
    family = Q(order=order.root_id) | Q(order__split_from=order.root_id)
    sums = [family, Q(asked_by=person, is_alone=True, order__store=store)]
    if order.customer_id is not None:
        sums.append(Q(order__customer=order.customer_id))
    totals = others.aggregate(**{f"sum_{n}": Sum("amount", filter=q) for n, q in enumerate(sums)})
    return max((total or Decimal(0)) for total in totals.values())


def _may_alone(order: Order, amount: Decimal, actor: User, at: datetime) -> bool:
    if not actor.has_perm(ALONE, order):
        return False
    # What counts together takes turns: two small ones at once would both be small.
    lock_name(f"orders.refund:{order.customer_id or order.root_id}")
    lock_name(f"orders.refund:person:{actor.pk}")
    window = procedure.value_of("approvals.sums_within", store=order.store, at=at)
    since = at - timedelta(minutes=float(window))
    others = RefundRequest.objects.counted().filter(asked_at__gt=since)
    total = amount + _largest_sum(others, order, order.store, actor)
    return total <= procedure.value_of(SMALL.key, store=order.store, at=at)


def _refuse_too_much(order: Order, amount: Decimal) -> None:
    left = refundable(order)
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise DomainError(_("Enter an amount above zero, to the cent."))
    if amount > left:
        raise RefundTooLarge(
            _("%(amount)s is more than the %(left)s that may still be asked for.")
            % {"amount": money(amount, order.currency), "left": money(left, order.currency)},
            left=str(left),
        )


def _settle(
    request: RefundRequest, to: str, *, actor: User | None, at: datetime, note: str = ""
) -> None:
    """The request is in that state, if it still was where it stood. Raises Conflict."""
    order = Order.objects.select_related("store").locked().get(pk=request.order_id)
    held = RefundRequest.objects.filter(pk=request.pk, state=request.state)
    if not held.update(state=to, settled_at=at, note=note[:300]):
        request.refresh_from_db()
        raise Conflict(
            _("This refund request is %(state)s by now.") % {"state": request.get_state_display()},
            state=request.state,
        )
    request.state, request.settled_at = to, at
    told = f"{money(request.amount, order.currency)} · {request.get_state_display()}"
    record_change(
        order, "refund_settled", actor=actor, at=at, reason=note, told=told, state=str(to)
    )


def _filed(request: RefundRequest) -> filing.Request:
    order = request.order
    return filing.Request(
        kind=KIND,
        store=order.store,
        subject_key=f"refund:{request.pk}",
        subject_label=order.external_number,
        subject=order,
        amount=request.amount,
        asked={
            "request_id": request.pk,
            "number": order.external_number,
            "amount": f"{request.amount:.2f}",
            "currency": order.currency,
            "reason": request.reason,
            "lines": request.lines,
        },
    )
