"""The goods of an order are changed before they leave: swapped, more or fewer, removed (ORD-5).

What was paid is never changed by it. Where the goods become cheaper the difference is asked back
for the buyer in the same breath; where they become dearer the buyer has to pay at the channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Sku
from catalog.services.codes import find_sku
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.schedule.hints import hint
from opsdesk.wording import money
from orders import tasks
from orders.models import Order, OrderLine
from orders.services import channel_word, lifecycle, refunding, reservation
from orders.services.amounts import CENT, portion
from orders.services.editing import open_order, reason_of, record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CHANGE_GOODS = "orders.change_goods"
MOST_LINES = 200


class BuyerOwes(DomainError):
    """The goods would be dearer than what was agreed. `facts["amount"]` is missing."""

    code = "buyer_owes"


class BuyerIsOwed(DomainError):
    """The goods would be cheaper than what was agreed, and nobody said what becomes of the rest."""

    code = "buyer_is_owed"


class NotEnough(DomainError):
    """Stock that covers the order now would not cover it then."""

    code = "not_enough"


@dataclass(frozen=True)
class Wanted:
    """A line as it is to be: `line_id` of the line it stands for, None for a further one.

    `unit_price` None: a line keeps what a piece of it cost, also for other goods in its place (an
    even swap); a further line costs nothing (a present).
    """

    sku_code: str
    quantity: int
    line_id: int | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class NewLine:
    """One line after the change; `line` is the one it stands for."""

    line: OrderLine | None
    sku: Sku
    quantity: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Preview:
    """What a change of goods would come to. `difference` > 0: the buyer owes it; < 0: is owed."""

    lines: list[NewLine]
    total_before: Decimal
    total_after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.total_after - self.total_before


def preview_goods(order: Order, wanted: Sequence[Wanted]) -> Preview:
    """The arithmetic of a change, without making it. Raises DomainError for what can't be meant."""
    lines = {line.pk: line for line in order.lines.select_related("sku")}
    named = [line.line_id for line in wanted if line.line_id is not None]
    if len(named) != len(set(named)) or not lines.keys() >= set(named):
        raise DomainError(_("A line was named twice, or is not on this order any more."))
    if not wanted:
        raise DomainError(_("At least one line stays; to send nothing, cancel the order."))
    if len(wanted) > MOST_LINES:
        raise DomainError(_("That are more than %(most)s lines.") % {"most": MOST_LINES})
    made = [_new_line(order, lines.get(each.line_id or 0), each) for each in wanted]
    before = sum((line.amount for line in lines.values()), Decimal(0))
    after = sum((line.amount for line in made), Decimal(0))
    total = max(order.total_amount + after - before, Decimal(0))
    return Preview(made, order.total_amount, total)


def change_goods(
    *,
    order_id: int,
    version: int,
    wanted: Sequence[Wanted],
    reason: str,
    actor: User,
    at: datetime,
    refund_difference: bool = False,
) -> Order:
    """The order is for these lines and no others; its stock is released and reserved anew.

    Lines that are not `wanted` go. With `refund_difference` a refund request is filed for what the
    buyer has paid too much. Raises NotAllowed, TooLate, Conflict for an order that was changed
    meanwhile, BuyerOwes, BuyerIsOwed, NotEnough where covered goods would have to wait, and
    DomainError for a code the store does not have. Locks the order, then stock.
    """
    reason = reason_of(reason)
    change = partial(
        _change, order_id, version, list(wanted), reason, refund_difference, actor=actor, at=at
    )
    return retrying(change)


@transaction.atomic
def _change(
    order_id: int,
    version: int,
    wanted: Sequence[Wanted],
    reason: str,
    refund_difference: bool,
    *,
    actor: User,
    at: datetime,
) -> Order:
    order = open_order(order_id, right=CHANGE_GOODS, version=version, actor=actor)
    preview = preview_goods(order, wanted)
    _refuse_silent_money(order, preview, refund_difference)
    before = _goods(order.lines.all())
    channel_word.keep_goods(order)
    was_reserved = order.fulfilment_state == Order.Fulfilment.RESERVED
    _put_back(order, actor=actor, at=at)
    _write_lines(order, preview)
    order.total_amount = preview.total_after
    record_change(
        order,
        "goods",
        actor=actor,
        at=at,
        reason=reason,
        columns=["total_amount", "fulfilment_state", "confirmed_at"],
        fields={"goods": [before, _goods(order.lines.all())], **_total(preview)},
    )
    _reserve_anew(order, was_reserved=was_reserved, actor=actor, at=at)
    # What it is held for may be mended by this.
    hint(tasks.review_orders, [order.pk])
    if preview.difference < 0:
        refunding.ask_within(
            order, amount=-preview.difference, reason=reason, lines=[], actor=actor, at=at
        )
    return order


