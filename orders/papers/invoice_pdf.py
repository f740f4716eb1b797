"""An invoice as a PDF: made from what was frozen with it, so it can be made again."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from opsdesk import wording
from orders.models import Invoice
from orders.services.invoice_lines import language_of

_WIDTHS = (66, 16, 26, 18, 22, 26)


def document(invoice: Invoice) -> bytes:
    """The invoice with its buyer in clear. The same bytes each time. Raises Unreadable."""
    # Here and not above: with its fonts it takes as long to load as all the rest, and of the
    # processes only those that make a document need it.
    from opsdesk.paper import Sheet

    language = language_of(invoice.store)
    with translation.override(language):
        assert invoice.issued_at is not None
        sheet = Sheet(
            made_at=invoice.issued_at.replace(microsecond=0),
            language="zh-CN" if language == "zh-hans" else language,
            title=invoice.number,
        )
        sheet.heading(_title(invoice), is_red=invoice.is_red)
        sheet.facts(_facts(invoice))
        sheet.table(_header(), _rows(invoice), _WIDTHS)
        sheet.facts(_totals(invoice))
        for remark in _remarks(invoice):
            sheet.note(remark)
        return sheet.content()


def _title(invoice: Invoice) -> str:
    if invoice.is_red:
        return _("Red invoice (credit note)")
    if invoice.vat_kind == Invoice.Vat.NONE:
        return _("Invoice")
    return str(Invoice.Vat(invoice.vat_kind).label).capitalize()


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    buyer, store = invoice.buyer, invoice.store
    assert invoice.issued_at is not None
    return [
        (_("Number"), invoice.number),
        (_("Date"), store.business_date(invoice.issued_at).isoformat()),
        (_("Seller"), str(store)),
        (_("Order"), str(invoice.order)),
        (_("Made out to"), buyer.title),
        (_("Tax number"), buyer.tax_number),
        (_("Address"), buyer.address),
        (_("Bank and account"), buyer.bank),
    ]


def _header() -> list[str]:
    return [
        _("Article"),
        _("Pieces"),
        _("Net"),
        _("Tax rate"),
        _("Tax"),
        _("Gross"),
    ]


def _rows(invoice: Invoice) -> list[list[str]]:
    return [
        [
            line.title,
            str(line.quantity),
            f"{line.net:,.2f}",
            f"{line.tax_rate.normalize():f} %",
            f"{line.tax:,.2f}",
            f"{line.gross:,.2f}",
        ]
        for line in invoice.lines.all()
    ]


def _totals(invoice: Invoice) -> list[tuple[str, str]]:
    return [
        (_("Net"), wording.money(invoice.net, invoice.currency)),
        (_("Tax"), wording.money(invoice.tax, invoice.currency)),
        (_("Total, tax included"), wording.money(invoice.gross, invoice.currency)),
    ]


def _remarks(invoice: Invoice) -> list[str]:
    if invoice.original is None:
        return []
    return [
        _("Voids the invoice %(number)s.") % {"number": invoice.original.number},
        _("Reason: %(reason)s") % {"reason": invoice.reason},
    ]
