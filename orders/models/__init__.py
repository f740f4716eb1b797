from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.holds import BlacklistEntry, BlockedRegion, Hold, ReviewResult, ReviewRule
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay

__all__ = [
    "BlacklistEntry",
    "BlockedRegion",
    "Customer",
    "Erasure",
    "Hold",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Reservation",
    "ReviewResult",
    "ReviewRule",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
