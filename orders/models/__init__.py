from orders.models.contracts import BusinessOrder, Contract
from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.invoice_lines import InvoiceLine
from orders.models.invoice_series import InvoiceSeries
from orders.models.invoices import Invoice
from orders.models.lines import OrderLine, Reservation
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.quotations import Quotation, QuotationLine

__all__ = [
    "BusinessOrder",
    "Contract",
    "Customer",
    "Erasure",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Quotation",
    "QuotationLine",
    "Reservation",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
