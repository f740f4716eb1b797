"""What can be done with a purchase order on its page: in which states, by whom."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import PurchaseOrder, PurchaseState
from catalog.models.purchasing import CANCELLABLE, EXPECTED
from catalog.services import purchase_sending as sending
from catalog.services.purchase_receiving import RECEIVE
from catalog.services.purchase_requests import ask_for_purchase
from catalog.services.purchasing import ORDER, refuse_other_states

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = PurchaseState


@dataclass(frozen=True)
class Action:
    """A button. `run` takes the order's id, `actor`, `at`, `reason` and `expected_on`."""

    code: str
    title: str | Promise
    states: Collection[str]
    run: Callable[..., Any]
    done: str | Promise
    tone: str = ""
    asks_day: bool = False
    asks_reason: bool = False
    right: str = ORDER

    @property
    def has_dialog(self) -> bool:
        return self.asks_day or self.asks_reason


@dataclass(frozen=True)
class _Given:
    """What the page sends with every button."""

    actor: User
    at: datetime
    reason: str
    expected_on: date | None


def _ask(order_id: int, **given: Any) -> None:
    told = _Given(**given)
    ask_for_purchase(order_id=order_id, actor=told.actor, at=told.at)


def _send(order_id: int, **given: Any) -> None:
    told = _Given(**given)
    sending.send_purchase_order(
        order_id=order_id, expected_on=told.expected_on, actor=told.actor, at=told.at
    )


def _move(order_id: int, **given: Any) -> None:
    told = _Given(**given)
    sending.move_expected_arrival(
        order_id=order_id,
        expected_on=told.expected_on,
        reason=told.reason,
        actor=told.actor,
        at=told.at,
    )


def _close(order_id: int, **given: Any) -> None:
    told = _Given(**given)
    sending.close_purchase_order(
        order_id=order_id, reason=told.reason, actor=told.actor, at=told.at
    )


def _cancel(order_id: int, **given: Any) -> None:
    told = _Given(**given)
    sending.cancel_purchase_order(
        order_id=order_id, reason=told.reason, actor=told.actor, at=told.at
    )


ACTIONS = {
    action.code: action
    for action in (
        Action(
            "ask",
            _("Ask for approval"),
            (State.DRAFT,),
            _ask,
            _("The order waits for approval."),
            tone="primary",
        ),
        Action(
            "send",
            _("Mark as sent"),
            (State.APPROVED,),
            _send,
            _("The order is with the supplier."),
            tone="primary",
            asks_day=True,
        ),
        Action(
            "move",
            _("Move the expected day"),
            EXPECTED,
            _move,
            _("The expected day is moved."),
            asks_day=True,
            asks_reason=True,
        ),
        Action(
            "short",
            _("Close short"),
            (State.PARTLY,),
            _close,
            _("The order is closed; the rest is not on order any more."),
            tone="danger",
            asks_reason=True,
        ),
        Action(
            "close",
            _("Close"),
            (State.RECEIVED,),
            _close,
            _("The order is closed."),
            tone="primary",
        ),
        Action(
            "cancel",
            _("Cancel the order"),
            CANCELLABLE,
            _cancel,
            _("The order is cancelled."),
            tone="danger",
            asks_reason=True,
        ),
    )
}
# Pages of their own: who may open them, and in which states.
RIGHTS = {"edit": ORDER, "receive": RECEIVE}
_STATES = {"edit": (State.DRAFT, State.PENDING), "receive": EXPECTED}


def doable(order: PurchaseOrder, person: User) -> set[str]:
    """Codes of the buttons that will work for this person. The order comes with its approval."""
    state = State.DRAFT if order.is_draft else order.state
    orders, receives = (person.has_perm(right, order.warehouse) for right in (ORDER, RECEIVE))
    found = {code for code, action in ACTIONS.items() if orders and state in action.states}
    if orders and state in _STATES["edit"]:
        found.add("edit")
    if receives and state in _STATES["receive"]:
        found.add("receive")
    return found


def refuse_undoable(order: PurchaseOrder, code: str) -> None:
    """Raises Conflict where the order has gone too far for the page, or not far enough."""
    refuse_other_states(order, _STATES[code])
