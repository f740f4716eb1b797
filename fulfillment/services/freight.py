"""What a buyer pays for freight, by the store's templates (FUL-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from fulfillment import regions
from fulfillment.models import FreightRow, FreightTemplate
from fulfillment.tariff import cents, weight_words
from opsdesk.stores.models import Channel, Store


@dataclass(frozen=True)
class Line:
    """So many pieces of one article: their weight together in grams, their amount in money."""

    pieces: int
    grams: int
    amount: Decimal


@dataclass(frozen=True)
class Freight:
    """What it costs the buyer, and why; None where it is not sent there."""

    template: FreightTemplate | None
    amount: Decimal | None
    words: str


def template_for(store: Store, channel: Channel | None, *, at: datetime) -> FreightTemplate | None:
    """The channel's template of that day, else the store's, else its default. One query."""
    day = store.business_date(at)
    rows = FreightTemplate.objects.filter(store=store).order_by("pk")
    wanted = channel.pk if channel else None

    def rank(row: FreightTemplate) -> int | None:
        holds = row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
        if holds and not row.is_default and row.channel_id in (wanted, None):
            return 0 if row.channel_id == wanted else 1
        return 2 if row.is_default else None

    ranked = [(place, row.pk, row) for row in rows if (place := rank(row)) is not None]
    return min(ranked, default=(0, 0, None))[2]


def freight_for(
    lines: Iterable[Line],
    *,
    store: Store,
    channel: Channel | None,
    region: str,
    at: datetime,
) -> Freight:
    """What the buyer of these lines pays for freight to the region. Two queries.

    Of a template by pieces with 8.00 for the first and 2.00 for each further, four pieces cost
    8 + 3 × 2 = 14.00; free from 99.00 on, nothing if they cost that much. Raises UnknownRegion.
    """
    template = template_for(store, channel, at=at)
    if template is None:
        return Freight(None, None, _("The store has no freight template."))
    around = [*regions.around(regions.code_of(region)), ""]
    rows = {row.region: row for row in template.rows.filter(region__in=around)}
    row = next((rows[each] for each in around if each in rows), None)
    if row is None or not row.is_delivered:
        place = regions.name_of(around[0])
        return Freight(template, None, _("not sent to %(place)s") % {"place": place})
    return _charged(template, row, list(lines))


def _charged(template: FreightTemplate, row: FreightRow, lines: Sequence[Line]) -> Freight:
    amount = sum((line.amount for line in lines), Decimal(0))
    free_from = template.free_from if row.free_from is None else row.free_from
    if free_from is not None and amount >= free_from:
        return Freight(template, Decimal("0.00"), _("free from %(amount)s") % {"amount": free_from})
    is_by_weight = template.by == FreightTemplate.By.WEIGHT
    measure = sum(line.grams if is_by_weight else line.pieces for line in lines)
    steps = -(-max(0, measure - row.first) // row.step)
    told = weight_words if is_by_weight else str
    words = _("first %(first)s: %(price)s, then %(steps)s × %(step)s at %(each)s") % {
        "first": told(row.first),
        "price": row.first_price,
        "steps": steps,
        "step": told(row.step),
        "each": row.step_price,
    }
    return Freight(template, cents(row.first_price + steps * row.step_price), words)
