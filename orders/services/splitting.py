"""Some of an order's goods become an order of their own, before they leave (ORD-5).

The part has the number of the order with `-2`, `-3` … behind it. Money is divided to the cent: what
the part takes is rounded, the order keeps the rest, so that the family's sums stay what they were.
Reservations go with their pieces, clocks run on the part as they did on the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import DomainError
from orders.models import Order, OrderEvent, OrderLine, Reservation
from orders.services import channel_word, lifecycle, parcels, reservation
from orders.services.amounts import payment_state, portion
from orders.services.editing import open_order, reason_of, record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SPLIT = "orders.split_order"
MONEY = ("freight_amount", "discount_amount", "paid_amount", "refunded_amount")


@dataclass(frozen=True)
class Part:
    """So many pieces of a line go to the new order."""

    line_id: int
    quantity: int


def split_order(
    *, order_id: int, version: int, parts: Sequence[Part], reason: str, actor: User, at: datetime
) -> Order:
    """The new order with these pieces; at least one piece stays behind.

    Raises NotAllowed, TooLate, Conflict for an order that was changed meanwhile, and DomainError
    for one that is not paid, has an open refund request, or would be empty. Locks the order.
    """
    reason = reason_of(reason)
    return retrying(partial(_split, order_id, version, parts, reason, actor=actor, at=at))


@transaction.atomic
def _split(
    order_id: int,
    version: int,
    parts: Sequence[Part],
    reason: str,
    *,
    actor: User,
    at: datetime,
) -> Order:
    order = open_order(order_id, right=SPLIT, version=version, actor=actor)
    lines = list(order.lines.all())
    taken = _taken(lines, parts)
    _refuse_unsplittable(order)
    channel_word.keep_goods(order)
    channel_word.keep_family_money(order)
    child = _make_child(order, _share(lines, taken))
    _move_lines(lines, taken, child)
    _shrink(order, child)
    told = f"{order} → {child}"
    columns = ["total_amount", *MONEY]
    fields = {
        "total_amount": [str(order.total_amount + child.total_amount), str(order.total_amount)]
    }
    record_change(
        order,
        "split",
        actor=actor,
        at=at,
        reason=reason,
        columns=columns,
        told=told,
        fields=fields,
        part=child.external_number,
    )
    data = {"what": "split", "told": told, "reason": reason}
    lifecycle.note([child.pk], OrderEvent.Kind.CHANGED, actor=actor, at=at, data=data)
    _start_clocks(child, at)
    parcels.leave([order.pk], at=at)
    reservation.reserve_now([order.pk, child.pk], actor=actor, at=at)
    child.refresh_from_db()
    return child


def _taken(lines: Sequence[OrderLine], parts: Sequence[Part]) -> dict[int, int]:
    """Line id → pieces that go. Raises DomainError unless some go and some stay."""
    there = {line.pk: line.quantity for line in lines}
    taken = {part.line_id: part.quantity for part in parts if part.quantity}
    if len(taken) < sum(1 for part in parts if part.quantity) or not there.keys() >= set(taken):
        raise DomainError(_("A line was named twice, or is not on this order any more."))
    if any(pieces < 0 or pieces > there[pk] for pk, pieces in taken.items()):
        raise DomainError(_("A part takes no more pieces than there are."))
    if not taken or taken == there:
        raise DomainError(_("Some pieces go and some stay: choose at least one, and not all."))
    return taken


def can_be_split(order: Order) -> bool:
    """Whether there is anything to divide, and nothing that forbids it."""
    try:
        _refuse_unsplittable(order)
    except DomainError:
        return False
    pieces: int = order.lines.aggregate(pieces=Sum("quantity", default=0))["pieces"]
    return pieces > 1


def _refuse_unsplittable(order: Order) -> None:
    if order.paid_at is None:
        raise DomainError(
            _("An order is split once it is paid: its channel takes the money whole.")
        )
    if order.refund_requests.open().exists():
        raise DomainError(
            _("A refund is asked for on this order: settle it first, then split the order.")
        )


def _goods_of(lines: Sequence[OrderLine], taken: dict[int, int]) -> Decimal:
    return sum((_amount(line, taken.get(line.pk, 0)) for line in lines), Decimal(0))


def _amount(line: OrderLine, pieces: int) -> Decimal:
    """What so many pieces of the line cost; all of them the whole amount."""
    return portion(line.amount, pieces, line.quantity)


def _share(lines: Sequence[OrderLine], taken: dict[int, int]) -> tuple[Decimal, Decimal]:
    """The part's goods and all goods, by amount; by pieces where goods cost nothing."""
    whole = sum((line.amount for line in lines), Decimal(0))
    if whole:
        return _goods_of(lines, taken), whole
    return Decimal(sum(taken.values())), Decimal(sum(line.quantity for line in lines))


