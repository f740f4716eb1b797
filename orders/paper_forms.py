"""What people enter about invoices, contracts and quotations."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Sku
from opsdesk.admin import ScopedForm
from opsdesk.days import SOUND_DAY
from opsdesk.stores.models import Store, User
from orders import providers
from orders.buyers import Buyer
from orders.models import Contract, Invoice, InvoiceSeries, Order, Quotation
from orders.services.contracts import Signed
from orders.services.invoice_lines import is_chinese
from orders.services.invoicing import Asked, left_to_invoice
from orders.services.quotations import MOST_LINES, QUOTE, Offer, Quoted

MOST_PIECES = 1_000_000


class InvoiceForm(forms.Form):
    """To whom an invoice is made out, on how much, and how it goes there."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Invoice.Kind.choices)
    vat_kind = forms.ChoiceField(
        label=_("VAT invoice"),
        choices=[
            (Invoice.Vat.ORDINARY.value, Invoice.Vat.ORDINARY.label),
            (Invoice.Vat.SPECIAL.value, Invoice.Vat.SPECIAL.label),
        ],
    )
    is_company = forms.BooleanField(label=_("Made out to a company"), required=False)
    title = forms.CharField(label=pgettext_lazy("an invoice", "Title"), max_length=120)
    tax_number = forms.CharField(label=_("Tax number"), max_length=30, required=False)
    email = forms.EmailField(label=_("Mail address"), required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    bank = forms.CharField(label=_("Bank and account"), max_length=120, required=False)
    gross = forms.DecimalField(
        label=_("Amount, tax included"), max_digits=14, decimal_places=2, min_value=Decimal("0.01")
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gross"].initial = left_to_invoice(order)
        if not is_chinese(order.store):
            del self.fields["vat_kind"]

    @property
    def asked(self) -> Asked:
        given = self.cleaned_data
        buyer = {name: given[name].strip() for name in Buyer.__slots__}
        return Asked(
            buyer=Buyer(**buyer),
            kind=given["kind"],
            vat_kind=given.get("vat_kind", Invoice.Vat.NONE),
            is_company=given["is_company"],
            gross=given["gross"],
        )


class SeriesForm(ScopedForm):
    """A series stays as it is once it gave a number."""

    provider = forms.ChoiceField(label=_("Made by"), choices=providers.choices)

    class Meta:
        model = InvoiceSeries
        fields = ["store", "year", "prefix", "width", "provider"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.last:
            for name in ("store", "year", "prefix", "width"):
                if name in self.fields:
                    self.fields[name].disabled = True


class ContractForm(forms.Form):
    """A signed contract as a file."""

    upload = forms.FileField(
        label=_("File"),
        max_length=255,
        help_text=_("PDF, JPEG or PNG, up to 20 MB. It is kept as it is, for good."),
        widget=forms.FileInput(attrs={"accept": ".pdf,image/jpeg,image/png"}),
    )
    signed_on = forms.DateField(
        label=_("Signed on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=SOUND_DAY,
    )
    buyer = forms.CharField(label=_("Buyer"), max_length=200)
    seller = forms.CharField(label=_("Seller"), max_length=200)

    def __init__(self, *args: Any, order: Order, corrects: Contract | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corrects = corrects
        self.fields["seller"].initial = str(order.store)
        if corrects is not None:
            self.fields["buyer"].initial = corrects.buyer
            self.fields["seller"].initial = corrects.seller

    @property
    def signed(self) -> Signed:
        given = self.cleaned_data
        return Signed(
            content=given["upload"].read(),
            file_name=given["upload"].name,
            signed_on=given["signed_on"],
            buyer=given["buyer"],
            seller=given["seller"],
            corrects=self.corrects.pk if self.corrects else None,
        )


class QuotationForm(forms.Form):
    """An offer: a SKU code, pieces and the price of a piece, one per line."""

    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())
    customer = forms.CharField(
        label=_("Customer"), max_length=200, help_text=_("The company's name, nobody's own.")
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=SOUND_DAY,
    )
    lines = forms.CharField(
        label=_("SKU code, pieces and price of a piece, one SKU per line"),
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "A-1 48 12.50"}),
    )
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)

    def __init__(
        self, *args: Any, user: User, quotation: Quotation | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=_initial(quotation), **kwargs)
        stores = Store.objects.visible_to(user).in_stores(user.stores_allowing(QUOTE))
        if quotation is not None:
            stores = stores.filter(pk=quotation.store_id)
        self.fields["store"].queryset = stores
        if len(stores) == 1:
            self.fields["store"].initial = stores[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store = cleaned.get("store")
        if store and "lines" in cleaned:
            try:
                cleaned["quoted"] = _quoted(store, cleaned["lines"])
            except ValidationError as error:
                self.add_error("lines", error)
        return cleaned

    @property
    def offer(self) -> Offer:
        given = self.cleaned_data
        return Offer(given["customer"], given["valid_until"], given["quoted"], given["remark"])


def _initial(quotation: Quotation | None) -> dict[str, Any]:
    if quotation is None:
        return {}
    lines = quotation.lines.select_related("sku")
    return {
        "store": quotation.store_id,
        "customer": quotation.customer,
        "valid_until": quotation.valid_until,
        "remark": quotation.remark,
        "lines": "\n".join(f"{line.sku.code} {line.quantity} {line.unit_price}" for line in lines),
    }


def _quoted(store: Store, text: str) -> list[Quoted]:
    """Raises ValidationError naming the line."""
    read = [_read(line, n) for n, line in enumerate(filter(str.strip, text.splitlines()), 1)]
    if len(read) > MOST_LINES:
        raise ValidationError(_("At most %(limit)s SKUs at once."), params={"limit": MOST_LINES})
    codes = {code for code, _pieces, _price in read}
    skus = dict(Sku.objects.filter(store=store, code__in=codes).values_list("code", "pk"))
    unknown = sorted(codes - skus.keys())
    if unknown:
        raise ValidationError(_("No SKU has the code %(code)s."), params={"code": unknown[0][:80]})
    return [Quoted(skus[code], pieces, price) for code, pieces, price in read]


def _read(line: str, number: int) -> tuple[str, int, Decimal]:
    unread = ValidationError(
        _("Line %(line)s: write a SKU code, a number of pieces and the price of a piece."),
        params={"line": number},
    )
    words = line.rsplit(None, 2)
    if len(words) < 3 or not (words[1].isascii() and words[1].isdigit()):
        raise unread
    try:
        pieces, price = int(words[1][:8]), Decimal(words[2])
    except InvalidOperation:
        raise unread from None
    sound = price.is_finite() and 0 <= price < 10**10 and price == round(price, 2)
    if not sound or not 0 < pieces <= MOST_PIECES:
        raise unread
    return words[0].strip(), pieces, round(price, 2)
