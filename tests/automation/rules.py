"""Rules and orders as the tests of this room make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from opsdesk.automation.models import Rule
from opsdesk.automation.services import switching, working, writing
from opsdesk.stores.models import Store, User
from orders.models import Order, OrderEvent
from tests.factories import MOMENT, OrderEventFactory, UserFactory

LATER = MOMENT + timedelta(minutes=1)
PAID = {"kind": "event", "event": "orders.paid"}
FOUND = {"kind": "event", "event": "alerts.found"}
TAG = {"action": "tag", "tag": "look"}
ALERT = {"action": "alert", "role": "warehouse", "severity": "warning", "text": "See {subject}"}
HOLD = {"action": "hold", "text": "Large"}


def where(*items: dict[str, Any], match: str = "all") -> dict[str, Any]:
    return {"match": match, "items": list(items)}


def over(amount: str) -> dict[str, Any]:
    return {"field": "total", "is": "more_than", "value": amount}


def lead(store: Store) -> User:
    return UserFactory(role="operations_lead", store=store)


def a_rule(
    store: Store,
    *actions: dict[str, Any],
    when: dict[str, Any] | None = None,
    conditions: dict[str, Any] | None = None,
    name: str = "Large orders",
    is_on: bool = True,
    actor: User | None = None,
    at: datetime = MOMENT,
) -> Rule:
    """A rule of the store, on since that moment."""
    actor = actor or lead(store)
    definition = {
        "trigger": when or PAID,
        "conditions": conditions or where(),
        "actions": list(actions or (TAG,)),
    }
    rule = writing.create_rule(store=store, name=name, definition=definition, actor=actor, at=at)
    return turn_on(rule, actor=actor, at=at) if is_on else rule


def turn_on(rule: Rule, *, actor: User | None = None, at: datetime = MOMENT) -> Rule:
    return switching.switch_on(
        rule_id=rule.pk,
        expected_version=rule.version,
        actor=actor or lead(rule.store),
        at=at,
        reason="Known well",
    )


def paid(order: Order, *, at: datetime = MOMENT) -> OrderEvent:
    return OrderEventFactory(order=order, kind=OrderEvent.Kind.PAID, at=at, recorded_at=at)


def work(at: datetime = LATER) -> int:
    """How often rules acted."""
    return working.work(at=at)["acted"]
