"""An agreed order goes to the supplier; its day is moved, it is given up or closed (CAT-8)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PurchaseLine, PurchaseOrder
from catalog.models.purchasing import CANCELLABLE, EXPECTED
from catalog.services import purchase_overdue
from catalog.services.purchasing import State, locked_order, stop_request
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import User

OVER_ORDER = Setting(
    key="catalog.purchase_over_order",
    clause="CAT-8",
    title=gettext_lazy("Pieces taken in beyond what was ordered"),
    default=Decimal(0),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)


def send_purchase_order(
    *, order_id: int, actor: User, at: datetime, expected_on: date | None = None
) -> PurchaseOrder:
    """The supplier has the order; its goods are expected on the day that was promised.

    Without `expected_on` the supplier's lead time counts from today, by the store's calendar. How
    many pieces beyond the order may come in is settled now. Raises NotAllowed, Conflict. Locks the
    order, then its lines.
    """
    return retrying(partial(_send, order_id, expected_on, actor=actor, at=at))


def _send(order_id: int, expected_on: date | None, *, actor: User, at: datetime) -> PurchaseOrder:
    with transaction.atomic():
        order = locked_order(order_id, [State.APPROVED], actor=actor)
        today = order.store.business_date(at)
        order.expected_on = expected_on or order.supplier.arrives_on(today)
        _refuse_past(order.expected_on, today)
        order.state, order.sent_at, order.sent_by = State.SENT, at, actor
        order.save(update_fields=["expected_on", "state", "sent_at", "sent_by"])
        percent = procedure.value_of(OVER_ORDER.key, store=order.store, at=at)
        lines = list(order.lines.locked())
        for line in lines:
            beyond = (line.quantity * percent / 100).to_integral_value(ROUND_FLOOR)
            line.most = line.quantity + int(beyond)
        PurchaseLine.objects.bulk_update(lines, ["most"])
    return order


def move_expected_arrival(
    *, order_id: int, expected_on: date, reason: str, actor: User, at: datetime
) -> PurchaseOrder:
    """The goods are expected on another day, and it is on record why; it is not overdue any more.

    Raises NotAllowed, Conflict once all is in. Locks the order.
    """
    if not reason.strip():
        raise DomainError(_("Say why the goods come on another day."))
    return retrying(partial(_move, order_id, expected_on, reason.strip(), actor=actor, at=at))


def _move(
    order_id: int, expected_on: date, reason: str, *, actor: User, at: datetime
) -> PurchaseOrder:
    with transaction.atomic():
        order = locked_order(order_id, EXPECTED, actor=actor)
        _refuse_past(expected_on, order.store.business_date(at))
        order.expected_on, order.expected_reason = expected_on, reason[:200]
        order.save(update_fields=["expected_on", "expected_reason"])
        purchase_overdue.close_alert(order, at=at)
    return order


def _refuse_past(expected_on: date, today: date) -> None:
    if expected_on < today:
        raise DomainError(_("Goods can't be expected on a day that has passed."))


def cancel_purchase_order(
    *, order_id: int, reason: str, actor: User, at: datetime
) -> PurchaseOrder:
    """Nothing of the order will come; a request that waited for a decision on it is void.

    Raises NotAllowed, and Conflict once goods have come. Locks the request, then the order.
    """
    if not reason.strip():
        raise DomainError(_("Say why the order is given up."))
    return retrying(partial(_cancel, order_id, reason.strip(), actor=actor, at=at))


def _cancel(order_id: int, reason: str, *, actor: User, at: datetime) -> PurchaseOrder:
    with transaction.atomic():
        stop_request(order_id, actor=actor, at=at)
        order = locked_order(order_id, CANCELLABLE, actor=actor)
        return _end(order, State.CANCELLED, reason, actor=actor, at=at)


def close_purchase_order(
    *, order_id: int, actor: User, at: datetime, reason: str = ""
) -> PurchaseOrder:
    """The order is over: as a whole, or short where the rest will never come, which needs a reason.

    The rest of a short one is not on order any more. Raises NotAllowed, Conflict. Locks the order.
    """
    return retrying(partial(_close, order_id, reason.strip(), actor=actor, at=at))


def _close(order_id: int, reason: str, *, actor: User, at: datetime) -> PurchaseOrder:
    with transaction.atomic():
        order = locked_order(order_id, [State.PARTLY, State.RECEIVED], actor=actor)
        if order.state == State.RECEIVED:
            return _end(order, State.CLOSED, reason, actor=actor, at=at)
        if not reason:
            raise DomainError(_("Say why the rest will not come."))
        return _end(order, State.SHORT, reason, actor=actor, at=at)


def _end(
    order: PurchaseOrder, state: str, reason: str, *, actor: User, at: datetime
) -> PurchaseOrder:
    order.state, order.ended_by, order.ended_at = state, actor, at
    order.ended_reason = reason[:200]
    order.save(update_fields=["state", "ended_by", "ended_at", "ended_reason"])
    purchase_overdue.close_alert(order, at=at)
    return order
