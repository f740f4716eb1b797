"""What people enter to change an order. A contact is never filled in: it shows as masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from orders.models import ContactAttempt, Order, OrderLine
from orders.scripts import TOPICS
from orders.services.addressing import Recipient
from orders.services.amending import MOST_LINES, Wanted
from orders.services.contacting import Said
from orders.services.editing import MOST_REASON
from orders.services.splitting import Part

MOST_PIECES = 1_000_000
# Of a phone number: whether it can be called is for the review to say.
FEWEST_DIGITS = 5
# As much as the fields for prices take: ten digits before the point.
MOST_PRICE = 10**10


class EditForm(forms.Form):
    """Of one order, as it was when the form was opened: `version` says which."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, initial={"version": order.version})
        self.order = order


class ReasonedForm(EditForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=MOST_REASON, help_text=_("Stands on the timeline.")
    )
    field_order: Sequence[str] | None = None

    def reason_last(self) -> None:
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


class AddressForm(ReasonedForm):
    recipient = forms.CharField(label=_("Recipient"), max_length=80, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    region = forms.CharField(label=_("Region"), max_length=120, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order)
        masked = order.masked_contact
        shown = {name: getattr(masked, name) for name in ("recipient", "phone", "address")}
        for name, value in (*shown.items(), ("region", order.region)):
            self.fields[name].widget.attrs |= {"placeholder": value, "autocomplete": "off"}
        self.reason_last()

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and len(privacy.normal_phone(phone)) < FEWEST_DIGITS:
            raise ValidationError(_("That is no phone number."))
        return phone

    @property
    def to(self) -> Recipient:
        names = ("recipient", "phone", "region", "address")
        return Recipient(**{name: self.cleaned_data[name] for name in names})


class GoodsForm(ReasonedForm):
    """Three fields for each line, and a text for further ones."""

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order)
        self.lines: list[OrderLine] = list(order.lines.all())
        for line in self.lines:
            self._add_fields(line)
        self.fields["more"] = forms.CharField(
            label=_("Further goods: SKU code, pieces and price of a piece, one line each"),
            help_text=_("Without a price they are a present."),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3, "placeholder": "A-1 2 12.50"}),
        )
        self.fields["refund_difference"] = forms.BooleanField(
            label=_("Ask for a refund of what the buyer has paid too much"), required=False
        )
        self.reason_last()

    def _add_fields(self, line: OrderLine) -> None:
        facts = {"position": line.position, "code": line.sku_code}
        self.fields[f"sku_{line.pk}"] = forms.CharField(
            label=gettext("Line %(position)s: SKU code") % facts,
            max_length=80,
            initial=line.sku_code,
        )
        self.fields[f"pieces_{line.pk}"] = forms.IntegerField(
            label=gettext("Line %(position)s: pieces") % facts,
            min_value=0,
            max_value=MOST_PIECES,
            initial=line.quantity,
            help_text=gettext("0 removes the line."),
        )
        self.fields[f"price_{line.pk}"] = forms.DecimalField(
            label=gettext("Line %(position)s: another price of a piece") % facts,
            min_value=0,
            max_digits=12,
            decimal_places=2,
            required=False,
            help_text=gettext("Left empty, the goods cost what they cost before."),
        )

    def clean_more(self) -> list[Wanted]:
        rows = [row.split() for row in self.cleaned_data["more"].splitlines() if row.strip()]
        if len(rows) > MOST_LINES:
            raise ValidationError(_("That are too many lines."))
        return [_further(row) for row in rows]

    @property
    def wanted(self) -> list[Wanted]:
        given = self.cleaned_data
        kept = [
            Wanted(
                given[f"sku_{line.pk}"],
                given[f"pieces_{line.pk}"],
                line_id=line.pk,
                unit_price=given[f"price_{line.pk}"],
            )
            for line in self.lines
            if given[f"pieces_{line.pk}"]
        ]
        return [*kept, *given["more"]]


def _further(row: Sequence[str]) -> Wanted:
    try:
        code, pieces, *price = row
        unit_price = Decimal(price[0]) if price else None
        quantity = int(pieces)
    except (ValueError, InvalidOperation) as error:
        raise ValidationError(_("Write a SKU code, a number of pieces and a price.")) from error
    is_price = unit_price is None or (unit_price.is_finite() and abs(unit_price) < MOST_PRICE)
    if len(price) > 1 or not 0 < quantity <= MOST_PIECES or not is_price:
        raise ValidationError(_("Write a SKU code, a number of pieces and a price."))
    return Wanted(code, quantity, unit_price=unit_price)


class SplitForm(ReasonedForm):
    """How many pieces of each line go to the new order."""

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order)
        self.lines: list[OrderLine] = list(order.lines.all())
        for line in self.lines:
            self.fields[f"pieces_{line.pk}"] = forms.IntegerField(
                label=f"{line.sku_code} {line.title}".strip(),
                min_value=0,
                max_value=line.quantity,
                initial=0,
                help_text=gettext("of %(count)s") % {"count": line.quantity},
            )
        self.reason_last()

    @property
    def parts(self) -> list[Part]:
        given = self.cleaned_data
        return [Part(line.pk, given[f"pieces_{line.pk}"]) for line in self.lines]


class TogetherForm(EditForm):
    """Which of the candidates; each choice is an order's id and the version that is shown."""

    others = forms.MultipleChoiceField(
        label=_("Ship together with"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, order: Order, candidates: Iterable[Order] = ()) -> None:
        super().__init__(data, order=order)
        self.fields["others"].choices = [
            (f"{other.pk}:{other.version}", other.external_number) for other in candidates
        ]

    @property
    def versions(self) -> dict[int, int]:
        pairs = [choice.split(":") for choice in self.cleaned_data["others"]]
        others = {int(pk): int(version) for pk, version in pairs}
        return {self.order.pk: self.cleaned_data["version"], **others}


class RefundForm(ReasonedForm):
    amount = forms.DecimalField(
        label=_("Amount to give back"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order)
        self.reason_last()


class ContactForm(EditForm):
    by = forms.ChoiceField(label=_("How"), choices=ContactAttempt.By)
    topic = forms.ChoiceField(label=_("About"), choices=TOPICS)
    was_reached = forms.BooleanField(label=_("The buyer was reached"), required=False)
    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=ContactAttempt.Outcome,
        initial=ContactAttempt.Outcome.NONE,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def said(self) -> Said:
        given = self.cleaned_data
        return Said(
            by=given["by"],
            topic=given["topic"],
            was_reached=given["was_reached"],
            outcome=given["outcome"],
            note=given["note"],
        )
