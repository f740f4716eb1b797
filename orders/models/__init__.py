from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.holds import BlacklistEntry, BlockedRegion, Hold, ReviewResult, ReviewRule
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.visits import ReviewVisit

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
    "ReviewVisit",
    "ReviewResult",
    "ReviewRule",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
