"""Which orders leave in one parcel: a shipment of several goes whole or not at all (ORD-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count, QuerySet

from orders.models import Order, ShipTogetherMember


def with_companions(order_ids: Iterable[int]) -> list[int]:
    """These orders and those that are to leave with them, by id."""
    ids = set(order_ids)
    mine = ShipTogetherMember.objects.current().filter(order__in=ids).values("group")
    theirs = ShipTogetherMember.objects.current().filter(group__in=mine)
    return sorted(ids.union(theirs.values_list("order_id", flat=True)))


def without_torn(order_ids: Sequence[int]) -> list[int]:
    """Of these orders those that don't leave a companion behind which is still here."""
    members = ShipTogetherMember.objects.current().filter(order__in=order_ids)
    groups = members.values_list("group_id", flat=True)
    behind = (
        ShipTogetherMember.objects.current()
        .filter(group__in=list(groups), order__in=Order.objects.not_gone())
        .exclude(order__in=order_ids)
    )
    torn = members.filter(group__in=behind.values("group")).values_list("order_id", flat=True)
    kept = set(order_ids) - set(torn)
    return [pk for pk in order_ids if pk in kept]


def companions_of(order: Order) -> QuerySet[Order]:
    """The other orders of its shipment, by number; none where it leaves alone."""
    groups = ShipTogetherMember.objects.current().filter(order=order).values("group")
    members = ShipTogetherMember.objects.current().filter(group__in=groups)
    orders = Order.objects.filter(pk__in=members.values("order")).exclude(pk=order.pk)
    return orders.order_by("external_number")


def leave(order_ids: Iterable[int], *, at: datetime) -> list[int]:
    """These orders are in no shipment with others; one that is left alone isn't either.

    Returns the orders that left one. The caller holds the locks of the orders it names. Harmless
    for orders that are in none.
    """
    current = ShipTogetherMember.objects.current()
    leaving = current.filter(order__in=list(order_ids))
    groups = list(leaving.values_list("group_id", flat=True))
    if not groups:
        return []
    left = list(leaving.values_list("order_id", flat=True))
    leaving.update(left_at=at)
    alone = current.filter(group__in=groups).values("group").order_by()
    alone = alone.annotate(orders=Count("pk")).filter(orders=1)
    last = current.filter(group__in=list(alone.values_list("group", flat=True)))
    left += last.values_list("order_id", flat=True)
    last.update(left_at=at)
    return left
