"""Every week some live listings are drawn, in a way that anybody can repeat (CAT-13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from catalog.models import Listing, ListingSample, ListingSampleItem
from catalog.services.listing_facts import facts_of, publishers_of
from opsdesk.deadlines import services as deadlines
from opsdesk.deadlines.rules import Rule
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

SHARE = Setting(
    key="catalog.sample_share",
    clause="CAT-13",
    title=gettext_lazy("Live listings checked each week"),
    default=Decimal(10),
    unit=Unit.PERCENT,
    minimum=Decimal("0.01"),
    maximum=Decimal(100),
)
ANSWERED_WITHIN = Setting(
    key="catalog.sample_answered_within",
    clause="CAT-13",
    title=gettext_lazy("The weekly check is answered within"),
    default=Decimal(3 * 24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
ANSWERED = Rule(
    code="catalog.sample_answered",
    clause="CAT-13",
    title=gettext_lazy("Weekly check of live listings to answer"),
    setting=ANSWERED_WITHIN.key,
    subject="catalog.listingsample",
    starts="drawn_at",
    reached="checked_at",
    owner_role=Role.CATALOG_OPERATOR,
)


def week_of(day: date) -> str:
    """The ISO week, as in 2026-W47."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def drawn_from(population: Sequence[int], *, seed: str, size: int) -> list[int]:
    """So many of the numbers, in the order of SHA-256("seed:number"), the smallest first.

    The same for the same seed and population, whatever the order they are given in.
    """
    return sorted(population, key=lambda pk: sha256(f"{seed}:{pk}".encode()).digest())[:size]


def size_for(population: int, share: Decimal) -> int:
    """The share in percent of so many, rounded up: at least one where there is any."""
    return int((population * share / 100).to_integral_value(ROUND_CEILING))


def draw_sample(*, store: Store, day: date, at: datetime) -> ListingSample | None:
    """The week of that business day has its sample, and the clock to answer it runs.

    None where it had one, or where nothing is live. Drawn once: of two that come together one
    finds the row of the other.
    """
    with transaction.atomic():
        live = Listing.objects.filter(store=store).live()
        population = list(live.order_by("pk").values_list("pk", flat=True))
        if not population:
            return None
        week = week_of(day)
        share = procedure.value_of(SHARE.key, store=store, at=at)
        sample, is_new = ListingSample.objects.get_or_create(
            store=store,
            week=week,
            defaults={
                "seed": f"{store.code}/{week}",
                "share": share,
                "population": population,
                "population_size": len(population),
                "size": size_for(len(population), share),
                "drawn_at": at,
            },
        )
        if not is_new:
            return None
        _freeze(sample, at)
        subject = deadlines.Subject(sample.pk, sample.week, at)
        deadlines.start(
            ListingSample, [subject], on=ANSWERED.starts, store=store, channel=None, at=at
        )
    return sample


def _freeze(sample: ListingSample, at: datetime) -> None:
    ids = redrawn(sample)
    rows = Listing.objects.filter(pk__in=ids).select_related("store", "product", "channel")
    facts = facts_of(list(rows), at)
    publishers = publishers_of(ids)
    ListingSampleItem.objects.bulk_create(
        ListingSampleItem(
            sample=sample,
            listing_id=pk,
            place=place,
            facts=facts[pk],
            published_by_id=publishers.get(pk),
        )
        for place, pk in enumerate(ids, 1)
    )


def redrawn(sample: ListingSample) -> list[int]:
    """What the recorded seed draws from the recorded population, in order."""
    return drawn_from(sample.population, seed=sample.seed, size=sample.size)


def comes_out_again(sample: ListingSample) -> bool:
    """Drawing again gives exactly the listings of the sheet."""
    drawn = list(sample.items.order_by("place").values_list("listing", flat=True))
    is_sized = sample.size == size_for(sample.population_size, sample.share)
    return is_sized and drawn == redrawn(sample)


def _draw(slot: Slot, at: datetime) -> dict[str, Any]:
    """On the week's first day; later in the week where there was nothing, or nobody, that day."""
    assert slot.store is not None  # A daily job runs store by store.
    assert slot.business_date is not None
    sample = draw_sample(store=slot.store, day=slot.business_date, at=at)
    return {"drawn": sample.size if sample else 0}


WEEKLY = Job(
    "catalog.draw_listings",
    gettext_lazy("Live listings are drawn for the weekly check"),
    _draw,
    daily_at=time(6),
)
