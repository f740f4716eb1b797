"""What an invoice is about: the order's lines with their tax, to the cent (ORD-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.stores import procedure
from opsdesk.stores.models import WorkCalendar
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Invoice, InvoiceLine, Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

TAX_RATE = Setting(
    key="orders.tax_rate",
    clause="ORD-8",
    title=gettext_lazy("Value added tax within the prices of goods"),
    default=Decimal(13),
    unit=Unit.PERCENT,
    maximum=Decimal(99),
)
CHINA = "CN"
_CENT = Decimal("0.01")


def tax_rate_of(store: Store, *, at: datetime) -> Decimal:
    """In percent, as the procedure has it for the store at that moment."""
    return procedure.value_of(TAX_RATE.key, store=store, at=at)


def is_chinese(store: Store) -> bool:
    """Whether its invoices are VAT invoices of China, ordinary or special; told by its calendar."""
    calendar = WorkCalendar.objects.filter(store=store).values_list("country", flat=True).first()
    return calendar == CHINA if calendar else store.currency == "CNY"


def language_of(store: Store) -> str:
    """In which its papers are written."""
    return "zh-hans" if is_chinese(store) else "en"


def lines_for(order: Order, gross: Decimal, rate: Decimal) -> list[InvoiceLine]:
    """Lines that come to exactly `gross`: the order's, each with its share of it.

    So a discount, freight and what was refunded are spread over the goods. The last line takes what
    rounding leaves. An order without lines is invoiced in one.
    """
    goods = [line for line in order.lines.all() if line.amount > 0]
    total = sum((line.amount for line in goods), Decimal(0))
    if not total:
        return [_line(1, _goods(order.store), "", 1, gross, rate)]
    shares = _shares(gross, [line.amount for line in goods], total)
    found = [(line, share) for line, share in zip(goods, shares, strict=True) if share]
    return [
        _line(position, line.title or line.sku_code, line.sku_code, line.quantity, share, rate)
        for position, (line, share) in enumerate(found, start=1)
    ]


def _goods(store: Store) -> str:
    with translation.override(language_of(store)):
        return _("Goods")


def _shares(gross: Decimal, amounts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    shares = [(gross * amount / total).quantize(_CENT, ROUND_DOWN) for amount in amounts]
    shares[-1] += gross - sum(shares)
    return shares


def _line(
    position: int, title: str, code: str, quantity: int, gross: Decimal, rate: Decimal
) -> InvoiceLine:
    net = (gross / (1 + rate / 100)).quantize(_CENT, ROUND_HALF_UP)
    return InvoiceLine(
        position=position,
        title=title,
        sku_code=code,
        quantity=quantity,
        tax_rate=rate,
        net=net,
        tax=gross - net,
        gross=gross,
    )


def red_lines(invoice: Invoice) -> list[InvoiceLine]:
    """The same, taken back."""
    return [
        InvoiceLine(
            position=line.position,
            title=line.title,
            sku_code=line.sku_code,
            quantity=-line.quantity,
            tax_rate=line.tax_rate,
            net=-line.net,
            tax=-line.tax,
            gross=-line.gross,
        )
        for line in invoice.lines.all()
    ]
