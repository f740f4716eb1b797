"""What a carrier asks for a parcel, by the row and the surcharges of its price table (FUL-5).

Knows no tables of the database. Every part is rounded to the cent, half up, before it is added, as
carriers' bills are. Weights are in grams, lengths in millimetres, money in the table's currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

CENT = Decimal("0.01")
NOTHING = Decimal(0)
_KILOGRAM = 1_000


@dataclass(frozen=True)
class Load:
    """What is carried. `insured` and `collected` are amounts, nothing where neither is wanted."""

    weight_grams: int
    size_mm: tuple[int, int, int] | None = None
    insured: Decimal = NOTHING
    collected: Decimal = NOTHING


@dataclass(frozen=True)
class Band:
    """A row: so much for the first grams, so much per step begun beyond them."""

    above_grams: int
    up_to_grams: int | None
    first_grams: int
    first_price: Decimal
    step_grams: int | None = None
    step_price: Decimal = NOTHING
    minimum: Decimal = NOTHING

    def holds(self, grams: int) -> bool:
        return self.above_grams < grams and (self.up_to_grams is None or grams <= self.up_to_grams)


@dataclass(frozen=True)
class Extra:
    """A surcharge: percent of what it is about, and an amount; never less than `minimum`."""

    kind: str
    title: str
    percent: Decimal = NOTHING
    amount: Decimal = NOTHING
    minimum: Decimal = NOTHING
    region: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Part:
    """A line of the breakdown, in words."""

    words: str
    amount: Decimal


@dataclass(frozen=True)
class Charge:
    """What it costs, part by part."""

    grams: int
    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.parts), NOTHING)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def volume_grams(size_mm: tuple[int, int, int] | None, divisor: int | None) -> int:
    """What the size counts as: 40 × 30 × 20 cm by 6000 are 4 kg. A gram begun is a whole one.

    Millimetres cubed by the divisor are grams, as centimetres cubed by it are kilograms.
    """
    if size_mm is None or divisor is None:
        return 0
    length, width, height = size_mm
    return _begun(length * width * height, divisor)


def billed_grams(load: Load, divisor: int | None) -> int:
    """The weight, or what the size counts as where that is more."""
    return max(load.weight_grams, volume_grams(load.size_mm, divisor))


def freight(band: Band, grams: int) -> Decimal:
    """First weight and begun steps, at least the minimum.

    Of 10.00 for the first kilogram and 2.50 per half a kilogram, 2.3 kg cost 10 + 3 × 2.50 = 17.50:
    of the 1.3 kg beyond the first the third step is begun.
    """
    price = band.first_price + steps_of(band, grams) * band.step_price
    return max(cents(price), band.minimum)


def steps_of(band: Band, grams: int) -> int:
    if band.step_grams is None:
        return 0
    return _begun(max(0, grams - band.first_grams), band.step_grams)


def charge(
    band: Band,
    extras: Sequence[Extra],
    load: Load,
    *,
    grams: int,
    regions: Sequence[str],
    day: date,
) -> Charge:
    """Freight by the band, then what the surcharges that apply add.

    `regions` are the destination's and those around it: of remote areas the smallest counts. Fuel
    and holidays are percent of the freight alone, not of one another.
    """
    price = freight(band, grams)
    parts = [Part(_freight_words(band, grams), price)]
    for extra in _applying(extras, load, regions, day):
        base = {"cash": load.collected, "insurance": load.insured}.get(extra.kind, price)
        amount = max(cents(base * extra.percent / 100 + extra.amount), extra.minimum)
        parts.append(Part(_extra_words(extra), amount))
    return Charge(grams, tuple(parts))


def _applying(
    extras: Sequence[Extra], load: Load, regions: Sequence[str], day: date
) -> list[Extra]:
    remote = [extra for extra in extras if extra.kind == "remote" and extra.region in regions]
    nearest = min(remote, key=lambda extra: regions.index(extra.region), default=None)
    return [
        extra
        for extra in extras
        if extra is nearest
        or extra.kind == "fuel"
        or (extra.kind == "holiday" and _within(extra, day))
        or (extra.kind == "cash" and load.collected > 0)
        or (extra.kind == "insurance" and load.insured > 0)
    ]


def _within(extra: Extra, day: date) -> bool:
    first, last = extra.first_day, extra.last_day
    return first is not None and last is not None and first <= day <= last


def _freight_words(band: Band, grams: int) -> str:
    if band.step_grams is None:
        words = _("%(weight)s at a fixed price") % {"weight": weight_words(grams)}
    elif steps := steps_of(band, grams):
        words = _(
            "%(weight)s: first %(first)s %(price)s, then %(steps)s × %(step)s at %(each)s"
        ) % {
            "weight": weight_words(grams),
            "first": weight_words(band.first_grams),
            "price": band.first_price,
            "steps": steps,
            "step": weight_words(band.step_grams),
            "each": band.step_price,
        }
    else:
        words = _("%(weight)s: within the first %(first)s") % {
            "weight": weight_words(grams),
            "first": weight_words(band.first_grams),
        }
    if freight(band, grams) == band.minimum > band.first_price:
        words = _("%(words)s, at least %(minimum)s") % {"words": words, "minimum": band.minimum}
    return words


def _extra_words(extra: Extra) -> str:
    if not extra.percent:
        return extra.title
    return _("%(title)s, %(percent)s %%") % {
        "title": extra.title,
        "percent": f"{extra.percent.normalize():f}",
    }


def weight_words(grams: int) -> str:
    """2.3 kg, 500 g."""
    if grams < _KILOGRAM:
        return f"{grams} g"
    return f"{(Decimal(grams) / _KILOGRAM).normalize():f} kg"


def _begun(amount: int, size: int) -> int:
    """How many times the size, a begun one counted whole."""
    return -(-amount // size)
