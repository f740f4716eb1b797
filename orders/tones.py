"""Which colour an order's states have, beside their words."""

from orders.models import Order

TONES: dict[str, str] = {
    Order.Review.WAITING: "info",
    Order.Review.HELD: "warning",
    Order.Review.PASSED: "good",
    Order.Payment.UNPAID: "warning",
    Order.Payment.PAID: "good",
    Order.Payment.PART_REFUNDED: "warning",
    Order.Payment.REFUNDED: "danger",
    Order.Fulfilment.RESERVED: "info",
    Order.Fulfilment.SHIPPED: "good",
    Order.Fulfilment.DELIVERED: "good",
    Order.Fulfilment.CANCELLED: "danger",
    Order.AfterSales.REQUESTED: "warning",
}


def tone(state: str) -> str:
    return TONES.get(state, "")


def fulfilment_tone(order: Order) -> str:
    """Waiting for review is ordinary; waiting for stock needs somebody."""
    waiting = order.fulfilment_state == Order.Fulfilment.WAITING
    return "warning" if waiting else tone(order.fulfilment_state)
