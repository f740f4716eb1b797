"""Issued invoices go to the customer: by mail with the document, or by post (ORD-8)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import wording
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.exchange.adapters import mail
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.exchange.texts import TextKind, Variable, Wording
from orders.models import Invoice
from orders.services.invoice_documents import ensure_document
from orders.services.invoice_lines import language_of
from orders.services.invoicing import ISSUE, State, locked_invoice

if TYPE_CHECKING:
    from opsdesk.stores.models import User

MAILED = TextKind(
    code="orders.invoice",
    title=gettext_lazy("An invoice for a customer"),
    variables={
        "store": Variable(gettext_lazy("the store"), "木语生活"),
        "order": Variable(gettext_lazy("order number"), "T202611210001"),
        "number": Variable(gettext_lazy("number of the invoice"), "INV-2026000123"),
        "amount": Variable(gettext_lazy("the amount, tax included"), "¥128.00"),
    },
    defaults={
        "en": Wording(
            "{store}: invoice {number}",
            "Your invoice {number} on order {order} over {amount} is attached.\n\n{store}",
        ),
        "zh-hans": Wording(
            "{store}：发票 {number}",
            "您好，订单 {order} 的发票 {number}（金额 {amount}）请见附件。\n\n{store}",
        ),
    },
)


class NoMailTarget(DomainError):
    """The store has no target by which mail leaves."""

    code = "no_mail_target"


def mail_invoice(*, invoice_id: int, actor: User, at: datetime) -> Invoice:
    """The document is on its way to the buyer's mail address, once. Red ones go the same way.

    Raises NotAllowed, Conflict, NoMailTarget, NoDocument, and DomainError without an address.
    """
    ensure_document(invoice_id)
    return retrying(partial(_mail, invoice_id, actor=actor, at=at))


@transaction.atomic
def _mail(invoice_id: int, *, actor: User, at: datetime) -> Invoice:
    invoice = locked_invoice(invoice_id, (State.ISSUED,), ISSUE, actor)
    address = invoice.buyer.email
    if not address:
        raise DomainError(_("The buyer of this invoice has no mail address."))
    target = Target.objects.active().filter(adapter=mail.MAIL.code, store=invoice.store).first()
    if target is None:
        raise NoMailTarget(_("%(store)s has no target for mail.") % {"store": invoice.store})
    said = render_text(
        MAILED.code,
        store=invoice.store,
        language=language_of(invoice.store),
        values={
            "store": str(invoice.store),
            "order": str(invoice.order),
            "number": invoice.number,
            "amount": wording.money(invoice.gross, invoice.currency),
        },
    )
    outbox.enqueue_message(
        Draft(
            target,
            kind=MAILED.code,
            key=f"invoice:{invoice.pk}",
            payload={
                "subject": said.subject,
                "text": said.body,
                "attachment": {
                    "file": invoice.document.name,
                    "name": f"{invoice.number}.pdf",
                    "sha256": invoice.sha256,
                },
            },
            recipient=address,
        ),
        at=at,
    )
    return _sent(invoice, actor=actor, at=at)


def post_invoice(*, invoice_id: int, waybill: str, actor: User, at: datetime) -> Invoice:
    """The paper is on its way, under this waybill. Raises NotAllowed, Conflict."""
    if not waybill.strip():
        raise DomainError(_("Write the number of the waybill."))
    return retrying(partial(_post, invoice_id, waybill.strip(), actor=actor, at=at))


@transaction.atomic
def _post(invoice_id: int, waybill: str, *, actor: User, at: datetime) -> Invoice:
    invoice = locked_invoice(invoice_id, (State.ISSUED,), ISSUE, actor)
    invoice.waybill = waybill[:80]
    return _sent(invoice, actor=actor, at=at)


def _sent(invoice: Invoice, *, actor: User, at: datetime) -> Invoice:
    invoice.state, invoice.sent_at, invoice.sent_by = State.SENT, at, actor
    invoice.save(update_fields=["state", "sent_at", "sent_by", "waybill"])
    return invoice
