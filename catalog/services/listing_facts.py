"""What we say of a listing at a moment, for somebody who compares it with the channel (CAT-13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from catalog.models import Listing, ProductPicture, Sku, StockLevel
from catalog.services import bundles
from catalog.services.pricing import price_of
from opsdesk.audit.models import AuditEntry
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel


def facts_of(listings: Sequence[Listing], at: datetime) -> dict[int, dict[str, Any]]:
    """Listing id → title, number, offers, main picture, attributes, promises; ready for JSON.

    Listings of one store. Four queries and three per channel, however many listings.
    """
    products = {listing.product_id for listing in listings}
    skus: dict[int, list[Sku]] = {}
    for sku in Sku.objects.active().filter(product__in=products).order_by("code"):
        skus.setdefault(sku.product_id, []).append(sku)
    in_stock = _in_stock([sku.pk for ours in skus.values() for sku in ours])
    pictures = {
        picture.product_id: {"id": picture.pk, "sha256": picture.sha256}
        for picture in ProductPicture.objects.filter(
            product__in=products, kind=ProductPicture.Kind.MAIN
        )
    }
    found: dict[int, dict[str, Any]] = {}
    for channel in {listing.channel for listing in listings}:
        ours = [listing for listing in listings if listing.channel_id == channel.pk]
        ids = [sku.pk for listing in ours for sku in skus.get(listing.product_id, [])]
        prices = price_of(ids, channel, at)
        promises = _promises(channel, at)
        for listing in ours:
            offers = [
                _offer(sku, prices[sku.pk], is_there=sku.pk in in_stock)
                for sku in skus.get(listing.product_id, [])
            ]
            found[listing.pk] = {
                **_words(listing),
                "offers": offers,
                "picture": pictures.get(listing.product_id),
                "promises": promises,
            }
    return found


def _words(listing: Listing) -> dict[str, Any]:
    return {
        "product": listing.product.code,
        "title": listing.title,
        "number": listing.external_id,
        "attributes": listing.attributes,
        "freight": None if listing.freight is None else str(listing.freight),
        "after_sales": listing.after_sales,
    }


def _offer(sku: Sku, price: Decimal | None, *, is_there: bool) -> dict[str, Any]:
    return {
        "sku": sku.code,
        "spec": sku.spec,
        "price": None if price is None else str(price),
        "in_stock": is_there,
    }


def _in_stock(sku_ids: Sequence[int]) -> set[int]:
    levels = StockLevel.objects.filter(sku__in=sku_ids).order_by().values("sku")
    there = levels.annotate(pieces=Sum("available")).filter(pieces__gt=0)
    made = bundles.stock_of(sku_ids)
    return {*there.values_list("sku", flat=True), *(pk for pk in made if any(made[pk].values()))}


def _promises(channel: Channel, at: datetime) -> list[dict[str, str]]:
    """How fast the platform holds us to be: number of the procedure, value and unit."""
    promised = (s for s in procedure.all_settings() if s.has_clock)
    keys = [s.key for s in promised if channel.platform in s.platforms]
    numbers = procedure.numbers_of(keys, store=channel.store, channel=channel, at=at)
    return [
        {"key": key, "value": str(numbers[key].value), "unit": str(numbers[key].unit)}
        for key in keys
    ]


def publishers_of(listing_ids: Sequence[int]) -> dict[int, int]:
    """Listing id → the person who put it live last, where it was a person. One query."""
    entries = AuditEntry.objects.filter(
        model=Listing._meta.label_lower,
        subject_id__in=list(listing_ids),
        after__state=Listing.State.LIVE,
    )
    last = entries.order_by("subject_id", "-pk").distinct("subject_id")
    return {pk: actor for pk, actor in last.values_list("subject_id", "actor") if pk and actor}
