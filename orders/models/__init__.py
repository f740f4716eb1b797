from orders.models.contact_attempts import ContactAttempt
from orders.models.contracts import BusinessOrder, Contract
from orders.models.copies import SupersededCopy, TouchedDay
from orders.models.customers import Customer, Erasure, erased_id
from orders.models.edits import ChannelSays
from orders.models.events import OrderEvent
from orders.models.former_contacts import FormerContact
from orders.models.holds import BlacklistEntry, BlockedRegion, Hold, ReviewResult, ReviewRule
from orders.models.invoice_lines import InvoiceLine
from orders.models.invoice_series import InvoiceSeries
from orders.models.invoices import Invoice
from orders.models.lines import OrderLine, Reservation
from orders.models.messages import CustomerMessage, LapsedOrder, OptOut, Purpose
from orders.models.money import FeeRate, Payment, Provider, Refund
from orders.models.order_sets import OrderQuerySet
from orders.models.orders import Order
from orders.models.presales import PresaleOrder
from orders.models.quotations import Quotation, QuotationLine
from orders.models.reconciliation import ChannelDifference, ChannelReconciliation
from orders.models.refund_requests import RefundRequest
from orders.models.sources import SourceCopy, SourceFact
from orders.models.statements import MoneyDifference, Statement, StatementLine
from orders.models.together import ShipTogether, ShipTogetherMember
from orders.models.valued import ValuedCustomer
from orders.models.visits import ReviewVisit

__all__ = [
    "BlacklistEntry",
    "BlockedRegion",
    "BusinessOrder",
    "ChannelDifference",
    "ChannelReconciliation",
    "ChannelSays",
    "ContactAttempt",
    "Contract",
    "Customer",
    "CustomerMessage",
    "Erasure",
    "FeeRate",
    "FormerContact",
    "Hold",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "LapsedOrder",
    "MoneyDifference",
    "OptOut",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Payment",
    "PresaleOrder",
    "Provider",
    "Purpose",
    "Quotation",
    "QuotationLine",
    "Refund",
    "RefundRequest",
    "Reservation",
    "ReviewResult",
    "ReviewRule",
    "ReviewVisit",
    "ShipTogether",
    "ShipTogetherMember",
    "SourceCopy",
    "SourceFact",
    "Statement",
    "StatementLine",
    "SupersededCopy",
    "TouchedDay",
    "ValuedCustomer",
    "erased_id",
]
