"""What the channel last said of an order that was changed here, and what a later copy says (ORD-5).

Digests of personal data are keyed, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from opsdesk import sealing
from orders.contacts import LABELS
from orders.models import ChannelSays, Order, OrderLine
from orders.services.drafts import OrderDraft

PERSONAL = ("region", *LABELS)
_PURPOSE = "channel says"


@dataclass(frozen=True)
class Known:
    """What an arriving copy is compared with: the channel's own word where we changed the order.

    `lines` is SKU code → pieces. `parts` are the orders split from this one, locked.
    """

    lines: dict[str, int]
    total_amount: Decimal
    contact: dict[str, str] = field(default_factory=dict)
    is_edited: bool = False
    parts: tuple[Order, ...] = ()


def known_of(orders: Sequence[Order]) -> dict[int, Known]:
    """Order id → what it is compared with. Three queries; locks the parts by id."""
    lines = pieces_of(orders)
    said = {said.order_id: said for said in ChannelSays.objects.filter(order__in=orders)}
    parts: dict[int, list[Order]] = {}
    split = Order.objects.filter(split_from__in=orders).select_related("store", "channel")
    for part in split.locked():
        parts.setdefault(part.root_id, []).append(part)
    return {
        order.pk: _known(
            order, lines.get(order.pk, {}), said.get(order.pk), parts.get(order.pk, [])
        )
        for order in orders
    }


def pieces_of(orders: Iterable[Order]) -> dict[int, dict[str, int]]:
    """Order id → SKU code → pieces."""
    pieces: dict[int, dict[str, int]] = {}
    rows = OrderLine.objects.filter(order__in=list(orders)).values_list(
        "order_id", "sku_code", "quantity"
    )
    for order_id, code, quantity in rows:
        codes = pieces.setdefault(order_id, {})
        codes[code] = codes.get(code, 0) + quantity
    return pieces


def _known(
    order: Order, lines: dict[str, int], said: ChannelSays | None, parts: Sequence[Order]
) -> Known:
    known = Known(lines, order.total_amount, parts=tuple(parts))
    if said is None:
        return known
    known = replace(known, contact=said.contact)
    if said.lines is None or said.total_amount is None:
        return known
    return replace(known, lines=said.lines, total_amount=said.total_amount, is_edited=True)


def keep_goods(order: Order) -> None:
    """Before the goods of this order are changed: what its channel said of them is kept, once.

    A part's goods are among those of the order it was split from, kept when it was split.
    """
    if order.split_from_id is not None:
        return
    said, _made = ChannelSays.objects.get_or_create(order=order)
    if said.lines is None:
        said.lines = pieces_of([order]).get(order.pk, {})
        said.total_amount = order.total_amount
        said.save(update_fields=["lines", "total_amount"])


def keep_family_money(order: Order) -> None:
    """Before the order is split: what the channel told of its money, which the parts share. Once:
    before a part is split again its order's was kept."""
    if order.split_from_id is None:
        ChannelSays.objects.filter(order=order, paid_amount=None).update(
            paid_amount=order.paid_amount,
            freight_amount=order.freight_amount,
            discount_amount=order.discount_amount,
        )


def keep_contact(order: Order, fields: Iterable[str]) -> None:
    """Before these parts of the contact are changed here: what its channel said of them is kept."""
    said, _made = ChannelSays.objects.get_or_create(order=order)
    contact = order.contact
    for name in fields:
        value = getattr(contact if name in LABELS else order, name)
        said.contact.setdefault(name, _digest(name, value))
    said.save(update_fields=["contact"])


def moved_contact(order: Order, draft: OrderDraft, known: Known) -> list[str]:
    """Parts of the contact that the channel has changed since we did, to something else than ours.

    What it says now is kept, so that the same word is news only once.
    """
    moved = [name for name in known.contact if _has_moved(name, draft, known.contact)]
    if not moved:
        return []
    says = {**known.contact, **{name: _digest(name, getattr(draft, name)) for name in moved}}
    ChannelSays.objects.filter(order=order).update(contact=says)
    ours = order.contact
    return [
        name
        for name in moved
        if getattr(draft, name) != getattr(ours if name in LABELS else order, name)
    ]


def forget_contacts(orders: Iterable[Order]) -> None:
    """Not even by digest is known whom these orders were for."""
    ChannelSays.objects.filter(order__in=list(orders)).update(contact={})


def _has_moved(name: str, draft: OrderDraft, contact: Mapping[str, str]) -> bool:
    """A copy that leaves the field out says nothing of it."""
    theirs = getattr(draft, name)
    return bool(theirs) and contact[name] not in _digests(name, theirs)


def _digest(name: str, value: str) -> str:
    return sealing.digest(f"{name}\n{value}".encode(), purpose=_PURPOSE).hex()


def _digests(name: str, value: str) -> list[str]:
    content = f"{name}\n{value}".encode()
    return [digest.hex() for digest in sealing.digests(content, purpose=_PURPOSE)]