def _make_child(order: Order, share: tuple[Decimal, Decimal]) -> Order:
    part, whole = share
    amounts = {name: portion(getattr(order, name), part, whole) for name in MONEY}
    total = portion(order.total_amount, part, whole)
    kept = {
        name: getattr(order, name)
        for name in (
            "store",
            "channel",
            "customer",
            "fulfilment_state",
            "after_sales_state",
            "currency",
            "placed_at",
            "paid_at",
            "confirmed_at",
            "deliver_by",
            "region",
            "contact_cleared_at",
        )
    }
    is_passed = order.review_state == Order.Review.PASSED
    child = Order(
        external_number=_free_number(order),
        split_from_id=order.root_id,
        # What held the order is not known to hold the part: its review looks at it anew.
        review_state=Order.Review.PASSED if is_passed else Order.Review.WAITING,
        reviewed_at=order.reviewed_at if is_passed else None,
        total_amount=total,
        **amounts,
        **kept,
    )
    child.payment_state = payment_state(child)
    child.contact = order.contact
    child.save(force_insert=True)
    return child


def _free_number(order: Order) -> str:
    """The root's number with the next free one behind it."""
    root = order.external_number
    if order.split_from_id is not None:
        root = Order.objects.values_list("external_number", flat=True).get(pk=order.split_from_id)
    taken = set(
        Order.objects.filter(
            store=order.store_id, external_number__startswith=f"{root}-"
        ).values_list("external_number", flat=True)
    )
    return next(number for n in count(2) if (number := f"{root}-{n}") not in taken)


def _shrink(order: Order, child: Order) -> None:
    for name in ("total_amount", *MONEY):
        setattr(order, name, getattr(order, name) - getattr(child, name))


def _move_lines(lines: Sequence[OrderLine], taken: dict[int, int], child: Order) -> None:
    """Whole lines go as they are, with what is reserved for them; of others a piece is cut off."""
    moved = [line for line in lines if line.pk in taken]
    for position, line in enumerate(moved, start=1):
        pieces = taken[line.pk]
        if pieces == line.quantity:
            OrderLine.objects.filter(pk=line.pk).update(order=child, position=position)
        else:
            _cut(line, pieces, child, position)


def _cut(line: OrderLine, pieces: int, child: Order, position: int) -> None:
    amount, quantity = _amount(line, pieces), line.quantity
    cut = OrderLine.objects.create(
        order=child,
        position=position,
        sku_id=line.sku_id,
        sku_code=line.sku_code,
        title=line.title,
        quantity=pieces,
        unit_price=line.unit_price,
        amount=amount,
    )
    held = list(Reservation.objects.open().filter(line=line).order_by("pk"))
    for row in held:
        # Of a bundle each piece holds so many of each part.
        goes = row.quantity // quantity * pieces
        Reservation.objects.filter(pk=row.pk).update(quantity=row.quantity - goes)
        row.pk, row.line, row.quantity = None, cut, goes
    Reservation.objects.bulk_create(held)
    line.quantity, line.amount = quantity - pieces, line.amount - amount
    line.save(update_fields=["quantity", "amount"])


def _start_clocks(child: Order, at: datetime) -> None:
    """From the same moments as the order's; what it had reached, the part has reached."""
    for moment in ("placed_at", "paid_at"):
        started_at = getattr(child, moment)
        subject = deadlines.Subject(child.pk, child.external_number, started_at, child.total_amount)
        deadlines.start(
            Order, [subject], on=moment, store=child.store, channel=child.channel, at=at
        )
    for moment in ("confirmed_at", "reviewed_at"):
        reached_at = getattr(child, moment)
        if reached_at is not None:
            deadlines.reach(Order, [child.pk], reached=moment, at=reached_at)
