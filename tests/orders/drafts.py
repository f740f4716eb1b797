"""Orders as a channel would send them."""

from datetime import datetime
from decimal import Decimal

from orders.models import Order
from orders.services import intake
from orders.services.intake import LineDraft, OrderDraft, Placed
from tests.factories import MOMENT, SkuFactory, StockLevelFactory, WarehouseFactory


def draft(number: str = "T1", *articles: tuple[str, int], **fields) -> OrderDraft:
    """Paid at `MOMENT`, 10 yuan a piece; without articles one piece of SKU A."""
    lines = tuple(
        LineDraft(code, pieces, Decimal(10), Decimal(10 * pieces))
        for code, pieces in articles or [("A", 1)]
    )
    total = sum((line.amount for line in lines), Decimal(0))
    return OrderDraft(
        **{
            "external_number": number,
            "placed_at": MOMENT,
            "paid_at": MOMENT,
            "total_amount": total,
            "paid_amount": total,
            "lines": lines,
            "customer": "buyer-1",
        }
        | fields
    )


def place(store, *drafts: OrderDraft, at: datetime = MOMENT, **options) -> list[Placed]:
    options = {"channel": store.channels.first()} | options
    return intake.place_orders(drafts, store=store, at=at, **options)


def stock(store, warehouse=None, **available: int):
    """SKUs by code with so many pieces available, in one warehouse."""
    warehouse = warehouse or store.warehouses.first() or WarehouseFactory(store=store)
    for code, pieces in available.items():
        sku = store.skus.filter(code=code).first() or SkuFactory(store=store, code=code)
        StockLevelFactory(sku=sku, warehouse=warehouse, available=pieces)
    return warehouse


def outcomes(placed: list[Placed]) -> list[str]:
    return [answer.outcome for answer in placed]


def states(store) -> dict[str, str]:
    return dict(
        Order.objects.filter(store=store).values_list("external_number", "fulfilment_state")
    )
