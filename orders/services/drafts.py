"""An order as a file, a webhook or a person states it, before it is one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from opsdesk import sealing
from orders import contacts
from orders.contacts import Contact
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
class Fact:
    """Something that happened to an order elsewhere, known by its source's id (`key`).

    `kind` is one of `SourceFact.Kind`. `amount` is what was paid or refunded, `pieces` what a
    shipment holds; `is_void` says that the source took it back.
    """

    kind: str
    at: datetime
    key: str = ""
    amount: Decimal = NOTHING
    pieces: int = 0
    delivered_at: datetime | None = None
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What is known of an order. Aware moments, Decimal money in the store's currency.

    `paid_amount` is what was captured, gross; `refunded_amount` what of it went back. Timestamps
    after `placed_at` tell what has already happened elsewhere: history is taken over, not redone.

    A source that says as of when its copy holds gives `stated_at`: then its newest word counts,
    whatever arrives last, and what happened comes as `facts` (`orders/services/sources.py`).
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
    deliver_by: datetime | None = None
    customer: str = ""
    recipient: str = ""
    phone: str = ""
    region: str = ""
    address: str = ""
    buyer_memo: str = ""
    stated_at: datetime | None = None
    facts: tuple[Fact, ...] = ()

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

    @property
    def contact(self) -> Contact:
        return Contact(self.recipient, self.phone, self.address, self.buyer_memo)

    def digest(self) -> str:
        """Equal for two copies of the same order, whatever wrote them. Keyed: it can't be guessed
        from it whom the order goes to."""
        return sealing.digest(self._content(self._stated()), purpose="order").hex()

    def digests(self) -> list[str]:
        """By every key, the newest first: the order on record may have an older one's."""
        content = self._content(self._stated())
        return [digest.hex() for digest in sealing.digests(content, purpose="order")]

    def as_row(self, store_id: int) -> dict[str, Any]:
        """The object that the SQL function `place_orders` reads; what it leaves out is empty."""
        row = self._stated()
        digest = sealing.digest(self._content(row), purpose="order").hex()
        for key in ("re", "ph", "ad", "me"):
            row.pop(key, None)
        sealed = contacts.seal(self.contact, store_id=store_id, number=self.external_number)
        if sealed:
            row["sc"] = f"\\x{sealed.hex()}"
        phone = contacts.phone_digest(self.phone)
        if phone:
            row["pd"] = f"\\x{phone.hex()}"
        state = self.fulfilment_state
        if state not in (Order.Fulfilment.SHIPPED, Order.Fulfilment.DELIVERED):
            # While we still owe the goods, only our own reservation confirms them.
            row.pop("t3", None)
            row.pop("t5", None)
        # A promise is no part of what the order is: a copy with another one is the same order.
        if self.deliver_by:
            row["t7"] = self.deliver_by.timestamp()
        row["h"] = digest
        row["rs"] = self.review_state
        row["ps"] = self.payment_state
        row["fs"] = state
        return row

    def _stated(self) -> dict[str, Any]:
        """What is known, as plain values: money to the cent, moments in seconds since 1970."""
        stated: dict[str, Any] = {
            "n": self.external_number,
            "t0": self.placed_at.timestamp(),
            "ta": f"{self.total_amount:.2f}",
        }
        if self.is_amount_only:
            stated["ao"] = True
        for key, amount in (
            ("fa", self.freight_amount),
            ("da", self.discount_amount),
            ("pa", self.paid_amount),
            ("ra", self.refunded_amount),
        ):
            if amount:
                stated[key] = f"{amount:.2f}"
        for key, moment in (
            ("t1", self.paid_at),
            ("t2", self.reviewed_at),
            ("t3", self.confirmed_at),
            ("t4", self.shipped_at),
            ("t5", self.delivered_at),
            ("t6", self.cancelled_at),
        ):
            if moment:
                stated[key] = moment.timestamp()
        for key, text in (
            ("cu", self.customer),
            ("re", self.recipient),
            ("ph", self.phone),
            ("rg", self.region),
            ("ad", self.address),
            ("me", self.buyer_memo),
        ):
            if text:
                stated[key] = text
        return stated

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

    def _content(self, stated: dict[str, Any]) -> bytes:
        articles = [
            (line.sku_code, line.quantity, f"{line.unit_price:.2f}", f"{line.amount:.2f}")
            for line in self.lines
        ]
        return orjson.dumps([stated, articles])
