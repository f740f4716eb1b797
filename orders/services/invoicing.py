"""Invoices are asked for, issued under the next number, sent, and voided by a red one (ORD-8).

Locks are taken in this order: orders by id, invoices by id, the series.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from opsdesk.db import refused_by, retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.services import Subject
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from orders import tasks
from orders.buyers import Buyer
from orders.models import Invoice, InvoiceLine, InvoiceSeries, Order
from orders.services import invoice_watch
from orders.services.invoice_lines import lines_for, red_lines, tax_rate_of

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

REQUEST, ISSUE, VOID = (
    "orders.request_invoice",
    "orders.issue_invoice",
    "orders.void_invoice",
)
State = Invoice.State


class NothingToInvoice(DomainError):
    """What the order was paid, less what went back, is invoiced already."""

    code = "nothing_to_invoice"


class NoSeries(DomainError):
    """The store has no series to take a number from, or it is used up."""

    code = "no_series"


@dataclass(frozen=True)
class Asked:
    """What an invoice is to be: without `gross`, on all that is not invoiced yet."""

    buyer: Buyer
    kind: str = Invoice.Kind.ELECTRONIC
    vat_kind: str = Invoice.Vat.NONE
    is_company: bool = False
    gross: Decimal | None = None


def left_to_invoice(order: Order) -> Decimal:
    """Paid, not refunded, and neither invoiced nor asked to be."""
    live = order.invoices.filter(
        original=None, state__in=[State.REQUESTED, State.ISSUED, State.SENT]
    )
    return order.net_amount - (live.aggregate(n=Sum("gross"))["n"] or Decimal(0))


def request_invoice(*, order_id: int, asked: Asked, actor: User, at: datetime) -> Invoice:
    """The invoice waits to be issued, with its lines as they will be, and its clock runs (ORD-8).

    Raises NotAllowed, NothingToInvoice where that much was not paid, and DomainError for a buyer
    that lacks what the kind needs. Locks the order.
    """
    return retrying(partial(_request, order_id, asked, actor=actor, at=at))


@transaction.atomic
def _request(order_id: int, asked: Asked, *, actor: User, at: datetime) -> Invoice:
    orders = Order.objects.visible_to(actor).locked().select_related("store", "channel")
    order = orders.get(pk=order_id)
    _require(REQUEST, order.store, actor)
    _refuse_incomplete(asked)
    left = left_to_invoice(order)
    gross = left if asked.gross is None else asked.gross
    if gross <= 0 or gross > left:
        raise NothingToInvoice(
            _("%(left)s of order %(order)s can still be invoiced.")
            % {"left": f"{max(left, Decimal(0)):.2f}", "order": order},
            left=str(left),
        )
    lines = lines_for(order, gross, tax_rate_of(order.store, at=at))
    invoice = Invoice(
        store=order.store,
        order=order,
        kind=asked.kind,
        vat_kind=asked.vat_kind,
        is_company=asked.is_company,
        currency=order.currency,
        net=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
        gross=gross,
        requested_by=actor,
        requested_at=at,
    )
    invoice.buyer = asked.buyer
    _save_with_lines(invoice, lines)
    # An order that somebody has asked an invoice for is not taken back with its import.
    Order.objects.filter(pk=order.pk).update(version=F("version") + 1)
    deadlines.start(
        Invoice,
        [Subject(invoice.pk, str(order), at, gross)],
        on="requested_at",
        store=order.store,
        channel=order.channel,
        at=at,
    )
    return invoice


def _refuse_incomplete(asked: Asked) -> None:
    buyer = asked.buyer
    if not buyer.title.strip():
        raise DomainError(_("Say to whom the invoice is made out."))
    if asked.kind == Invoice.Kind.ELECTRONIC and not buyer.email:
        raise DomainError(_("An electronic invoice needs a mail address."))
    if asked.kind == Invoice.Kind.PAPER and not buyer.address:
        raise DomainError(_("A paper invoice needs an address."))
    if asked.vat_kind == Invoice.Vat.SPECIAL and not (asked.is_company and buyer.tax_number):
        raise DomainError(_("A special VAT invoice needs a company with its tax number."))


def decline_invoice(*, invoice_id: int, reason: str, actor: User, at: datetime) -> Invoice:
    """The invoice will not be issued, and it is on record why. Raises NotAllowed, Conflict."""
    _refuse_without_reason(reason)
    return retrying(partial(_decline, invoice_id, reason.strip(), actor=actor, at=at))


@transaction.atomic
def _decline(invoice_id: int, reason: str, *, actor: User, at: datetime) -> Invoice:
    invoice = locked_invoice(invoice_id, (State.REQUESTED,), ISSUE, actor)
    invoice.state, invoice.ended_at, invoice.ended_by = State.DECLINED, at, actor
    invoice.reason = reason[:300]
    invoice.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    deadlines.cancel(Invoice, [invoice.pk], at=at)
    return invoice


def issue_invoices(*, invoice_ids: Iterable[int], actor: User, at: datetime) -> list[Invoice]:
    """All of them have their numbers, or none has: a number that is given belongs to an invoice.

    Their documents are made after the commit. Raises NotAllowed; Conflict for what is not waiting
    any more; NothingToInvoice where the order was refunded meanwhile; NoSeries.
    """
    return retrying(partial(_issue, sorted(invoice_ids), actor=actor, at=at))


@transaction.atomic
def _issue(ids: Sequence[int], *, actor: User, at: datetime) -> list[Invoice]:
    # Orders first, all of them by id: whoever asks for an invoice takes them before it, too.
    list(Order.objects.filter(invoices__in=ids).locked())
    issued = [_issue_one(pk, actor=actor, at=at) for pk in ids]
    deadlines.reach(Invoice, ids, reached="issued_at", at=at)
    hint(tasks.make_invoice_documents)
    return issued


def _issue_one(invoice_id: int, *, actor: User, at: datetime) -> Invoice:
    invoice = locked_invoice(invoice_id, (State.REQUESTED,), ISSUE, actor)
    _take_number(invoice, at=at)
    invoice.state, invoice.issued_at, invoice.issued_by = State.ISSUED, at, actor
    try:
        with transaction.atomic():
            invoice.save(update_fields=["state", "issued_at", "issued_by", *_NUMBER])
    except IntegrityError as error:
        if refused_by(error) != "invoice_within_paid":
            raise
        raise NothingToInvoice(
            _("%(order)s was refunded meanwhile: decline the request, and ask for the rest.")
            % {"order": invoice.order}
        ) from error
    return invoice


_NUMBER = ("series", "position", "number")


def _take_number(invoice: Invoice, *, at: datetime) -> None:
    """The next number of the series is this invoice's, if the transaction commits.

    The guarded UPDATE holds the series until then: numbers come one after the other, and one that
    is rolled back is the next one's.
    """
    series = _series_for(invoice.store, invoice.store.business_date(at).year)
    most = 10**series.width - 1
    free = InvoiceSeries.objects.filter(pk=series.pk, last__lt=most)
    if not free.update(last=F("last") + 1):
        raise NoSeries(_("The series %(series)s is used up.") % {"series": series})
    series.refresh_from_db(fields=["last"])
    invoice.series, invoice.position = series, series.last
    invoice.number = series.number(series.last)


def _series_for(store: Store, year: int) -> InvoiceSeries:
    """The store's of the year; in a new year one like that of the year before."""
    known = InvoiceSeries.objects.filter(store=store, year__lte=year).order_by("-year").first()
    if known is None:
        raise NoSeries(_("Set up a series of invoice numbers for %(store)s.") % {"store": store})
    if known.year == year:
        return known
    series, _created = InvoiceSeries.objects.get_or_create(
        store=store,
        year=year,
        defaults={"prefix": known.prefix, "width": known.width, "provider": known.provider},
    )
    return series


