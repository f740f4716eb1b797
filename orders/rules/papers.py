"""The numbers, promises and rights of invoices, quotations and contracts (ORD-8, ORD-10)."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from catalog import files
from opsdesk import invariants, sealing
from opsdesk.alerts import checks as alert_kinds
from opsdesk.audit.invariants import every_change_recorded
from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.exchange import texts
from opsdesk.invariants import Invariant
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from orders import providers
from orders.models import Contract, Invoice
from orders.services import (
    contract_watch,
    contracts,
    invoice_documents,
    invoice_privacy,
    invoice_sending,
    invoice_watch,
    invoicing,
    quotations,
)
from orders.services.invoice_lines import TAX_RATE

INVOICE_WITHIN = Setting(
    key="orders.invoice_within",
    clause="ORD-8",
    title=_("Invoices are issued, once asked for, within"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
ISSUE = Rule(
    code="orders.issue_invoice",
    clause="ORD-8",
    title=_("Invoice to issue"),
    setting=INVOICE_WITHIN.key,
    subject="orders.invoice",
    starts="requested_at",
    reached="issued_at",
    owner_role=Role.FINANCE,
)
INVARIANTS = (
    every_change_recorded("orders.invoice", "orders_invoice"),
    Invariant(
        "orders.invoice-numbers-without-holes",
        "A series has given each number from 1 to its last to one invoice (ORD-8).",
        """
        SELECT s.id, s.store_id, s.year, s.last, count(i.id) AS invoices, max(i.position) AS highest
        FROM orders_invoiceseries s LEFT JOIN orders_invoice i ON i.series_id = s.id
        GROUP BY s.id
        HAVING count(i.id) <> s.last OR count(DISTINCT i.position) <> s.last
            OR coalesce(max(i.position), 0) <> s.last
        """,
    ),
    Invariant(
        "orders.voided-invoice-has-its-red-one",
        "A voided invoice, and no other, has a red one of minus its amounts (ORD-8).",
        """
        SELECT o.id, o.number, o.state, r.number AS red FROM orders_invoice o
        LEFT JOIN orders_invoice r ON r.original_id = o.id
        WHERE (o.state = 'voided') <> (r.id IS NOT NULL)
           OR (r.net, r.tax, r.gross, r.order_id) <> (-o.net, -o.tax, -o.gross, o.order_id)
        """,
        ledger=True,
    ),
    Invariant(
        "orders.invoice-is-the-sum-of-its-lines",
        "Net, tax and gross of an invoice are the sums of its lines (ORD-8).",
        """
        SELECT i.id, i.number, i.gross, sum(l.gross) AS lines
        FROM orders_invoice i JOIN orders_invoiceline l ON l.invoice_id = i.id
        GROUP BY i.id
        HAVING (sum(l.net), sum(l.tax), sum(l.gross)) <> (i.net, i.tax, i.gross)
        """,
        ledger=True,
    ),
    Invariant(
        "orders.papers-are-what-they-were",
        "Contracts and documents of invoices have the digests on record (ORD-8, ORD-10).",
        contract_watch.altered_sql,
    ),
)


def register() -> None:
    providers.register(providers.OWN)
    procedure.register(INVOICE_WITHIN, TAX_RATE, contract_watch.CONTRACT_WITHIN)
    rules.register(ISSUE)
    alert_kinds.register(invoice_watch.RED_DUE, contract_watch.NO_CONTRACT, contract_watch.ALTERED)
    jobs.register(invoice_documents.JOB, invoice_watch.JOB, contract_watch.JOB)
    invariants.register(*INVARIANTS)
    sealing.register(invoice_privacy.BUYERS)
    texts.register(invoice_sending.MAILED)
    files.keep("contracts", Contract, "file")
    files.keep("invoices", Invoice, "document")
    _grant()


def _grant() -> None:
    readers = [
        Role.OPERATIONS_LEAD,
        Role.ORDER_REVIEWER,
        Role.CUSTOMER_SERVICE,
        Role.SERVICE_LEAD,
        Role.FINANCE,
        Role.ADMINISTRATOR,
    ]
    grant(["orders.view_invoice", "orders.view_contract"], to=readers)
    grant(
        [invoicing.REQUEST],
        to=[Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD, Role.OPERATIONS_LEAD, Role.FINANCE],
    )
    grant([invoicing.ISSUE, invoicing.VOID], to=[Role.FINANCE])
    grant(
        [
            "orders.view_invoiceseries",
            "orders.add_invoiceseries",
            "orders.change_invoiceseries",
        ],
        to=[Role.FINANCE],
    )
    grant([contracts.ADD, contracts.MARK], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
    grant(["orders.view_quotation"], to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ORDER_REVIEWER])
    grant([quotations.QUOTE], to=[Role.OPERATIONS_LEAD])
