from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.lines import OrderLine, Reservation
from orders.models.messages import CustomerMessage, LapsedOrder, OptOut, Purpose
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.presales import PresaleOrder

__all__ = [
    "Customer",
    "CustomerMessage",
    "Erasure",
    "LapsedOrder",
    "OptOut",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "PresaleOrder",
    "Purpose",
    "Reservation",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
