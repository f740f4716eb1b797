"""What people enter about listings, papers and knowledge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from catalog import files, profiles
from catalog.images import PictureRefused
from catalog.models import (
    KnowledgeEntry,
    Listing,
    ListingProfile,
    Product,
    Qualification,
)
from opsdesk.admin import ScopedForm
from opsdesk.stores.models import Channel, User

ADD = "catalog.add_listing"
MOST_ATTRIBUTES = 100
_PREFIX = "attribute_"


class AddListingForm(forms.Form):
    """A product and a channel of its store where the person may make listings."""

    code = forms.CharField(label=_("Product code"), max_length=80)
    channel = forms.ModelChoiceField(queryset=Channel.objects.none(), label=_("Channel"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = user.stores_allowing(ADD)
        self.products = Product.objects.visible_to(user).in_stores(allowed)
        channels = Channel.objects.visible_to(user).in_stores(allowed).select_related("store")
        field: forms.ModelChoiceField = self.fields["channel"]
        field.queryset = channels
        field.label_from_instance = lambda each: f"{each.store} · {each}"
        named = str(self.initial.get("product", ""))
        product = self.products.filter(pk=named).first() if named.isdecimal() else None
        if product is not None:
            self.fields["code"].initial = product.code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        channel, code = cleaned.get("channel"), cleaned.get("code", "")
        if channel is None:
            return cleaned
        product = self.products.filter(store=channel.store_id, code__iexact=code).first()
        if product is None:
            self.add_error("code", _("The store of this channel has no product with this code."))
        elif Listing.objects.filter(product=product, channel=channel).exists():
            self.add_error("channel", _("The product has a listing on this channel already."))
        cleaned["product"] = product
        return cleaned

    def save(self) -> Listing:
        product, channel = self.cleaned_data["product"], self.cleaned_data["channel"]
        listing, _is_new = Listing.objects.get_or_create(
            product=product,
            channel=channel,
            defaults={"store_id": product.store_id, "title": product.name},
        )
        return listing


class ListingForm(forms.ModelForm):
    """A listing's texts and freight, and a field for each attribute that its channel asks for."""

    more = forms.CharField(
        label=_("More attributes"),
        help_text=_("One per line: name: value"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = Listing
        fields = [*Listing.TEXTS, "freight", "external_id"]
        widgets = {
            name: forms.Textarea(attrs={"rows": 4})
            for name in ("description", "function", "usage", "cautions", "after_sales")
        }

    def __init__(self, data: Any, *, listing: Listing, is_open: bool) -> None:
        # A copy: what does not validate must not show as the listing's own.
        super().__init__(data, instance=Listing.objects.get(pk=listing.pk))
        self.asked = list(profiles.profiles_of([listing])[listing.pk].attributes)
        for name in self.asked:
            self.fields[f"{_PREFIX}{name}"] = forms.CharField(
                label=capfirst(profiles.name_of(name)),
                required=False,
                max_length=500,
                initial=str(listing.attributes.get(name, "")),
            )
        others = {name: v for name, v in listing.attributes.items() if name not in self.asked}
        self.fields["more"].initial = "\n".join(f"{name}: {v}" for name, v in others.items())
        self.order_fields([*Listing.TEXTS, "freight", *(f"{_PREFIX}{n}" for n in self.asked)])
        if not is_open:
            for field in self.fields.values():
                field.disabled = True

    def clean_more(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data["more"].splitlines()):
            name, colon, value = (part.strip() for part in line.replace("：", ":").partition(":"))
            if not (name and colon and value):
                raise ValidationError(
                    _("“%(line)s” is no name with a value."), params={"line": line[:80]}
                )
            found[name[:60]] = value[:500]
        if len(found) > MOST_ATTRIBUTES:
            raise ValidationError(_("That are too many attributes."))
        return found

    def values(self) -> dict[str, Any]:
        """What the listing is to tell, by the names of its columns."""
        given = self.cleaned_data
        asked = {name: given[f"{_PREFIX}{name}"] for name in self.asked}
        return {
            **{name: given[name] for name in self._meta.fields or ()},
            "attributes": {**given["more"], **{name: v for name, v in asked.items() if v}},
        }


class ProfileForm(ScopedForm):
    required_texts = forms.MultipleChoiceField(
        label=_("Required texts"),
        # Asked anew for each form: in the language of whoever reads it.
        choices=lambda: [(name, profiles.label_of(name)) for name in Listing.TEXTS],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    required_attributes = SimpleArrayField(
        forms.CharField(max_length=60),
        label=_("Required attributes"),
        delimiter="\n",
        required=False,
        help_text=_("One name per line, as the channel calls it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    class Meta:
        model = ListingProfile
        fields = "__all__"

    def clean_required_attributes(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["required_attributes"]]
        return list(dict.fromkeys(filter(None, names)))


class WithPaperForm(ScopedForm):
    """A row with a paper beside it: a PDF, or a picture that is made anew."""

    upload = forms.FileField(
        label=_("File"),
        required=False,
        max_length=255,
        help_text=_("PDF, JPEG, PNG or WebP, up to 20 MB. Replaces the one before."),
        widget=forms.FileInput(attrs={"accept": ".pdf,image/jpeg,image/png,image/webp"}),
    )

    def clean_upload(self) -> ContentFile | None:
        upload = self.cleaned_data["upload"]
        if upload is None:
            return None
        try:
            return files.clean_paper(upload)
        except PictureRefused as error:
            raise ValidationError(_("Neither a PDF nor a picture: choose another file.")) from error


class QualificationForm(WithPaperForm):
    class Meta:
        model = Qualification
        fields = "__all__"


class KnowledgeForm(WithPaperForm):
    class Meta:
        model = KnowledgeEntry
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """The database says so too; a form is not asked about columns that it does not show."""
        cleaned = super().clean()
        given = (cleaned.get("text"), cleaned.get("url"), cleaned.get("upload"))
        if not any(given) and not self.instance.file:
            self.add_error("text", _("Give a text, a link or a file."))
        return cleaned
