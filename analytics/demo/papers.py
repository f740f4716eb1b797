"""Invoices in every state, a red one, a business order with its contract, and a quotation."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from opsdesk.paper import Sheet
from opsdesk.stores.roles import Role
from orders.buyers import Buyer
from orders.models import Invoice, InvoiceSeries, Order
from orders.services import contracts, invoice_documents, invoice_sending, invoicing, quotations
from orders.services.contracts import Signed
from orders.services.invoicing import Asked
from orders.services.quotations import Offer, Quoted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COMPANY = "杭州栖木商贸有限公司"
_ORDERS = 8
_PERSONS = ("张伟", "李娜", "王芳", "刘洋", "陈静", "杨磊", "赵敏")


def write_papers(it: Demonstration, *, at: datetime) -> None:
    """Two invoices to issue, two to send, one sent, one voided, and what a company ordered."""
    InvoiceSeries.objects.create(store=it.store, year=it.store.business_date(at).year, prefix="MY-")
    paid = Order.objects.filter(store=it.store, refunded_amount=0, paid_amount__gt=0)
    orders = list(paid.filter(placed_at__lt=at - DAY).order_by("-placed_at", "pk")[:_ORDERS])
    if len(orders) < _ORDERS:
        return  # so short a demonstration has nothing to invoice yet
    persons = zip(orders, _PERSONS, strict=False)
    asked = [
        _ask(it, order, _person(name, rank), at=at - (30 - 4 * rank) * HOUR)
        for rank, (order, name) in enumerate(persons)
    ]
    finance = it.people[Role.FINANCE]
    issued = [invoice.pk for invoice in asked[:5]]
    invoicing.issue_invoices(invoice_ids=issued, actor=finance, at=at - 5 * HOUR)
    for pk, waybill in zip(issued[:2], ("SF1390027718842", "SF1390027718857"), strict=True):
        invoice_sending.post_invoice(
            invoice_id=pk, waybill=waybill, actor=finance, at=at - 4 * HOUR
        )
    invoicing.void_invoice(
        invoice_id=issued[0], reason="抬头有误，客户要求重开", actor=finance, at=at - 3 * HOUR
    )
    _sell_to_company(it, orders[-1], at=at)
    invoice_documents.make_missing()


def _ask(it: Demonstration, order: Order, asked: Asked, *, at: datetime) -> Invoice:
    return invoicing.request_invoice(
        order_id=order.pk, asked=asked, actor=it.people[Role.CUSTOMER_SERVICE], at=at
    )


def _person(name: str, rank: int) -> Asked:
    buyer = Buyer(name, email=f"buyer{rank}@example.com", address="文三路 88 号")
    kind = Invoice.Kind.ELECTRONIC if rank % 2 else Invoice.Kind.PAPER
    return Asked(buyer, kind=kind, vat_kind=Invoice.Vat.ORDINARY)


def _sell_to_company(it: Demonstration, order: Order, *, at: datetime) -> None:
    """Quoted, ordered, signed; and one quotation that is still open."""
    lead = it.people[Role.OPERATIONS_LEAD]
    offer = _offer(it, at=at)
    taken = quotations.quote(store=it.store, offer=offer, actor=lead, at=at - 9 * DAY)
    quotations.accept(
        quotation_id=taken.pk, order_number=order.external_number, actor=lead, at=at - 2 * DAY
    )
    quotations.quote(store=it.store, offer=offer, actor=lead, at=at - DAY)
    signed = Signed(
        _contract(it, order, at=at - 2 * DAY),
        f"购销合同-{order.external_number}.pdf",
        it.store.business_date(at - 2 * DAY),
        COMPANY,
        str(it.store),
    )
    contracts.add_contract(order_id=order.pk, signed=signed, actor=lead, at=at - DAY)
    buyer = Buyer(COMPANY, "91330106MA2XXXXX0K", email="finance@example.com")
    _ask(
        it,
        order,
        Asked(buyer, vat_kind=Invoice.Vat.SPECIAL, is_company=True),
        at=at - 2 * HOUR,
    )


def _offer(it: Demonstration, *, at: datetime) -> Offer:
    skus = dict(it.store.skus.values_list("code", "pk"))
    lines = [
        Quoted(skus[article.code], pieces, Decimal(price))
        for article, pieces, price in zip(
            it.articles[:3], (120, 60, 200), ("58.00", "126.50", "19.90"), strict=True
        )
    ]
    return Offer(COMPANY, it.store.business_date(at + 20 * DAY), lines, "含税，含运费")


def _contract(it: Demonstration, order: Order, *, at: datetime) -> bytes:
    """The same bytes for the same day."""
    sheet = Sheet(made_at=at, language="zh-CN", title="购销合同")
    sheet.heading("购销合同")
    sheet.facts([("甲方", COMPANY), ("乙方", str(it.store)), ("订单", order.external_number)])
    sheet.note("双方按报价单所列品名、数量与单价成交，货款已付清。")
    return sheet.content()
