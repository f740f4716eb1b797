"""What the demonstration's channels say of their orders: one got lost, one differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from opsdesk.stores.models import Channel
from opsdesk.stores.roles import Role
from orders.models import ChannelDifference, Order
from orders.services.reconciling import period_of, reconcile_channel, settle_difference
from orders.sources.registry import Answer, ListedOrder, Source

_LOST = "2601199990000000001"


def compare_channels(it: Demonstration, *, at: datetime) -> None:
    """The first channel's last run found a lost order and two amounts, one of them explained."""
    channel = it.store.channels.select_related("store").order_by("pk")[0]
    since, until = period_of(channel, at=at)
    listed = _listed(channel, since=since, until=until)
    if len(listed) < 2:  # a demonstration of a handful of orders
        return
    listed[:2] = [replace(order, paid=(order.paid or Decimal(0)) + 5) for order in listed[:2]]
    listed.append(ListedOrder(_LOST, at - timedelta(hours=2)))
    answer = Answer(listed, since, until)
    source = Source("demo", "tmall-orders.json", lambda channel: True, lambda *asked: answer)
    reconcile_channel(channel=channel, since=since, until=until, at=at, source=source)
    explained = ChannelDifference.objects.open().filter(channel=channel, field="paid")
    settle_difference(
        difference_id=explained.order_by("external_number")[0].pk,
        state=ChannelDifference.State.EXPLAINED,
        note="平台红包 5.00 由平台承担",
        actor=it.people[Role.ORDER_REVIEWER],
        at=at,
    )


def _listed(channel: Channel, *, since: datetime, until: datetime) -> list[ListedOrder]:
    """The channel's orders of the time as we have them, the oldest first."""
    orders = Order.objects.filter(channel=channel, placed_at__gte=since, placed_at__lte=until)
    return [
        ListedOrder(order.external_number, order.placed_at, paid=order.paid_amount)
        for order in orders.order_by("placed_at", "pk")
    ]
