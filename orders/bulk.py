"""Many orders at once: first a page that says what would happen, then it happens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words
from orders.actions import ACTIONS
from orders.models import Order
from orders.screens.tagging import TAGGING


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s order was left alone: it has moved on, or you may not do this.",
        "%(count)s orders were left alone: they have moved on, or you may not do this.",
        count,
    ) % {"count": count}


def _state(order: Order) -> str:
    states = (
        order.get_payment_state_display(),
        order.get_review_state_display(),
        order.get_fulfilment_state_display(),
    )
    return " · ".join(map(str, states))


ORDERS = BulkList(
    model=Order,
    actions=ACTIONS | TAGGING,
    state=_state,
    directly=500,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one order."),
        too_many=_("That is more than %(most)s orders. Narrow the selection first."),
        none_chosen=_("No orders were chosen."),
        say_why=_("Say why, so that others can read it on the timeline."),
        left_alone=_left_alone,
        why=_(
            "Left alone are orders in another state, and orders of stores where you may not do "
            "this."
        ),
        back=_("Back to the orders"),
    ),
)
bulk.register(*ORDERS.verbs())
