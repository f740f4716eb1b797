"""What a SKU sold for, sells for and will sell for, as a step line and as a table (CAT-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Price, PriceChangeLine, Product, Sku
from catalog.tabs import ProductTab
from opsdesk.wording import moment, money

WIDTH, HEIGHT, FOOT, HEAD, SIDE = 420, 130, 18, 10, 44
AHEAD = timedelta(days=7)
# The newest rows of a SKU, and the SKUs of a product, that one page shows.
MOST_ROWS, MOST_SKUS = 60, 20


@dataclass(frozen=True)
class Row:
    """A price that holds, held or is planned, on one channel or on all."""

    channel: str
    amount: Decimal
    begins: datetime
    ends: datetime | None
    is_planned: bool
    change_id: int | None = None


@dataclass(frozen=True)
class Stretch:
    """A piece of a line in the drawing's coordinates."""

    points: str
    css: str
    tip: str


@dataclass(frozen=True)
class Drawing:
    title: str
    stretches: Sequence[Stretch]
    marks: Sequence[tuple[float, str]]  # height, price
    ends: tuple[str, str]  # what the left and the right edge are called
    now: float
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT
    side: int = SIDE


@dataclass(frozen=True)
class History:
    """All that a page tells of one SKU's prices, the newest first."""

    sku: Sku
    rows: Sequence[Row]
    drawing: Drawing | None
    now: str


def histories_of(skus: Sequence[Sku], at: datetime) -> list[History]:
    """Two queries, however many SKUs."""
    rows: dict[int, list[Row]] = {sku.pk: [] for sku in skus}
    prices = Price.objects.filter(sku__in=rows).select_related("channel", "line")
    for price in prices.order_by("-valid"):
        rows[price.sku_id].append(_row(price, price.line and price.line.change_id))
    planned = PriceChangeLine.objects.planned().filter(sku__in=rows).select_related("channel")
    for line in planned.order_by("valid"):
        rows[line.sku_id].insert(0, _row(line, line.change_id))
    return [_history(sku, rows[sku.pk][:MOST_ROWS], at) for sku in skus]


def _row(row: Price | PriceChangeLine, change_id: int | None) -> Row:
    return Row(
        channel=str(row.channel or ""),
        amount=row.amount,
        begins=row.valid.lower,
        ends=row.valid.upper,
        is_planned=isinstance(row, PriceChangeLine),
        change_id=change_id,
    )


def _history(sku: Sku, rows: Sequence[Row], at: datetime) -> History:
    return History(
        sku=sku,
        rows=rows,
        drawing=_draw(sku, rows, at) if rows else None,
        now=money(sku.list_price, sku.store.currency),
    )


def _draw(sku: Sku, rows: Sequence[Row], at: datetime) -> Drawing:
    """Time goes from the first price to a week past the last; heights begin below the lowest."""
    rows = _cut_short(rows)
    first = min(row.begins for row in rows)
    last = max([at, *(row.begins for row in rows)]) + AHEAD
    low, high = min(row.amount for row in rows), max(row.amount for row in rows)
    base = low - (high - low or low or Decimal(1)) / 4

    def x(moment: datetime) -> float:
        return round(SIDE + (moment - first) / (last - first) * (WIDTH - SIDE), 1)

    def y(amount: Decimal) -> float:
        room = HEIGHT - FOOT - HEAD
        return round(HEIGHT - FOOT - float((amount - base) / (high - base or 1)) * room, 1)

    def stretch(row: Row) -> Stretch:
        ends = min(row.ends or last, last)
        place, price = row.channel or _("all channels"), money(row.amount, sku.store.currency)
        tip = f"{place} · {price} · {moment(row.begins, sku.store.zone)}"
        points = f"{x(row.begins)},{y(row.amount)} {x(ends)},{y(row.amount)}"
        return Stretch(points, _css(row), tip)

    return Drawing(
        title=_("Prices of %(sku)s") % {"sku": sku.code},
        stretches=[*_risers(rows, x, y), *(stretch(row) for row in rows)],
        marks=[(y(amount), f"{amount:,.2f}") for amount in dict.fromkeys((high, low))],
        ends=(moment(first, sku.store.zone), moment(last, sku.store.zone)),
        now=x(at),
    )


def _cut_short(rows: Sequence[Row]) -> list[Row]:
    """A price without an end is drawn up to the lasting one that is planned after it."""
    then: dict[str, datetime] = {}
    for row in rows:
        if row.is_planned and row.ends is None:
            then[row.channel] = min(row.begins, then.get(row.channel, row.begins))
    return [
        row if row.is_planned or row.ends else replace(row, ends=then.get(row.channel))
        for row in rows
    ]


def _css(row: Row) -> str:
    return " ".join(["line", *["other"] * bool(row.channel), *["planned"] * row.is_planned])


def _risers(rows: Iterable[Row], x: Any, y: Any) -> list[Stretch]:
    """Where one price follows another at once, the step between them."""
    begins = {(row.channel, row.begins): row for row in rows}
    found = []
    for row in rows:
        then = begins.get((row.channel, row.ends)) if row.ends else None
        if then is not None:
            here = x(then.begins)
            points = f"{here},{y(row.amount)} {here},{y(then.amount)}"
            found.append(Stretch(points, _css(then), ""))
    return found


def context_of(request: HttpRequest, product: Product) -> dict[str, Any]:
    at = timezone.now()
    skus = list(product.skus.select_related("store").order_by("code")[: MOST_SKUS + 1])
    return {
        "histories": histories_of(skus[:MOST_SKUS], at),
        "is_cut": len(skus) > MOST_SKUS,
        "zone": product.store.timezone,
        **_rights(request, product),
    }


def context_of_sku(request: HttpRequest, sku: Sku) -> dict[str, Any]:
    """Nothing for who may not look at prices there."""
    may = request.user.has_perm
    return {
        "histories": histories_of([sku], timezone.now()) if may(TAB.permission, sku) else [],
        "zone": sku.store.timezone,
        **_rights(request, sku),
    }


def _rights(request: HttpRequest, row: Product | Sku) -> dict[str, bool]:
    may = request.user.has_perm
    return {
        "may_ask": may("catalog.request_price", row),
        "may_look": may("catalog.view_pricechange", row),
    }


TAB = ProductTab(
    code="prices",
    title=gettext_lazy("Prices"),
    template="catalog/tabs/prices.html",
    context=context_of,
    permission="catalog.view_price",
    place=40,
)
