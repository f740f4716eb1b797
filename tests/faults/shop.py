"""A store, its goods, and two programs that write: a bridge that sends orders, a scanner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.utils import timezone

from catalog.models import Sku, StockMovement, Warehouse
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken
from orders.models import Order
from tests.factories import StoreFactory, UserFactory, WebhookSourceFactory
from tests.orders.drafts import draft, place, stock
from tests.tokens.programs import secret_for


@dataclass(frozen=True)
class Shop:
    store: Store
    sku: Sku
    warehouse: Warehouse
    lead: User
    bridge: str
    """The secret of the token that sends orders."""
    scanner: str
    """The secret of the token that receives goods."""

    @classmethod
    def opened(cls) -> Shop:
        """Nothing is in stock."""
        store = StoreFactory()
        WebhookSourceFactory(store=store)
        warehouse = stock(store, A=0)
        lead = UserFactory(role=Role.OPERATIONS_LEAD, store=store)
        clerk = UserFactory(role=Role.WAREHOUSE, store=store)
        secrets = secret_for(lead, store), secret_for(clerk, store)
        ApiToken.objects.update(requests_per_minute=1_000_000)
        return cls(store, store.skus.get(), warehouse, lead, *secrets)

    def waiting_order(self) -> Order:
        """Paid, and short of one piece."""
        now = timezone.now()
        place(self.store, draft(placed_at=now, paid_at=now), at=now)
        return Order.objects.get()

    def order(self, number: str) -> dict[str, Any]:
        return {
            "external_number": number,
            "placed_at": "2026-03-02T10:00:00+08:00",
            "paid_at": "2026-03-02T10:01:00+08:00",
            "lines": [{"sku_code": self.sku.code, "quantity": 1, "unit_price": "9.90"}],
        }

    def receipt(self) -> dict[str, Any]:
        return {"sku": str(self.sku.pk), "warehouse": str(self.warehouse.pk), "quantity": 1}

    def orders(self, writer: int) -> Iterator[tuple[str, Any]]:
        return ((f"W{writer}-{n}", self.order(f"W{writer}-{n}")) for n in count())

    def receipts(self, writer: int) -> Iterator[tuple[str, Any]]:
        return ((f"R{writer}-{n}", self.receipt()) for n in count())

    def deliveries(self, writer: int) -> Iterator[tuple[str, Any]]:
        """Of the same orders as a program of the store's own delivers."""
        for n in count():
            number = f"H{writer}-{n}"
            yield number, {"type": "order.paid", "data": self.order(number)}

    def received(self) -> int:
        """Lines of the ledger by which goods came in."""
        return StockMovement.objects.filter(sku=self.sku, from_state="").count()


def is_reserved() -> bool:
    return Order.objects.get().fulfilment_state == "reserved"
