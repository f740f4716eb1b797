"""No text on sale holds a forbidden word: before it goes live, on save, and every night (CAT-5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.gates import Blocker
from catalog.models import Listing, Product
from catalog.services.words import Hit, marked, matchers_for
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.services import Finding, report
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

NAME = "name"
ATTRIBUTES = "attributes"
_READ_AT_ONCE = 500
_SHOWN = 5

TOLERATED = Setting(
    key="catalog.listings_with_forbidden_words",
    clause="CAT-5",
    title=gettext_lazy("Live listings with a forbidden word that are let pass"),
    default=Decimal(0),
    unit=Unit.PIECES,
)
FORBIDDEN = AlertKind(
    code="catalog.forbidden_words",
    title=gettext_lazy("A live listing holds forbidden words"),
    clause="CAT-5",
    runbook=gettext_lazy(
        "Open the product, word the marked places anew, and push the listing. If the word is "
        "harmless there, add the longer word it stands in to a list as allowed."
    ),
    evidence={
        "words": gettext_lazy("words"),
        "fields": gettext_lazy("where"),
        "hits": gettext_lazy("hits"),
    },
)


@dataclass(frozen=True, slots=True)
class TextHit:
    """A hit in a text of a product: in its name, or in a field of a listing."""

    product_code: str
    listing: Listing | None
    field: str
    hit: Hit


@dataclass(frozen=True)
class Scan:
    """What was read in a store, and found."""

    products: int
    listings: int
    hits: list[TextHit]


def texts_of(listing: Listing) -> dict[str, str]:
    """Field → what buyers read there: the texts, then every attribute under its own name."""
    texts = {field: str(getattr(listing, field)) for field in Listing.TEXTS}
    for name, value in listing.attributes.items():
        texts[f"{ATTRIBUTES}.{name}"] = " ".join(_strings(value))
    return {field: text for field, text in texts.items() if text}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif value is not None:
        yield str(value)


def name_of_field(field: str) -> str:
    """A field as people know it; an attribute by the name it has."""
    if field.startswith(f"{ATTRIBUTES}."):
        return field.partition(".")[2]
    fields = (Product if field == NAME else Listing)._meta.concrete_fields
    return next(str(each.verbose_name) for each in fields if each.name == field)


def hits_of(listings: Sequence[Listing], *, with_lifted: bool = False) -> dict[int, list[TextHit]]:
    """Listing id → the hits in its texts. Of one store; statements do not grow with the rows."""
    if not listings:
        return {}
    platforms = dict(
        Channel.objects.filter(pk__in={each.channel_id for each in listings}).values_list(
            "pk", "platform"
        )
    )
    # Codes and categories alone: to make the products of ten thousand listings takes seconds.
    products = {
        pk: (code, category)
        for pk, code, category in Product.objects.filter(
            pk__in={each.product_id for each in listings}
        ).values_list("pk", "code", "category")
    }
    matchers = matchers_for(listings[0].store_id, platforms.values())
    found: dict[int, list[TextHit]] = {}
    for listing in listings:
        code, category = products[listing.product_id]
        matcher = matchers[platforms[listing.channel_id]]
        found[listing.pk] = [
            TextHit(code, listing, field, hit)
            for field, text in texts_of(listing).items()
            for hit in matcher.hits(text, category=category, with_lifted=with_lifted)
        ]
    return found


def keep_forbidden_words_out(listings: Sequence[Listing], at: datetime) -> dict[int, list[Blocker]]:
    """The gate: no listing goes live with a forbidden word in a text."""
    return {
        listing_id: [_blocker(each) for each in hits]
        for listing_id, hits in hits_of(listings).items()
    }


def _blocker(found: TextHit) -> Blocker:
    message = _("“%(word)s” in %(field)s: %(reason)s") % {
        "word": found.hit.text,
        "field": name_of_field(found.field),
        "reason": found.hit.reason,
    }
    return Blocker("forbidden_word", "CAT-5", message, found.field.partition(".")[0])


def scan(*, store: Store, everything: bool = False) -> Scan:
    """Every hit in the names of the store's products and the texts of their listings.

    `everything` also reads products that are off, and tells what an exception lifts.
    """
    products = Product.objects.filter(store=store).order_by("pk")
    listings = Listing.objects.filter(store=store).order_by("pk")
    if not everything:
        products, listings = products.active(), listings.filter(product__is_active=True)
    hits: list[TextHit] = []
    counts: Counter[str] = Counter()
    matcher = matchers_for(store.pk, [""])[""]
    names = products.values_list("code", "name", "category")
    for code, name, category in names.iterator(chunk_size=_READ_AT_ONCE):
        counts["products"] += 1
        hits += (
            TextHit(code, None, NAME, hit)
            for hit in matcher.hits(name, category=category, with_lifted=everything)
        )
    for some in _in_parts(listings.iterator(chunk_size=_READ_AT_ONCE)):
        counts["listings"] += len(some)
        for found in hits_of(some, with_lifted=everything).values():
            hits += found
    return Scan(counts["products"], counts["listings"], hits)


def _in_parts(listings: Iterable[Listing]) -> Iterator[list[Listing]]:
    part: list[Listing] = []
    for listing in listings:
        part.append(listing)
        if len(part) == _READ_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def look_over(*, store: Store, at: datetime) -> dict[str, int]:
    """One open alert per live listing with a hit, none for the others. Safe to repeat."""
    found: dict[int, list[TextHit]] = {}
    read = 0
    live = Listing.objects.filter(store=store).live().order_by("pk")
    for some in _in_parts(live.iterator(chunk_size=_READ_AT_ONCE)):
        read += len(some)
        found |= {pk: hits for pk, hits in hits_of(some).items() if hits}
    tolerated = procedure.value_of(TOLERATED.key, store=store, at=at)
    alerted = found if len(found) > tolerated else {}
    kind = ContentType.objects.get_for_model(Listing)
    findings = [_finding(pk, hits, kind.pk) for pk, hits in alerted.items()]
    report(FORBIDDEN, findings, store_id=store.pk, at=at)
    return {"listings": read, "with_hits": len(found), "alerts": len(alerted)}


def _finding(listing_id: int, hits: list[TextHit], type_id: int) -> Finding:
    words = list(dict.fromkeys(each.hit.word.text for each in hits))
    fields = list(dict.fromkeys(each.field for each in hits))
    return Finding(
        key=str(listing_id),
        subject_label=hits[0].product_code[:120],
        owner_role=Role.CATALOG_OPERATOR,
        subject_type_id=type_id,
        subject_id=listing_id,
        evidence={
            "words": ", ".join(words[:_SHOWN]),
            "fields": ", ".join(fields[:_SHOWN]),
            "hits": len(hits),
        },
    )


def _look_over_the_store(slot: Slot, at: datetime) -> dict[str, int]:
    assert slot.store is not None  # A daily job runs store by store.
    return look_over(store=slot.store, at=at)


NIGHTLY = Job(
    "catalog.forbidden_words",
    gettext_lazy("Forbidden words in live listings"),
    _look_over_the_store,
    daily_at=time(2, 30),
)


def shown(texts: Mapping[str, str], hits: Mapping[str, list[Hit]]) -> list[tuple[str, SafeString]]:
    """(field as people know it, its text with the hits marked), of every text that has any."""
    return [
        (name_of_field(field), marked(text, hits[field]))
        for field, text in texts.items()
        if hits.get(field)
    ]
