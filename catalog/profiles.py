"""What each platform asks of a listing before it goes live, and where a store says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.models import Listing, ListingProfile
from opsdesk.stores.models import Platform

# Attributes by the name a listing keeps them under; a store may name others, as its channel does.
ATTRIBUTES: dict[str, str | Promise] = {
    "origin": _("place of origin"),
    "model": _("model number"),
    "manufacturer": _("manufacturer"),
    "standard": _("product standard"),
    "shelf_life": _("shelf life"),
    "package": _("what is in the box"),
    "product_type": _("product type"),
    "customs_code": _("customs code (HS)"),
}
_LABELS: dict[str, str | Promise] = {
    field.name: field.verbose_name
    for field in Listing._meta.concrete_fields
    if field.name in Listing.TEXTS
}


@dataclass(frozen=True)
class Profile:
    """Texts and attributes that must be there; without a number of pictures the procedure's."""

    texts: Sequence[str]
    attributes: Sequence[str] = ()
    pictures: int | None = None


_BY_PLATFORM: Mapping[str, Profile] = {
    Platform.TMALL: Profile(Listing.TEXTS, ("origin", "model", "standard")),
    Platform.TAOBAO: Profile(Listing.TEXTS, ("origin", "model")),
    Platform.JD: Profile(Listing.TEXTS, ("origin", "model", "manufacturer", "package")),
    Platform.PDD: Profile(Listing.TEXTS, ("origin", "model")),
    Platform.DOUYIN: Profile(Listing.TEXTS, ("origin", "standard")),
    Platform.SHOPIFY: Profile(Listing.TEXTS, ("product_type", "customs_code")),
    Platform.WOOCOMMERCE: Profile(Listing.TEXTS, ("product_type",)),
    Platform.OWN: Profile(Listing.TEXTS),
}


def name_of(attribute: str) -> str:
    return str(ATTRIBUTES.get(attribute, attribute))


def label_of(text: str) -> str:
    """What people call one of a listing's texts."""
    return capfirst(str(_LABELS[text]))


def lies_in(category: str, above: str) -> bool:
    """Whether a category is that one or below it: Food/Tea lies in Food, Foodware does not."""
    return category == above or category.startswith(f"{above}/")


def profiles_of(listings: Iterable[Listing]) -> dict[int, Profile]:
    """Listing id → what it must tell. One query; product and channel should be loaded.

    The closest wins: the channel's for the category, the channel's, the platform's for the
    category, the platform's, what the platform asks by itself. Of two categories the longer.
    """
    listings = list(listings)
    stores = {listing.store_id for listing in listings}
    rows = list(ListingProfile.objects.filter(store__in=stores))
    return {listing.pk: _profile_of(listing, rows) for listing in listings}


def _profile_of(listing: Listing, rows: Sequence[ListingProfile]) -> Profile:
    fitting = [row for row in rows if _fits(row, listing)]
    if not fitting:
        return _BY_PLATFORM[listing.channel.platform]
    row = max(fitting, key=lambda row: (row.channel_id is not None, len(row.category)))
    return Profile(row.required_texts, row.required_attributes, row.minimum_pictures)


def _fits(row: ListingProfile, listing: Listing) -> bool:
    if row.store_id != listing.store_id:
        return False
    if row.channel_id not in (None, listing.channel_id):
        return False
    if row.channel_id is None and row.platform != listing.channel.platform:
        return False
    return not row.category or lies_in(listing.product.category, row.category)
