"""Whether a listing tells buyers all that its channel asks for, and what is missing (CAT-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import (
    Count,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalog import profiles, rules
from catalog.gates import Blocker, blockers_of
from catalog.models import Listing, PresaleLot, ProductPicture, ProductVideo, Sku, StockLevel
from catalog.profiles import Profile
from catalog.rules import Judged
from catalog.services import bundles


@dataclass(frozen=True)
class Completeness:
    """Of all that is asked how much is there, 0 to 100, and what is not."""

    score: int
    missing: list[Blocker]


@dataclass(frozen=True)
class Standing:
    """How complete a listing is, 0 to 100, and everything that blocks it, whatever the gate."""

    score: int
    blockers: list[Blocker]


@dataclass(frozen=True)
class _Skus:
    active: int = 0
    without_price: int = 0
    without_spec: int = 0


@dataclass
class _Known:
    """What is known of the listings' products, by product id; read in a fixed number of queries."""

    numbers: dict[str, Decimal]
    profiles: dict[int, Profile]
    skus: dict[int, _Skus]
    available: dict[int, int]
    # Product id, channel id; without a channel it is for all of them.
    presold: set[tuple[int, int | None]] = field(default_factory=set)
    pictures: dict[int, list[Judged]] = field(default_factory=dict)
    videos: dict[int, list[ProductVideo]] = field(default_factory=dict)


def completeness_of(listings: Sequence[Listing], at: datetime) -> dict[int, Completeness]:
    """Listing id → how complete it is. Listings of one store; eleven queries for any number."""
    if not listings:
        return {}
    prefetch_related_objects(list(listings), "store", "product", "channel")
    known = _read(listings, at)
    return {listing.pk: _judge(listing, known) for listing in listings}


def gate(listings: Sequence[Listing], at: datetime) -> dict[int, list[Blocker]]:
    """What is missing keeps a listing from going live."""
    return {pk: found.missing for pk, found in completeness_of(listings, at).items()}


def standing_of(listings: Sequence[Listing], at: datetime) -> dict[int, Standing]:
    """Listing id → what its page says of it. Listings of one store; a fixed number of queries."""
    complete = completeness_of(listings, at)
    missing = {pk: found.missing for pk, found in complete.items()}
    blockers = blockers_of(listings, at, answered={gate: missing})
    return {pk: Standing(complete[pk].score, blockers[pk]) for pk in blockers}


def pictures_of(product_ids: Sequence[int], numbers: dict[str, Decimal]) -> dict[int, list[Judged]]:
    """Product id → its pictures in their order, each judged. Two queries."""
    pictures = list(
        ProductPicture.objects.filter(product__in=product_ids)
        .select_related("uploaded_by")
        .order_by("product_id", "place")
    )
    reviews = rules.newest_reviews(picture.pk for picture in pictures)
    found: dict[int, list[Judged]] = {}
    for judged in rules.judge_pictures(pictures, reviews, numbers):
        found.setdefault(judged.picture.product_id, []).append(judged)
    return found


def _read(listings: Sequence[Listing], at: datetime) -> _Known:
    products = sorted({listing.product_id for listing in listings})
    numbers = rules.numbers_for(listings[0].store, at)
    counts = (
        Sku.objects.active()
        .filter(product__in=products)
        .order_by()
        .values("product_id")
        .annotate(
            active=Count("pk"),
            without_price=Count("pk", filter=Q(list_price=None) | Q(list_price=0)),
            without_spec=Count("pk", filter=Q(spec="")),
        )
        .values_list("product_id", "active", "without_price", "without_spec")
    )
    known = _Known(
        numbers=numbers,
        profiles=profiles.profiles_of(listings),
        skus={product_id: _Skus(*found) for product_id, *found in counts},
        available=_available(products),
        presold=set(
            PresaleLot.objects.selling(at)
            .of_products(products)
            .filter(sku__is_active=True)
            .order_by()
            .values_list("sku__product_id", "channel_id")
        ),
        pictures=pictures_of(products, numbers),
    )
    for video in ProductVideo.objects.filter(product__in=products):
        known.videos.setdefault(video.product_id, []).append(video)
    return known


