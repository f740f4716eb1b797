"""Which permits goods ask for, and which carriers hold them on a day (FUL-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import QualificationKind, RequiredQualification, Sku
from catalog.profiles import lies_in
from fulfillment.models import CarrierDocument, PaperKind, RequiredPermit
from opsdesk.stores.procedure import Setting, Unit

LICENCE_REQUIRED = Setting(
    key="fulfillment.carrier_licence_required",
    clause="FUL-5",
    title=gettext_lazy("Carriers without a valid licence on record are not offered"),
    default=Decimal(1),
    unit=Unit.SWITCH,
    maximum=Decimal(1),
)
_FOODS = (QualificationKind.FOOD_PRODUCTION, QualificationKind.FOOD_TRADE)


@dataclass(frozen=True)
class Held:
    """From when to when a carrier's papers of a kind hold; `is_valid` on the day asked for."""

    is_valid: bool
    first: date
    last: date


Papers = Mapping[tuple[int, str], Held]  # carrier id, kind


def needed_for(sku_ids: Iterable[int], *, store_id: int) -> frozenset[str]:
    """The permits that these goods ask of who carries them. Three queries.

    What their categories ask for; food, as the catalog's licences say, always asks for one.
    """
    found = needed_by_sku(sku_ids, store_id=store_id)
    return frozenset(kind for kinds in found.values() for kind in kinds)


def needed_by_sku(sku_ids: Iterable[int], *, store_id: int) -> dict[int, frozenset[str]]:
    """SKU id → the permits that it asks for, of those that ask for some. Three queries."""
    skus = Sku.objects.filter(pk__in=list(sku_ids)).values_list("pk", "product__category")
    asked = [(one.category, one.kind) for one in RequiredPermit.objects.filter(store=store_id)] + [
        (category, PaperKind.FOOD.value)
        for category in RequiredQualification.objects.filter(
            store=store_id, kind__in=_FOODS
        ).values_list("category", flat=True)
    ]
    wanted = {category: _asked_of(category, asked) for category in {row[1] for row in skus}}
    return {sku_id: wanted[category] for sku_id, category in skus if wanted[category]}


def _asked_of(category: str, asked: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(kind for above, kind in asked if lies_in(category, above))


def papers_of(carrier_ids: Iterable[int], *, on: date) -> Papers:
    """What each of these carriers has on record, per kind. Two queries."""
    standing = CarrierDocument.objects.standing().filter(carrier__in=list(carrier_ids))
    valid = set(standing.valid_on(on).values_list("carrier_id", "kind"))
    told = standing.values_list("carrier_id", "kind").annotate(
        first=Min("valid_from"), last=Max("valid_until")
    )
    return {
        (carrier, kind): Held((carrier, kind) in valid, first, last)
        for carrier, kind, first, last in told.order_by()
    }


def lacking(papers: Papers, carrier_id: int, needed: Iterable[str], *, on: date) -> dict[str, str]:
    """Kind → why, in words, of the papers that the carrier does not hold on that day."""
    found: dict[str, str] = defaultdict(str)
    for kind in sorted(needed):
        held = papers.get((carrier_id, kind))
        if held is None:
            found[kind] = _("no %(paper)s on record") % {"paper": PaperKind(kind).label}
        elif not held.is_valid:
            words = _("%(paper)s ran out on %(day)s")
            if held.first > on:
                words = _("%(paper)s holds from %(day)s on")
            day = held.first if held.first > on else held.last
            found[kind] = words % {"paper": PaperKind(kind).label, "day": date_format(day)}
    return dict(found)
