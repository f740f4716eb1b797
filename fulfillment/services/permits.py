"""Which permits goods ask for, and which carriers hold them on a day (FUL-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import QualificationKind, RequiredQualification, Sku
from catalog.profiles import lies_in
from fulfillment.models import CarrierDocument, CarrierException, PaperKind, RequiredPermit
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Store


def _switch(kind: str, title: Promise, *, default: int = 1) -> Setting:
    return Setting(
        key=f"fulfillment.carrier_{kind}_required",
        clause="FUL-5",
        title=title,
        default=Decimal(default),
        unit=Unit.SWITCH,
        maximum=Decimal(1),
    )


LICENCE_REQUIRED = _switch(
    "licence", gettext_lazy("Carriers without a valid licence on record are not offered")
)
# Kind of a paper → whether who lacks it is not offered; else it is only told with the offer.
BLOCKS = {
    PaperKind.LICENCE: LICENCE_REQUIRED,
    PaperKind.FOOD: _switch(
        "food", gettext_lazy("Food is not given to carriers without a food transport permit")
    ),
    PaperKind.COLD: _switch(
        "cold", gettext_lazy("Cold goods are not given to carriers without a cold chain permit")
    ),
    PaperKind.DANGEROUS: _switch(
        "dangerous",
        gettext_lazy("Dangerous goods are not given to carriers without a permit for them"),
    ),
    PaperKind.CONTRACT: _switch(
        "contract", gettext_lazy("Carriers whose contract has ended are not offered")
    ),
    PaperKind.INSURANCE: _switch(
        "insurance",
        gettext_lazy("Carriers whose liability insurance has run out are not offered"),
        default=0,
    ),
}
# Nobody has to hand these in; but who did is held to their last day.
ENDING = (PaperKind.CONTRACT, PaperKind.INSURANCE)
_FOODS = (QualificationKind.FOOD_PRODUCTION, QualificationKind.FOOD_TRADE)


@dataclass(frozen=True)
class Held:
    """From when to when a carrier's papers of a kind hold; `is_valid` on the day asked for."""

    is_valid: bool
    first: date
    last: date


Papers = Mapping[tuple[int, str], Held]  # carrier id, kind
Exceptions = Mapping[tuple[int, str], CarrierException]


def needed_for(sku_ids: Iterable[int], *, store_id: int) -> frozenset[str]:
    """The permits that these goods ask of who carries them. Three queries.

    What their categories ask for; food, as the catalog's licences say, always asks for one.
    """
    categories = set(Sku.objects.filter(pk__in=list(sku_ids)).values_list("product__category"))
    asked = [(one.category, one.kind) for one in RequiredPermit.objects.filter(store=store_id)] + [
        (category, PaperKind.FOOD.value)
        for category in RequiredQualification.objects.filter(
            store=store_id, kind__in=_FOODS
        ).values_list("category", flat=True)
    ]
    return frozenset(
        kind for above, kind in asked for (category,) in categories if lies_in(category, above)
    )


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


def blocking(store: Store, *, at: datetime) -> frozenset[str]:
    """The kinds of papers without which a carrier is not offered, by the store's numbers."""
    keys = {setting.key: kind for kind, setting in BLOCKS.items()}
    numbers = procedure.numbers_of(list(keys), store=store, channel=None, at=at)
    return frozenset(keys[key] for key, number in numbers.items() if number.value)


def exceptions_of(carrier_ids: Iterable[int], *, on: date) -> Exceptions:
    """(carrier, kind) → until when it is offered without such a paper. One query."""
    rows = CarrierException.objects.valid_on(on).filter(carrier__in=list(carrier_ids))
    return {(row.carrier_id, row.kind): row for row in rows}


@dataclass(frozen=True)
class Standing:
    """What the carriers' papers say on a day, and what is made of it."""

    papers: Papers
    blocking: frozenset[str]
    exceptions: Exceptions
    day: date

    def judged(self, carrier_id: int, needed: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
        """Why the carrier is not offered for such goods, and what else is to be known of it."""
        kinds = {*needed, PaperKind.LICENCE.value}
        kinds |= {kind for kind in ENDING if (carrier_id, kind) in self.papers}
        against, known = [], []
        for kind, words in lacking(self.papers, carrier_id, kinds, on=self.day).items():
            excepted = self.exceptions.get((carrier_id, kind))
            if excepted is not None:
                known.append(
                    _("%(why)s, allowed until %(day)s: %(reason)s")
                    % {
                        "why": words,
                        "day": date_format(excepted.valid_until),
                        "reason": excepted.reason,
                    }
                )
            elif kind in self.blocking:
                against.append(words)
            else:
                known.append(words)
        return against, tuple(known)


def standing_of(carrier_ids: set[int], *, store: Store, on: date, at: datetime) -> Standing:
    """Four queries, however many carriers."""
    return Standing(
        papers_of(carrier_ids, on=on),
        blocking(store, at=at),
        exceptions_of(carrier_ids, on=on),
        on,
    )


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
