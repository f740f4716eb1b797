from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.reconciliation import ChannelDifference, ChannelReconciliation

__all__ = [
    "ChannelDifference",
    "ChannelReconciliation",
    "Customer",
    "Erasure",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Reservation",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
