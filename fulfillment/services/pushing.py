"""Channels are told which parcels of their orders have left, until they accept it (FUL-3).

The message is written with the hand-over and leaves with its commit; the outbox repeats it. What
became of it is the outbox's to say: nothing is kept twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fulfillment.models import ChannelPush, Parcel, ParcelItem, ParcelOrder
from opsdesk.exchange.models import OutboundMessage
from opsdesk.exchange.services import outbox

KIND = "fulfillment.parcel_left"


IS_TOLD = "leaving_is_pushed(%(ids)s::bigint[])"


def tell_channels(parcel_ids: Sequence[int], at: datetime) -> None:
    """One message per parcel and order to channels that accept waybills. Four statements at most.

    Called in the transaction in which the parcels leave; the same parcel is told once.
    """
    links = ParcelOrder.objects.filter(
        parcel__in=list(parcel_ids), order__channel__accepts_waybill_push=True
    ).select_related("parcel__carrier", "parcel__service", "order__split_from")
    told = list(links.order_by("parcel_id", "order_id"))
    channels = {link.order.channel_id for link in told}
    pushes = {
        push.channel_id: push
        for push in ChannelPush.objects.active()
        .filter(channel__in=channels)
        .select_related("target")
    }
    items = _items(parcel_ids)
    outbox.enqueue_messages(
        [
            outbox.Draft(
                target=push.target,
                kind=KIND,
                key=key_of(link.parcel_id, link.order_id),
                payload=_payload(push, link, items[link.parcel_id, link.order_id], at),
            )
            for link in told
            if (push := pushes.get(link.order.channel_id)) is not None
        ],
        at=at,
    )


def key_of(parcel_id: int, order_id: int) -> str:
    return f"parcel:{parcel_id}:{order_id}"


def _items(parcel_ids: Sequence[int]) -> dict[tuple[int, int], list[dict[str, Any]]]:
    rows = ParcelItem.objects.filter(parcel__in=list(parcel_ids)).order_by("line_id", "sku_id")
    items: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for parcel, order, code, pieces in rows.values_list(
        "parcel_id", "line__order_id", "sku__code", "quantity"
    ):
        items[parcel, order].append({"sku": code, "quantity": pieces})
    return items


def _payload(
    push: ChannelPush, link: ParcelOrder, items: list[dict[str, Any]], at: datetime
) -> dict[str, Any]:
    """The channel knows the order that it sent, not the parts we made of it."""
    parcel, order = link.parcel, link.order
    known = order.split_from or order
    if push.form == ChannelPush.Form.SHOPIFY:
        return {
            "fulfillment": {
                "order_number": known.external_number,
                "tracking_info": {"company": str(parcel.carrier), "number": parcel.waybill},
                "line_items": items,
                "notify_customer": True,
                "created_at": at.isoformat(),
            }
        }
    return {
        "type": "parcel.left",
        "order_number": known.external_number,
        "parcel": parcel.number,
        "carrier": parcel.carrier.code if parcel.carrier else "",
        "carrier_name": str(parcel.carrier),
        "service": parcel.service.code if parcel.service else "",
        "waybill": parcel.waybill,
        "shipped_at": at.isoformat(),
        "items": items,
    }


@dataclass(frozen=True)
class Told:
    """What became of the message about one order of a parcel."""

    order_number: str
    message: OutboundMessage

    @property
    def state(self) -> str:
        """`accepted`, `refused` where it is parked or given up, else `waiting`."""
        if self.message.state == OutboundMessage.State.SENT:
            return "accepted"
        has_ended = self.message.state in ("parked", "cancelled")
        return "refused" if has_ended or self.message.error else "waiting"


def told_of(parcel: Parcel) -> list[Told]:
    """What the channels of the parcel's orders were told, and what they answered. Two queries."""
    numbers = {
        key_of(parcel.pk, link.order_id): link.order.external_number
        for link in parcel.parcel_orders.select_related("order")
    }
    messages = OutboundMessage.objects.filter(
        store=parcel.store_id, kind=KIND, key__in=numbers
    ).select_related("target")
    return [Told(numbers[each.key], each) for each in messages.order_by("pk")]
