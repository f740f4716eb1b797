"""Automation rules to begin with: large orders, late ones, and data that stays out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from opsdesk.automation import starters
from opsdesk.automation.starters import Starter
from opsdesk.stores.roles import Role
from orders.models import Order

_NOT_SHIPPED = [Order.Fulfilment.WAITING.value, Order.Fulfilment.RESERVED.value]

LARGE_ORDER = Starter(
    "large-order",
    _("A large order is held and somebody is told"),
    {
        "trigger": {"kind": "event", "event": "orders.paid"},
        "conditions": {
            "match": "all",
            "items": [{"field": "total", "is": "more_than", "value": "5000"}],
        },
        "actions": [
            {
                "action": "hold",
                "text": _("A large order: look at it before it leaves"),
                "role": Role.ORDER_REVIEWER.value,
            },
            {
                "action": "message",
                "to": f"role:{Role.OPERATIONS_LEAD.value}",
                "text": _("{subject} was paid: {total}. It is held."),
            },
        ],
    },
)
NOT_SHIPPED = Starter(
    "not-shipped",
    _("The warehouse is told of an order that has waited for 20 hours"),
    {
        "trigger": {
            "kind": "time",
            "subject": "orders.order",
            "every": "hour",
            "hour": 0,
            "again": False,
        },
        "conditions": {
            "match": "all",
            "items": [
                {"field": "paid_for", "is": "more_than", "value": "20"},
                {"field": "fulfilment", "is": "one_of", "value": _NOT_SHIPPED},
            ],
        },
        "actions": [
            {
                "action": "alert",
                "role": Role.WAREHOUSE.value,
                "severity": "warning",
                "text": _("{subject} was paid 20 hours ago and has not left"),
                "closes_itself": True,
            }
        ],
    },
)
NO_DATA = Starter(
    "no-data",
    _("The operations lead is told when a feed of data stays out"),
    {
        "trigger": {"kind": "check", "check": "INS-8.feeds"},
        "conditions": {"match": "all", "items": []},
        "actions": [
            {
                "action": "message",
                "to": f"role:{Role.OPERATIONS_LEAD.value}",
                "text": _("{store}: no data from {subject}"),
            }
        ],
    },
)


def register() -> None:
    starters.register(LARGE_ORDER, NOT_SHIPPED, NO_DATA)