def _available(products: Sequence[int]) -> dict[int, int]:
    """Product id → pieces that can be sold of its active SKUs; of a bundle what its parts make."""
    shelf = (
        StockLevel.objects.filter(sku=OuterRef("pk"))
        .order_by()
        .values("sku")
        .annotate(pieces=Sum("available"))
        .values("pieces")
    )
    skus = Sku.objects.active().filter(product__in=products).order_by()
    pieces = Coalesce(Subquery(shelf, output_field=IntegerField()), bundles.available(), 0)
    sums = skus.annotate(pieces=pieces).values("product_id").annotate(total=Sum("pieces"))
    return dict(sums.values_list("product_id", "total"))


def _judge(listing: Listing, known: _Known) -> Completeness:
    asked = [
        *_texts(listing, known),
        *_attributes(listing, known),
        *_offer(listing, known),
        *_pictures(listing, known),
        *_videos(listing, known),
    ]
    missing = [blocker for is_there, blocker in asked if not is_there]
    return Completeness(100 * (len(asked) - len(missing)) // len(asked), missing)


Asked = Iterator[tuple[bool, Blocker]]


def _texts(listing: Listing, known: _Known) -> Asked:
    for name in known.profiles[listing.pk].texts:
        words = _("%(field)s is missing.") % {"field": profiles.label_of(name)}
        yield bool(getattr(listing, name).strip()), Blocker("text", "CAT-2", words, name)


def _attributes(listing: Listing, known: _Known) -> Asked:
    for name in known.profiles[listing.pk].attributes:
        words = _("The channel asks for the %(attribute)s.") % {"attribute": profiles.name_of(name)}
        value = str(listing.attributes.get(name, "")).strip()
        yield bool(value), Blocker("attribute", "CAT-2", words, f"attribute_{name}")


def _offer(listing: Listing, known: _Known) -> Asked:
    """Brand, options, price with freight, and stock."""
    skus = known.skus.get(listing.product_id, _Skus())
    told_apart = skus.active > 0 and (skus.active == 1 or not skus.without_spec)
    priced = skus.active > 0 and not skus.without_price
    yield (
        bool(listing.product.brand.strip()),
        Blocker("brand", "CAT-2", _("The product has no brand."), "brand"),
    )
    yield (
        told_apart,
        Blocker(
            "options",
            "CAT-2",
            _("Options are missing: an active SKU, and a spec on each where there are several."),
            "spec",
        ),
    )
    yield priced, Blocker("price", "CAT-2", _("Not every active SKU has a price."), "list_price")
    yield (
        listing.freight is not None,
        Blocker("freight", "CAT-2", _("Freight is missing; 0 is free."), "freight"),
    )
    yield (
        known.available.get(listing.product_id, 0) > 0 or _is_sold_ahead(listing, known),
        Blocker("stock", "CAT-2", _("Nothing is available in any warehouse."), "available"),
    )


def _is_sold_ahead(listing: Listing, known: _Known) -> bool:
    """Buyers are told when it ships, so there need be nothing yet (CAT-11)."""
    product_id = listing.product_id
    return not known.presold.isdisjoint({(product_id, None), (product_id, listing.channel_id)})


def _pictures(listing: Listing, known: _Known) -> Asked:
    """A main picture, and enough that keep every rule."""
    judged = known.pictures.get(listing.product_id, [])
    main = next((one for one in judged if one.picture.kind == ProductPicture.Kind.MAIN), None)
    if main is None:
        words = _("There is no main picture.")
    else:
        reasons = "; ".join(verdict.words for verdict in main.failed)
        words = _("The main picture does not pass: %(reasons)s.") % {"reasons": reasons}
    is_good = main is not None and main.is_good
    yield is_good, Blocker("main_picture", "CAT-3", words, "pictures")
    least = known.profiles[listing.pk].pictures
    wanted = int(known.numbers[rules.PICTURES_TO_PUBLISH.key]) if least is None else least
    good = sum(one.is_good for one in judged)
    words = _("%(good)s of %(wanted)s pictures that pass every rule are there.") % {
        "good": good,
        "wanted": wanted,
    }
    yield good >= wanted, Blocker("pictures", "CAT-3", words, "pictures")


def _videos(listing: Listing, known: _Known) -> Asked:
    """None is asked for; one that is there keeps the rules."""
    for video in known.videos.get(listing.product_id, []):
        failed = [v.words for v in rules.judge_video(video, known.numbers) if not v.holds]
        words = _("The video “%(title)s” does not pass: %(reasons)s.") % {
            "title": video.title,
            "reasons": "; ".join(failed),
        }
        yield not failed, Blocker("video", "CAT-3", words, "videos")
