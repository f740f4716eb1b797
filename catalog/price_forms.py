"""What people enter about prices: a change, what others ask, an offer to be reckoned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from catalog.services.offers import Offer
from catalog.services.price_checks import Asked
from catalog.services.price_requests import REQUEST
from opsdesk.exchange import values
from opsdesk.exchange.problems import BadValue
from opsdesk.stores.models import Channel, Store, User

MOST_COMPETITORS = 500


class WallClockField(forms.DateTimeField):
    """Day and time without a zone: it is the store's, which another field of the form names."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            moment = super().to_python(value)
        return moment.replace(tzinfo=None) if moment else None


def in_zone(naive: datetime, zone: ZoneInfo) -> datetime:
    """The moment that clocks of the zone show so. In an hour that comes twice, the earlier one.

    Raises ValidationError for an hour that is skipped.
    """
    moment = naive.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise ValidationError(
            _("There is no such time on that day: clocks in %(zone)s are put forward."),
            params={"zone": zone.key},
            code="skipped",
        )
    return moment


def _money(label: Any, **options: Any) -> forms.DecimalField:
    options = {"min_value": 0, "max_digits": 12, "decimal_places": 2, **options}
    return forms.DecimalField(label=label, **options)


def _percent(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )


class InStoreForm(forms.Form):
    """Only stores in which the person may do what `permission` names, and their channels."""

    permission = REQUEST
    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), empty_label=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        stores = Store.objects.active().visible_to(user)
        if not user.is_superuser:
            stores = stores.in_stores(user.stores_allowing(self.permission))
        self.fields["store"].queryset = stores
        if "channel" in self.fields:
            channels = Channel.objects.filter(store__in=stores, is_active=True)
            self.fields["channel"].queryset = channels.select_related("store")
            self.fields["channel"].label_from_instance = lambda each: f"{each.store} · {each}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, channel = cleaned.get("store"), cleaned.get("channel")
        if store and channel and channel.store_id != store.pk:
            self.add_error("channel", _("This belongs to another store."))
        if store and cleaned.get("sku"):
            sku = Sku.objects.filter(store=store, code__iexact=cleaned["sku"]).first()
            if sku is None:
                self.add_error("sku", _("The store has no SKU with this code."))
            cleaned["sku"] = sku
        return cleaned


class PriceForm(InStoreForm):
    """One price from a moment on. Many at once come as a file."""

    sku = forms.CharField(label=_("SKU code"), max_length=80)
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("All channels")
    )
    price = _money(_("New price"))
    starts = WallClockField(
        label=_("From"), help_text=_("As clocks show it where the store is; a day ahead or more.")
    )
    until = WallClockField(
        label=_("Until"),
        required=False,
        help_text=_("Empty: until the next price. Afterwards the lasting price holds again."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    field_order = ["store", "sku", "channel", "price", "starts", "until", "reason"]
    # What the services call a line's parts.
    FIELDS = {"sku_code": "sku", "price": "price", "from": "starts", "until": "until"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store = cleaned.get("store")
        for name in ("starts", "until"):
            if store and cleaned.get(name):
                try:
                    cleaned[name] = in_zone(cleaned[name], store.zone)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    @property
    def line(self) -> Asked:
        given = self.cleaned_data
        return Asked(
            sku=given["sku"],
            amount=given["price"],
            starts=given["starts"],
            reason=given["reason"],
            channel=given["channel"],
            until=given["until"],
        )


class LaunchForm(InStoreForm):
    """What others ask for the like, and what it costs us."""

    permission = "catalog.view_pricechange"
    sku = forms.CharField(label=_("SKU code"), max_length=80, required=False)
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("All channels")
    )
    cost = _money(_("Cost"), required=False, help_text=_("Empty: the SKU's own."))
    competitors = forms.CharField(
        label=_("Prices of competitors"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line, as a column of a spreadsheet is pasted."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("Text or CSV with one price a line."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt", "style": "padding: 4px 6px"}),
    )

    field_order = ["store", "sku", "channel", "cost", "competitors", "file"]

    def clean_competitors(self) -> list[Decimal]:
        return _prices(re.split(r"[\s;]+", self.cleaned_data["competitors"]))

    def clean_file(self) -> list[Decimal]:
        file = self.cleaned_data["file"]
        if file is None:
            return []
        if file.size > 100_000:
            raise ValidationError(_("The file is too large for a list of prices."))
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("Save the file as UTF-8.")) from error
        cells = (line.split(",")[0] for line in text.splitlines())
        return _prices(cells, has_header=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        prices = [*(cleaned.get("competitors") or []), *(cleaned.get("file") or [])]
        if not prices and not self.errors:
            self.add_error("competitors", _("Give at least one price."))
        cleaned["prices"] = prices
        if cleaned.get("cost") is None and cleaned.get("sku"):
            cleaned["cost"] = cleaned["sku"].cost
        return cleaned


def _prices(cells: Iterable[str], *, has_header: bool = False) -> list[Decimal]:
    """Amounts above zero; of a file the first line may be a heading."""
    found = []
    for number, cell in enumerate(cells):
        try:
            amount = Decimal(values.money(cell)) if cell.strip() else None
        except BadValue as error:
            if has_header and number == 0:
                continue
            raise ValidationError(error.message) from error
        if amount:
            found.append(amount)
    if len(found) > MOST_COMPETITORS:
        raise ValidationError(
            _("At most %(most)s prices."), params={"most": MOST_COMPETITORS}, code="too_many"
        )
    return found


class OfferForm(InStoreForm):
    """A price, what is taken off it, and what is paid out of it."""

    permission = "catalog.view_pricechange"
    sku = forms.CharField(label=_("SKU code"), max_length=80, required=False)
    price = _money(_("Price"))
    pieces = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=10_000, initial=1)
    cost = _money(_("Cost"), required=False, help_text=_("Empty: the SKU's own."))
    percent_off = _percent(_("Discount in percent"))
    amount_off = _money(_("Amount off"), required=False)
    threshold = _money(_("Spend at least"), required=False)
    threshold_off = _money(_("and pay less by"), required=False)
    coupon = _money(_("Coupon"), required=False)
    commission = _percent(_("Platform's commission in percent"))
    freight = _money(_("Freight we pay"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("cost") is None and not self.errors:
            sku = cleaned.get("sku")
            cleaned["cost"] = sku.cost if sku else None
            if cleaned["cost"] is None:
                self.add_error("cost", _("The cost is not known: enter it."))
        return cleaned

    @property
    def offer(self) -> Offer:
        given = self.cleaned_data
        names = (
            "percent_off",
            "amount_off",
            "threshold",
            "threshold_off",
            "coupon",
            "commission",
            "freight",
        )
        parts = {name: given[name] or Decimal(0) for name in names}
        return Offer(price=given["price"], cost=given["cost"], pieces=given["pieces"], **parts)
