from orders.models.contact_attempts import ContactAttempt
from orders.models.customers import Customer, Erasure, erased_id
from orders.models.edits import ChannelSays
from orders.models.events import OrderEvent
from orders.models.former_contacts import FormerContact
from orders.models.holds import BlacklistEntry, BlockedRegion, Hold, ReviewResult, ReviewRule
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.refund_requests import RefundRequest
from orders.models.together import ShipTogether, ShipTogetherMember
from orders.models.visits import ReviewVisit

__all__ = [
    "BlacklistEntry",
    "BlockedRegion",
    "ChannelSays",
    "ContactAttempt",
    "Customer",
    "Erasure",
    "Hold",
    "FormerContact",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "RefundRequest",
    "Reservation",
    "ReviewResult",
    "ReviewRule",
    "ReviewVisit",
    "ShipTogether",
    "ShipTogetherMember",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
