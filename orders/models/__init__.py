from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.sources import SourceCopy, SourceFact

__all__ = [
    "Customer",
    "Erasure",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Reservation",
    "SourceCopy",
    "SourceFact",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
