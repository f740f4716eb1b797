"""An order as a file, a webhook or a person states it, before it is one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

from orders.models import Order

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One article: pieces, and money in the store's currency."""

    sku_code: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    title: str = ""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What is known of an order. Aware moments, Decimal money in the store's currency.

    `paid_amount` is what was captured, gross; `refunded_amount` what of it went back. Timestamps
    after `placed_at` tell what has already happened elsewhere: history is taken over, not redone.
    """

    external_number: str
    placed_at: datetime
    total_amount: Decimal
    lines: tuple[LineDraft, ...] = ()
    is_amount_only: bool = False
    freight_amount: Decimal = NOTHING
    discount_amount: Decimal = NOTHING
    paid_amount: Decimal = NOTHING
    refunded_amount: Decimal = NOTHING
    paid_at: datetime | None = None
    confirmed_at: datetime | None = None
    reviewed_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    customer: str = ""
    recipient: str = ""
    phone: str = ""
    region: str = ""
    address: str = ""
    buyer_memo: str = ""

    @property
    def fulfilment_state(self) -> str:
        if self.cancelled_at:
            return Order.Fulfilment.CANCELLED
        if self.is_amount_only:
            return Order.Fulfilment.NOT_TRACKED
        if self.delivered_at and self.shipped_at:
            return Order.Fulfilment.DELIVERED
        if self.shipped_at:
            return Order.Fulfilment.SHIPPED
        return Order.Fulfilment.WAITING

    @property
    def payment_state(self) -> str:
        if self.paid_at is None:
            return Order.Payment.UNPAID
        if not self.refunded_amount:
            return Order.Payment.PAID
        if self.refunded_amount < self.paid_amount:
            return Order.Payment.PART_REFUNDED
        return Order.Payment.REFUNDED

    @property
    def review_state(self) -> str:
        if self.reviewed_at:
            return Order.Review.PASSED
        if self.fulfilment_state == Order.Fulfilment.WAITING:
            return Order.Review.WAITING
        return Order.Review.NOT_TRACKED

    def digest(self) -> str:
        """Equal for two copies of the same order, whatever wrote them."""
        return md5(repr(self._plain()).encode(), usedforsecurity=False).hexdigest()

    def _plain(self) -> tuple[Any, ...]:
        return (
            self.external_number,
            _moment(self.placed_at),
            _money(self.total_amount),
            tuple(
                (line.sku_code, line.quantity, _money(line.unit_price), _money(line.amount))
                for line in self.lines
            ),
            self.is_amount_only,
            _money(self.freight_amount),
            _money(self.discount_amount),
            _money(self.paid_amount),
            _money(self.refunded_amount),
            _moment(self.paid_at),
            _moment(self.confirmed_at),
            _moment(self.reviewed_at),
            _moment(self.shipped_at),
            _moment(self.delivered_at),
            _moment(self.cancelled_at),
            self.customer,
            self.recipient,
            self.phone,
            self.region,
            self.address,
            self.buyer_memo,
        )

    def as_row(self) -> dict[str, Any]:
        """The object that the SQL function `place_orders` reads; keys are its column names.

        Moments stay moments: orjson writes them ten times as fast as Python does.
        """
        state = self.fulfilment_state
        was_here = state in (Order.Fulfilment.SHIPPED, Order.Fulfilment.DELIVERED)
        return {
            "n": self.external_number,
            "cu": self.customer,
            "rs": self.review_state,
            "ps": self.payment_state,
            "fs": state,
            "ao": self.is_amount_only,
            "ta": str(self.total_amount),
            "fa": str(self.freight_amount),
            "da": str(self.discount_amount),
            "pa": str(self.paid_amount),
            "ra": str(self.refunded_amount),
            "t0": self.placed_at,
            "t1": self.paid_at,
            "t2": self.reviewed_at,
            # While we still owe the goods, only our own reservation confirms them.
            "t3": self.confirmed_at if was_here else None,
            "t4": self.shipped_at,
            "t5": self.delivered_at if was_here else None,
            "t6": self.cancelled_at,
            "re": self.recipient,
            "ph": self.phone,
            "rg": self.region,
            "ad": self.address,
            "me": self.buyer_memo,
            "h": self.digest(),
        }

    def line_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "n": self.external_number,
                "p": position,
                "c": line.sku_code,
                "t": line.title,
                "q": line.quantity,
                "u": str(line.unit_price),
                "a": str(line.amount),
            }
            for position, line in enumerate(self.lines, start=1)
        ]


def _moment(value: datetime | None) -> float | None:
    """The same for every zone it may be written in."""
    return value.timestamp() if value else None


def _money(value: Decimal) -> str:
    return "0.00" if value is NOTHING else f"{value:.2f}"