def _new_line(order: Order, line: OrderLine | None, wanted: Wanted) -> NewLine:
    if wanted.quantity < 1:
        raise DomainError(_("A line has at least one piece; leave it out to remove it."))
    if wanted.unit_price is not None and wanted.unit_price < 0:
        raise DomainError(_("A price is not below zero."))
    sku = _sku_of(order, line, wanted.sku_code.strip())
    if wanted.unit_price is not None:
        price = wanted.unit_price.quantize(CENT, ROUND_HALF_UP)
        return NewLine(line, sku, wanted.quantity, price, price * wanted.quantity)
    if line is None:
        return NewLine(None, sku, wanted.quantity, Decimal(0), Decimal(0))
    amount = portion(line.amount, wanted.quantity, line.quantity)
    return NewLine(line, sku, wanted.quantity, line.unit_price, amount)


def _sku_of(order: Order, line: OrderLine | None, code: str) -> Sku:
    if line is not None and line.sku is not None and line.sku_code == code:
        return line.sku
    sku = find_sku(store_id=order.store_id, code=code)
    if sku is None or not sku.is_active:
        raise DomainError(
            _("%(store)s sells no SKU %(code)s.") % {"store": order.store, "code": code}
        )
    return sku


def _refuse_silent_money(order: Order, preview: Preview, refund_difference: bool) -> None:
    difference = preview.difference
    if difference and order.paid_at is None:
        raise BuyerOwes(
            _("The order is not paid yet: change its amount at the channel, then its goods."),
            amount=str(difference),
        )
    if difference > 0:
        raise BuyerOwes(
            _("The buyer would owe %(amount)s: take it at the channel, or give a lower price.")
            % {"amount": money(difference, order.currency)},
            amount=str(difference),
        )
    if difference < 0 and not refund_difference:
        raise BuyerIsOwed(
            _("The buyer would be owed %(amount)s: ask for the refund with the change.")
            % {"amount": money(-difference, order.currency)},
            amount=str(-difference),
        )


def _put_back(order: Order, *, actor: User, at: datetime) -> None:
    """What was kept for the order is available again, and it waits for its goods."""
    lifecycle.release_reservations([order.pk], actor=actor, at=at)
    order.fulfilment_state = Order.Fulfilment.WAITING
    order.confirmed_at = None


def _write_lines(order: Order, preview: Preview) -> None:
    kept = [line.line.pk for line in preview.lines if line.line is not None]
    order.lines.exclude(pk__in=kept).delete()
    last = max(order.lines.values_list("position", flat=True), default=0)
    for new in preview.lines:
        line = new.line
        if line is None:
            last += 1
            line = OrderLine(order=order, position=last)
        if line.sku_id != new.sku.pk or not line.sku_code:
            line.sku, line.sku_code, line.title = new.sku, new.sku.code, _title(new.sku)
        line.quantity, line.unit_price, line.amount = new.quantity, new.unit_price, new.amount
        line.save()


def _title(sku: Sku) -> str:
    return " ".join(part for part in (sku.product.name, sku.spec) if part)[:200]


def _reserve_anew(order: Order, *, was_reserved: bool, actor: User, at: datetime) -> None:
    covered = reservation.reserve_now([order.pk], actor=actor, at=at)
    if was_reserved and not covered:
        raise NotEnough(
            _("There is not enough stock for these goods: the order would have to wait again.")
        )
    order.refresh_from_db(fields=["fulfilment_state", "confirmed_at"])


def _goods(lines: Iterable[OrderLine]) -> str:
    return ", ".join(f"{line.quantity} × {line.sku_code}" for line in lines)


def _total(preview: Preview) -> dict[str, list[str]]:
    if not preview.difference:
        return {}
    return {"total_amount": [str(preview.total_before), str(preview.total_after)]}
