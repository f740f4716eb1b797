"""An order is opened for a change: by one person at a time, who saw it as it is (ORD-5).

Locks are taken in this order: a request for approval, the order and the parts split from it by id,
stock, clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.errors import Conflict, DomainError, NotAllowed
from orders import told
from orders.models import Order, OrderEvent
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User

MOST_REASON = 300


Guard = Callable[[Order], None]
_guards: list[Guard] = []


def on_change(guard: Guard) -> None:
    """Call `guard(order)` before what is in an order, or where it goes, is changed: it may refuse.

    The order is locked then.
    """
    if guard not in _guards:
        _guards.append(guard)


class TooLate(Conflict):
    """The goods have left, or the order is cancelled: it can't be changed any more."""

    code = "too_late"


def open_order(
    order_id: int, *, right: str, version: int, actor: User, must_be_here: bool = True
) -> Order:
    """The order, locked, for somebody who holds the right and saw this version of it.

    Raises NotAllowed, TooLate, and Conflict that names who changed it meanwhile.
    """
    orders = Order.objects.visible_to(actor).select_related("store", "channel", "customer")
    order = orders.locked().get(pk=order_id)
    if not actor.has_perm(right, order):
        raise NotAllowed(
            _("You may not do this with orders of %(store)s.") % {"store": order.store}
        )
    refuse_stale(order, version)
    if must_be_here:
        refuse_gone(order)
    return order


def refuse_gone(order: Order) -> None:
    """Raises TooLate unless its goods are still here, and what a guard raises."""
    if order.fulfilment_state not in (Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED):
        raise TooLate(
            _("Order %(number)s is %(state)s: it can't be changed any more.")
            % {"number": order, "state": order.get_fulfilment_state_display()},
            state=order.fulfilment_state,
        )
    for guard in _guards:
        guard(order)


def refuse_stale(order: Order, version: int) -> None:
    """Raises Conflict if the order was changed since somebody looked; it says who did what."""
    if order.version != version:
        raise overtaken(order)


def overtaken(order: Order) -> Conflict:
    """The refusal of whoever comes second: it names the winner and what they did."""
    facts: dict[str, Any] = {"order_id": order.pk, "version": order.version}
    last = order.events.select_related("actor").order_by("-recorded_at", "-pk").first()
    if last is None:
        return Conflict(_("Order %(number)s has changed meanwhile.") % {"number": order}, **facts)
    winner = str(last.actor or _("the system"))
    facts |= {
        "winner": winner,
        "winner_id": last.actor_id,
        "what": last.data.get("what", last.kind),
    }
    return Conflict(
        _("%(person)s was first with order %(number)s: %(what)s (%(at)s). Look at it again.")
        % {
            "person": winner,
            "number": order,
            "what": told.what(last),
            "at": wording.moment(last.at, order.store.zone),
        },
        **facts,
    )


def reason_of(text: str) -> str:
    """The reason as it is kept. Raises DomainError without one."""
    reason = text.strip()[:MOST_REASON]
    if not reason:
        raise DomainError(_("Say why, so that others can read it on the timeline."))
    return reason


def record_change(
    order: Order,
    what: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    columns: Iterable[str] = (),
    **facts: Any,
) -> None:
    """The named columns are stored, the version is one more, and the timeline says what was done.

    `what` is a key of `told.WHAT`; `facts` become the event's details: `fields` as name → before
    and after. The caller holds the order's lock.
    """
    values = {name: getattr(order, name) for name in columns}
    changed = Order.objects.filter(pk=order.pk)
    changed.update(version=F("version") + 1, updated_at=Now(), **values)
    order.version += 1
    data = {"what": what, "reason": reason, **facts}
    lifecycle.note([order.pk], OrderEvent.Kind.CHANGED, actor=actor, at=at, data=data)
