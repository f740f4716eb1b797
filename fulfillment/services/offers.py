"""Which carrier a parcel is given to: what each asks, how soon, how reliably, and why (FUL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fulfillment import regions
from fulfillment.models import Parcel
from fulfillment.services import permits, scoring
from fulfillment.services.promises import Promises
from fulfillment.services.quoting import Price, Refused, Wish, quote
from fulfillment.services.scoring import Score
from fulfillment.tariff import Load
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order, OrderLine

_MOST_POINTS = Decimal(100)


def _weight(name: str, title: object, default: int) -> Setting:
    return Setting(
        key=f"fulfillment.offer_{name}_points",
        clause="FUL-5",
        title=title,  # type: ignore[arg-type]  # a lazy text
        default=Decimal(default),
        unit=Unit.POINTS,
        maximum=_MOST_POINTS,
    )


COST = _weight("cost", _("Choosing a carrier: what the cost counts"), 50)
SPEED = _weight("promise", _("Choosing a carrier: what arriving as promised counts"), 30)
SCORE = _weight("score", _("Choosing a carrier: what its record counts"), 20)
LATE_DAY = Setting(
    key="fulfillment.offer_late_day_points",
    clause="FUL-5",
    title=_("Choosing a carrier: points lost per day after the promise"),
    default=Decimal(25),
    unit=Unit.POINTS,
    maximum=_MOST_POINTS,
)
SETTINGS = (COST, SPEED, SCORE, LATE_DAY)


@dataclass(frozen=True)
class Offer:
    """A service's price with its points of 100, and what speaks for and against it."""

    price: Price
    points: Decimal
    score: Score
    is_in_time: bool | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Recommendation:
    """Offers, the best first; who can't carry it; or in `problem` why nobody could be asked."""

    offers: Sequence[Offer] = ()
    refused: Sequence[Refused] = ()
    problem: str = ""
    region: str = ""

    @property
    def best(self) -> Offer | None:
        return self.offers[0] if self.offers else None


def for_parcel(parcel_id: int, *, at: datetime) -> Recommendation:
    """The offers for a parcel as it stands, the best first. About fifteen queries; writes nothing.

    It goes where its first order goes. What is not weighed yet is estimated by its articles, and
    what is not packed yet by the orders' lines. Where region or weight are not known nobody is
    asked, and `problem` says so.
    """
    parcel = Parcel.objects.select_related("warehouse__store").get(pk=parcel_id)
    orders = list(Order.objects.filter(parcel_orders__parcel=parcel).order_by("pk"))
    region = next((code for order in orders if (code := regions.found_in(order.region))), "")
    if not region:
        return Recommendation(
            problem=gettext("The region of the address is not recognised: choose by hand.")
        )
    contents = _contents(parcel, orders)
    grams = parcel.weight_grams or _estimated(contents)
    if not grams:
        return Recommendation(problem=gettext("Weigh the parcel first."), region=region)
    size = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    load = Load(grams, size if all(size) else None)  # type: ignore[arg-type]
    needed = permits.needed_for({sku for sku, _w, _n in contents}, store_id=parcel.store_id)
    promises = Promises.of(parcel.warehouse.store)
    moments = [promises.deliver_by(order) for order in orders]
    deliver_by = min((moment for moment in moments if moment), default=None)
    return recommend(Wish(parcel.warehouse, region, load, needed), deliver_by=deliver_by, at=at)


def _contents(parcel: Parcel, orders: Sequence[Order]) -> list[tuple[int, int | None, int]]:
    """(SKU id, weight of a piece, pieces) of what is packed; else of what was ordered."""
    named = ("sku_id", "sku__weight_grams", "quantity")
    packed = list(parcel.items.values_list(*named))
    return packed or list(OrderLine.objects.filter(order__in=orders).values_list(*named))


def _estimated(contents: Sequence[tuple[int, int | None, int]]) -> int:
    """Zero where some article's weight is not known."""
    if any(weight is None for _sku, weight, _pieces in contents):
        return 0
    return sum((weight or 0) * pieces for _sku, weight, pieces in contents)


def recommend(wish: Wish, *, deliver_by: datetime | None, at: datetime) -> Recommendation:
    """What each service asks, weighed by cost, promise and record: the most points come first.

    Cost: the cheapest has 100 points, who asks twice as much 50. Promise: 100 for who arrives in
    time, less for every day after; without a promise the quickest has 100. Record: the share of
    parcels on time, drawn towards one half where there are few. The settings say what each counts.
    """
    asked = quote(wish, at=at)
    store = wish.warehouse.store
    numbers = procedure.numbers_of(
        [setting.key for setting in (*SETTINGS, scoring.LOOKS_BACK)],
        store=store,
        channel=None,
        at=at,
    )
    values = {key: number.value for key, number in numbers.items()}
    since = store.business_date(at - timedelta(days=int(values[scoring.LOOKS_BACK.key])))
    scores = scoring.scores_of([price.service.pk for price in asked.prices], since=since)
    last_day = store.business_date(deliver_by) if deliver_by else None
    offers = [
        _offer(price, asked.prices, scores.get(price.service.pk, Score()), last_day, values)
        for price in asked.prices
    ]
    offers.sort(key=lambda offer: (-offer.points, offer.price.cost, offer.price.service.pk))
    return Recommendation(offers, asked.refused, region=regions.code_of(wish.region))


def _offer(
    price: Price,
    others: Sequence[Price],
    score: Score,
    last_day: date | None,
    values: dict[str, Decimal],
) -> Offer:
    is_in_time = None if last_day is None else price.arrives_on <= last_day
    parts = (
        (values[COST.key], _share(min(other.cost for other in others), price.cost)),
        (values[SPEED.key], _speed(price, others, last_day, values[LATE_DAY.key])),
        (values[SCORE.key], Decimal(str(score.punctual.middle)) * 100),
    )
    total = sum(weight for weight, _points in parts)
    points = sum((weight * given for weight, given in parts), Decimal(0)) / (total or 1)
    reasons = _reasons(price, others, score, last_day)
    return Offer(price, round(points, 1), score, is_in_time, reasons)


def _share(least: Decimal | int, own: Decimal | int) -> Decimal:
    """100 for the least, 50 for twice as much."""
    return Decimal(100) * least / own if own else Decimal(100)


def _speed(
    price: Price, others: Sequence[Price], last_day: date | None, per_day: Decimal
) -> Decimal:
    if last_day is None:
        return _share(min(other.days for other in others), price.days)
    late = max(0, (price.arrives_on - last_day).days)
    return max(Decimal(0), 100 - late * per_day)


def _reasons(
    price: Price, others: Sequence[Price], score: Score, last_day: date | None
) -> tuple[str, ...]:
    """In words, so that nobody has to trust a number alone."""
    found = []
    if price.cost == min(other.cost for other in others):
        found.append(gettext("cheapest of %(count)s") % {"count": len(others)})
    if price.days == min(other.days for other in others):
        found.append(gettext("quickest of %(count)s") % {"count": len(others)})
    if last_day is not None:
        late = (price.arrives_on - last_day).days
        words = ngettext(
            "%(days)s day after the promise", "%(days)s days after the promise", max(late, 1)
        )
        found.append(gettext("arrives as promised") if late <= 0 else words % {"days": late})
    if score.judged:
        found.append(
            gettext("on time %(rate)s %% of %(count)s parcels")
            % {"rate": round(100 * (score.punctual.rate or 0)), "count": score.judged}
        )
    else:
        found.append(gettext("no record yet"))
    return (*found, *price.known)
