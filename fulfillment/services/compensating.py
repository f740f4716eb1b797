"""Customers are compensated for delays by rule, once of each, large sums with a second person's
yes (FUL-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import Compensation, CompensationKind, CompensationRule, LateRisk
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.bulk.services import Done
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from opsdesk.wording import money
from orders.models import Order
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User

PROPOSE, APPROVE = "fulfillment.propose_compensation", "fulfillment.approve_compensation"
CODE = "fulfillment.compensation"
State = Compensation.State
HOUR, DAY, CENT = timedelta(hours=1), timedelta(days=1), Decimal("0.01")
IN_VAIN = (
    Approval.State.REJECTED,
    Approval.State.VOIDED,
    Approval.State.EXPIRED,
    Approval.State.FAILED,
)

ALONE = Setting(
    key="fulfillment.compensated_alone",
    clause="FUL-2",
    title=gettext_lazy("Compensation for a delay that one person gives alone, up to"),
    default=Decimal(20),
    unit=Unit.MONEY,
    is_limit=True,
)


@dataclass(frozen=True)
class Offer:
    """What a rule gives for a delay of so many whole hours."""

    rule: CompensationRule
    hours_late: int
    amount: Decimal


def hours_late(risk: LateRisk, order: Order, *, at: datetime) -> int:
    """Whole hours from the ship-by to when it left, or is expected to leave; at least until now."""
    left = order.shipped_at or max(risk.expected_at or at, at)
    return max((left - risk.due_at) // HOUR, 0)


def offer_for(
    risk: LateRisk, order: Order, rules: Sequence[CompensationRule], *, at: datetime
) -> Offer | None:
    """By the rule of the order's channel for these hours, else the store's; None without one."""
    late = hours_late(risk, order, at=at)
    fitting = [
        rule
        for rule in rules
        if rule.store_id == order.store_id
        and rule.channel_id in (order.channel_id, None)
        and rule.hours_from <= late
        and (rule.hours_to is None or late < rule.hours_to)
    ]
    rule = min(fitting, key=lambda rule: rule.channel_id is None, default=None)
    if rule is None:
        return None
    amount = rule.amount
    if amount is None:
        assert rule.percent is not None  # One of the two, held by the database.
        amount = (order.paid_amount * rule.percent / 100).quantize(CENT, ROUND_HALF_UP)
    if rule.cap is not None:
        amount = min(amount, rule.cap)
    return Offer(rule, late, amount) if amount > 0 else None


def compensate_delays(ids: Sequence[int], actor: User, at: datetime, _note: str = "") -> Done:
    """Each of these orders has its compensation, to be granted or waiting for a second person.

    For a verb of the list: what no rule fits, or what was compensated before, is refused with the
    reason. Locks the orders.
    """
    rows = LateRisk.objects.visible_to(actor).filter(pk__in=ids)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(PROPOSE))
    return retrying(partial(_compensate, list(rows.values_list("pk", flat=True)), actor, at))


@transaction.atomic
def _compensate(risk_ids: Sequence[int], actor: User, at: datetime) -> Done:
    of_risks = LateRisk.objects.filter(pk__in=risk_ids)
    orders = Order.objects.select_related("store").filter(pk__in=of_risks.values("order"))
    known = {order.pk: order for order in orders.locked()}
    stores = {order.store_id for order in known.values()}
    rules = list(CompensationRule.objects.active().filter(store__in=stores))
    given = Compensation.objects.filter(order__in=known).values_list("order", "delay")
    before = set(given)
    changed: list[int] = []
    touched: list[int] = []
    refused: dict[int, str] = {}
    for risk in of_risks.order_by("pk"):
        order = known[risk.order_id]
        if order.fulfilment_state == Order.Fulfilment.CANCELLED:
            refused[risk.pk] = _("The order was cancelled.")
        elif (order.pk, risk.delay) in before:
            refused[risk.pk] = _("This delay was compensated before.")
        elif (offer := offer_for(risk, order, rules, at=at)) is None:
            refused[risk.pk] = _("No rule gives anything for this delay.")
        else:
            _propose(risk, order, offer, actor, at)
            before.add((order.pk, risk.delay))
            changed.append(risk.pk)
            touched.append(order.pk)
    lifecycle.touch_orders(touched)
    return Done(changed, refused)


def _propose(risk: LateRisk, order: Order, offer: Offer, actor: User, at: datetime) -> None:
    approval = None
    if _is_large(order, offer, actor, at):
        approval = _ask(risk, order, offer, actor, at)
    Compensation.objects.create(
        store_id=order.store_id,
        order=order,
        delay=risk.delay,
        rule=offer.rule,
        hours_late=offer.hours_late,
        kind=offer.rule.kind,
        amount=offer.amount,
        state=State.ASKED if approval else State.APPROVED,
        approval=approval,
        proposed_by=actor,
        proposed_at=at,
        approved_at=None if approval else at,
    )


def _is_large(order: Order, offer: Offer, actor: User, at: datetime) -> bool:
    """Alone, a person gives up to the limit to one customer a day; points are no money."""
    if offer.rule.kind == CompensationKind.POINTS:
        return False
    limit = procedure.value_of(ALONE.key, store=order.store, at=at)
    mine = Compensation.objects.filter(
        order__store=order.store_id, proposed_by=actor, approval=None, proposed_at__gt=at - DAY
    ).exclude(kind=CompensationKind.POINTS)
    same = mine.filter(order__customer=order.customer_id) if order.customer_id else mine.none()
    given = same.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return given + offer.amount > limit


def _ask(risk: LateRisk, order: Order, offer: Offer, actor: User, at: datetime) -> Approval:
    request = filing.Request(
        kind=CODE,
        store=order.store,
        subject_key=f"delay:{order.pk}:{risk.delay}",
        subject_label=order.external_number,
        subject=order,
        amount=offer.amount,
        asked={
            "order_id": order.pk,
            "delay": risk.delay,
            "number": order.external_number,
            "kind": offer.rule.kind,
            "amount": f"{offer.amount:.2f}",
            "hours_late": offer.hours_late,
            "currency": order.currency,
        },
    )
    return filing.file_approval(request=request, filer=actor, at=at)


def _found(asked: dict[str, Any], _at: datetime) -> dict[str, Any]:
    """What was paid and given back: a cancelled or refunded order is another request."""
    order = Order.objects.get(pk=asked["order_id"])
    return {
        "paid": f"{order.paid_amount:.2f}",
        "refunded": f"{order.refunded_amount:.2f}",
        "cancelled": order.cancelled_at is not None,
    }


def _describe(approval: Approval) -> Description:
    asked, found = approval.asked, approval.snapshot["found"]
    amount = money(Decimal(asked["amount"]), asked["currency"])
    kind = CompensationKind(asked["kind"]).label
    return Description(
        summary=_("%(kind)s of %(amount)s for order %(number)s, %(hours)s hours late")
        % {
            "kind": kind,
            "amount": amount,
            "number": asked["number"],
            "hours": asked["hours_late"],
        },
        changes=[
            Change(_("Paid"), "", money(Decimal(found["paid"]), asked["currency"])),
            Change(str(kind), "", amount),
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    waiting = Compensation.objects.filter(approval=approval, state=State.ASKED)
    if not waiting.update(state=State.APPROVED, approved_at=at):
        raise Conflict(_("This compensation does not wait for approval any more."))
    return {"order": approval.asked["order_id"]}


def end_refused() -> int:
    """What was asked for in vain is refused. Returns how many. Harmless to repeat."""
    return Compensation.objects.filter(state=State.ASKED, approval__state__in=IN_VAIN).update(
        state=State.REFUSED
    )


COMPENSATION = Kind(
    code=CODE,
    title=gettext_lazy("Compensation for a delay"),
    clause="FUL-2",
    files=PROPOSE,
    decides=APPROVE,
    bands=(
        Band((Role.SERVICE_LEAD,)),
        Band((Role.FINANCE,), from_amount=Decimal("500.01")),
    ),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
