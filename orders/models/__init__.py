from orders.models.customers import Customer, Erasure, erased_id
from orders.models.events import OrderEvent
from orders.models.lines import OrderLine, Reservation
from orders.models.money import FeeRate, Payment, Provider, Refund
from orders.models.orders import Order, OrderQuerySet, SupersededCopy, TouchedDay
from orders.models.statements import MoneyDifference, Statement, StatementLine

__all__ = [
    "Customer",
    "Erasure",
    "FeeRate",
    "MoneyDifference",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "Payment",
    "Provider",
    "Refund",
    "Reservation",
    "Statement",
    "StatementLine",
    "SupersededCopy",
    "TouchedDay",
    "erased_id",
]