def void_invoice(*, invoice_id: int, reason: str, actor: User, at: datetime) -> Invoice:
    """The invoice counts no more; a red one with a number of its own says so. Returns the red one.

    What it was about can be invoiced anew. Raises NotAllowed, Conflict, NoSeries. Locks the order.
    """
    _refuse_without_reason(reason)
    return retrying(partial(_void, invoice_id, reason.strip(), actor=actor, at=at))


@transaction.atomic
def _void(invoice_id: int, reason: str, *, actor: User, at: datetime) -> Invoice:
    list(Order.objects.filter(invoices=invoice_id).locked())
    invoice = locked_invoice(invoice_id, Invoice.VALID, VOID, actor)
    if invoice.is_red:
        raise Conflict(_("A red invoice is not voided: ask for a new invoice."))
    invoice.state, invoice.ended_at, invoice.ended_by = State.VOIDED, at, actor
    invoice.reason = reason[:300]
    invoice.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    red = Invoice(
        store=invoice.store,
        order=invoice.order,
        original=invoice,
        state=State.ISSUED,
        kind=invoice.kind,
        vat_kind=invoice.vat_kind,
        is_company=invoice.is_company,
        currency=invoice.currency,
        net=-invoice.net,
        tax=-invoice.tax,
        gross=-invoice.gross,
        requested_by=actor,
        requested_at=at,
        issued_by=actor,
        issued_at=at,
        reason=reason[:300],
    )
    red.buyer = invoice.buyer
    _take_number(red, at=at)
    _save_with_lines(red, red_lines(invoice))
    invoice_watch.look_at(invoice.order, at=at)
    hint(tasks.make_invoice_documents)
    return red


def _save_with_lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    invoice.save(force_insert=True)
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)


def locked_invoice(invoice_id: int, states: Sequence[str], right: str, actor: User) -> Invoice:
    """The invoice, locked, in one of these states. Raises NotAllowed, Conflict."""
    invoices = Invoice.objects.visible_to(actor).locked().select_related("store", "order")
    invoice = invoices.get(pk=invoice_id)
    _require(right, invoice.store, actor)
    refuse_other_states(invoice, states)
    return invoice


def refuse_other_states(invoice: Invoice, states: Sequence[str]) -> None:
    """Raises Conflict unless the invoice is in one of them."""
    if invoice.state not in states:
        raise Conflict(
            _("The invoice %(invoice)s is %(state)s by now.")
            % {"invoice": invoice, "state": invoice.get_state_display()},
            state=invoice.state,
        )


def _require(right: str, store: Store, actor: User) -> None:
    if not actor.has_perm(right, store):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": store})


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why: it is put on record."))
