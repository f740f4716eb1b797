"""What a launch price could be, and what is left of a price after everything (CAT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.services.pricing import CENT, LAUNCH_BELOW, Floor, plain
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store

ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """One line of a calculation: what it is, how it is reckoned, what it makes."""

    label: str
    reckoning: str
    amount: Decimal
    is_result: bool = False

    @property
    def shown(self) -> str:
        return f"{self.amount:,.2f}"


@dataclass(frozen=True)
class LaunchPrice:
    """The proposal, step by step; `floor` as `pricing.Floor`, `margin` in percent of the price."""

    steps: Sequence[Step]
    amount: Decimal
    floor: Floor
    margin: Decimal | None

    @property
    def is_below_floor(self) -> bool:
        return self.floor.refuses(self.amount)

    @property
    def why_not(self) -> str:
        return self.floor.reckoning(self.amount) if self.is_below_floor else ""


def propose_launch_price(
    *,
    competitors: Sequence[Decimal],
    cost: Decimal | None,
    margin: Decimal,
    store: Store,
    channel: Channel | None,
    at: datetime,
) -> LaunchPrice:
    """So many percent below the average of what others ask (CAT-6).

    `competitors` are prices above zero, one at least; `margin` the least margin in percent.
    """
    below = procedure.value_of(LAUNCH_BELOW.key, store=store, channel=channel, at=at)
    total = sum(competitors, ZERO)
    average = _cents(total / len(competitors))
    amount = _cents(average * (1 - below / 100))
    average_says = f"{total:.2f} ÷ {len(competitors)}"
    amount_says = f"{average:.2f} × {plain(1 - below / 100)}"
    return LaunchPrice(
        steps=[
            Step(_("Average of the others"), average_says, average),
            Step(
                _("Launch price, %(percent)s %% below") % {"percent": plain(below)},
                amount_says,
                amount,
                is_result=True,
            ),
        ],
        amount=amount,
        floor=Floor(cost, margin),
        margin=_share(amount - cost, amount) if cost is not None else None,
    )


@dataclass(frozen=True)
class Offer:
    """What a buyer is offered, per order. Amounts in the store's currency, shares in percent.

    From `threshold` on the order is `threshold_off` cheaper (满减). `commission` is the platform's
    share of what is paid, `freight` what the store pays for the way.
    """

    price: Decimal
    cost: Decimal
    pieces: int = 1
    percent_off: Decimal = ZERO
    amount_off: Decimal = ZERO
    threshold: Decimal = ZERO
    threshold_off: Decimal = ZERO
    coupon: Decimal = ZERO
    commission: Decimal = ZERO
    freight: Decimal = ZERO


@dataclass(frozen=True)
class Left:
    """What is left: `amount`, and `share` in percent of what the buyer paid."""

    steps: Sequence[Step]
    paid: Decimal
    amount: Decimal
    share: Decimal | None


def margin_left(offer: Offer) -> Left:
    """What of the offer is left for the store, step by step: discounts first, then the costs.

    No discount makes an order cheaper than nothing.
    """
    goods = offer.price * offer.pieces
    steps = [Step(_("Goods"), f"{offer.price:.2f} × {offer.pieces}", goods)]
    paid = goods
    for label, reckoning, off in _discounts(offer, goods):
        off = min(off, paid)
        paid -= off
        if off:
            steps.append(Step(label, reckoning, -off))
    steps.append(Step(_("Paid by the buyer"), "", paid, is_result=True))
    left = paid
    for label, reckoning, spent in _costs(offer, paid):
        left -= spent
        if spent:
            steps.append(Step(label, reckoning, -spent))
    steps.append(Step(_("Left"), "", left, is_result=True))
    return Left(steps, paid, left, _share(left, paid))


def _discounts(offer: Offer, goods: Decimal) -> list[tuple[str, str, Decimal]]:
    """In the order in which platforms take them off: the threshold looks at what is left."""
    by_percent = _cents(goods * offer.percent_off / 100)
    reduced = goods - by_percent - offer.amount_off
    is_reached = offer.threshold_off > 0 and reduced >= offer.threshold
    return [
        (_("Discount"), f"{goods:.2f} × {plain(offer.percent_off)} %", by_percent),
        (_("Amount off"), "", offer.amount_off),
        (
            _("Off from %(threshold)s on") % {"threshold": f"{offer.threshold:.2f}"},
            f"{reduced:.2f} ≥ {offer.threshold:.2f}",
            offer.threshold_off if is_reached else ZERO,
        ),
        (_("Coupon"), "", offer.coupon),
    ]


def _costs(offer: Offer, paid: Decimal) -> list[tuple[str, str, Decimal]]:
    commission = _cents(paid * offer.commission / 100)
    return [
        (_("Commission"), f"{paid:.2f} × {plain(offer.commission)} %", commission),
        (_("Freight"), "", offer.freight),
        (_("Cost of the goods"), f"{offer.cost:.2f} × {offer.pieces}", offer.cost * offer.pieces),
    ]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
