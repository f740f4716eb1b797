"""What could be done about a SKU that doesn't sell: its effect, its cost (CAT-9, CAT-10).

Estimates by stated assumptions, each a number of the procedure; no forecasts. Over so many days:

- base: average daily sales, of what nobody buys one piece in all these days.
- price cut: base × uplift. The price goes down by so many percent, never below the floor (CAT-6).
- second piece cheaper: base × uplift; every second piece is so many percent off.
- bundle: so many percent of the buyers of the best-selling SKU of the same category take both, so
  many percent off the two prices, besides what sells anyway.
- off-site clearance: every piece leaves for so many percent of its cost.
- return: every piece goes back to the preferred supplier at cost, less a fee in percent.

Never more pieces than there are. Money freed is these pieces at cost; given up is, piece by piece,
today's price less what comes in. The best gives up least for what it frees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import ClearancePlan
from catalog.services.clearance_ground import (
    BUNDLE_OFF,
    BUNDLE_SHARE,
    CUT,
    CUT_UPLIFT,
    NTH_OFF,
    NTH_UPLIFT,
    OFF_SITE,
    RETURN_FEE,
    Ground,
    grounds_of,
)
from catalog.services.pricing import CENT

if TYPE_CHECKING:
    from catalog.models import SlowStock
    from opsdesk.stores.models import Store
    from opsdesk.stores.procedure import Setting


Measure = ClearancePlan.Measure
PRICE_CUT = "price_cut"


class Choice(TextChoices):
    """Every measure there is: those that become a task, and the price change."""

    PRICE_CUT = PRICE_CUT, gettext_lazy("price cut")
    NTH_PIECE = Measure.NTH_PIECE.value, Measure.NTH_PIECE.label
    BUNDLE = Measure.BUNDLE.value, Measure.BUNDLE.label
    OFF_SITE = Measure.OFF_SITE.value, Measure.OFF_SITE.label
    RETURN = Measure.RETURN.value, Measure.RETURN.label


@dataclass(frozen=True)
class Step:
    """A line of the arithmetic; `of_cost`: who may not see what goods cost doesn't see it."""

    text: str
    of_cost: bool = False


@dataclass(frozen=True)
class Proposal:
    """A measure with its effect. With a `problem` it can't be chosen, and says why.

    Money in the store's currency; None where cost or price are not known. `price` is what a price
    cut asks for.
    """

    measure: Choice
    pieces: int = 0
    freed: Decimal | None = None
    lost: Decimal | None = None
    steps: Sequence[Step] = ()
    price: Decimal | None = None
    problem: str = ""

    @property
    def rank(self) -> tuple[bool, bool, Decimal]:
        """The most money freed for what is given up first; what can't be done or reckoned last."""
        if self.freed is None or self.lost is None:
            return bool(self.problem), True, Decimal(0)
        return bool(self.problem), False, -self.freed / max(self.lost, CENT)


def propose(rows: Iterable[SlowStock], *, at: datetime) -> dict[int, list[Proposal]]:
    """Id of a row → its proposals, the best first. The rows come with their SKUs and stores.

    A handful of queries for each store, however many rows. Nothing is written.
    """
    by_store: dict[Store, list[SlowStock]] = {}
    for row in rows:
        by_store.setdefault(row.store, []).append(row)
    found: dict[int, list[Proposal]] = {}
    for store, its_rows in by_store.items():
        for ground in grounds_of(store, its_rows, at):
            made = [_MEASURES[measure](ground) for measure in Choice]
            found[ground.row.pk] = sorted(made, key=lambda proposal: proposal.rank)
    return found


def _cut(ground: Ground) -> Proposal:
    measure, price, floor = Choice.PRICE_CUT, ground.price, ground.floor.amount
    if not price:
        return Proposal(measure, problem=_("The SKU has no price."))
    percent = ground.number(CUT)
    wanted = (price * (100 - percent) / 100).quantize(CENT, ROUND_HALF_UP)
    steps = [Step(f"{price:.2f} − {percent.normalize():f} % = {wanted:.2f}")]
    if floor is not None and floor >= price:
        steps.append(Step(ground.floor.reckoning(price), of_cost=True))
        return Proposal(
            measure, steps=steps, problem=_("The price is at its floor: it can't be cut.")
        )
    new = wanted if floor is None else max(wanted, floor)
    if new > wanted:
        steps.append(Step(_("No lower than the floor: %(floor)s") % {"floor": f"{floor:.2f}"}))
    pieces = ground.leaving(ground.base * ground.number(CUT_UPLIFT))
    steps.append(_pace(ground, CUT_UPLIFT, pieces))
    steps.append(Step(f"{pieces} × ({price:.2f} − {new:.2f}) = {pieces * (price - new):.2f}"))
    return _reckoned(ground, measure, pieces, pieces * (price - new), steps, price=new)


def _second(ground: Ground) -> Proposal:
    measure, price = Choice.NTH_PIECE, ground.price
    if not price:
        return Proposal(measure, problem=_("The SKU has no price."))
    off = (price * ground.share(NTH_OFF)).quantize(CENT, ROUND_HALF_UP)
    pair = 2 * price - off
    steps = [
        Step(_("Two for %(pair)s") % {"pair": f"{price:.2f} + {price - off:.2f} = {pair:.2f}"})
    ]
    least = ground.floor.amount
    steps += _margin(pair, [ground.cost, ground.cost])
    if least is not None and pair < 2 * least:
        return Proposal(measure, steps=steps, problem=_below_floor())
    pieces = ground.leaving(ground.base * ground.number(NTH_UPLIFT))
    lost = pieces // 2 * off
    steps.append(_pace(ground, NTH_UPLIFT, pieces))
    steps.append(Step(f"{pieces // 2} × {off:.2f} = {lost:.2f}"))
    return _reckoned(ground, measure, pieces, lost, steps)


def _bundle(ground: Ground) -> Proposal:
    measure, price, partner = Choice.BUNDLE, ground.price, ground.partner
    if partner is None:
        return Proposal(measure, problem=_("No other SKU of its category sells."))
    if not price or not partner.price:
        return Proposal(measure, problem=_("One of the two SKUs has no price."))
    off = ((price + partner.price) * ground.share(BUNDLE_OFF)).quantize(CENT, ROUND_HALF_UP)
    both = price + partner.price - off
    words = {"sku": partner.sku.code, "sum": f"{price:.2f} + {partner.price:.2f} − {off:.2f}"}
    steps = [Step(_("With %(sku)s for %(sum)s = %(both)s") % {**words, "both": f"{both:.2f}"})]
    steps += _margin(both, [ground.cost, partner.sku.cost])
    least, others_least = ground.floor.amount, partner.floor.amount
    if least is not None and others_least is not None and both < least + others_least:
        return Proposal(measure, steps=steps, problem=_below_floor())
    usual = ground.leaving(ground.row.average)
    taken = ground.leaving(partner.average * ground.share(BUNDLE_SHARE))
    pairs = min(taken, ground.row.pieces - usual)
    words = {
        "average": _plain(partner.average),
        "days": _plain(ground.days),
        "percent": _plain(ground.number(BUNDLE_SHARE)),
        "pairs": str(pairs),
        "usual": str(usual),
    }
    steps.append(
        Step(
            _(
                "%(average)s a day of the other × %(days)s days × %(percent)s %%, at most what is "
                "there: %(pairs)s pairs, besides %(usual)s pieces that sell anyway"
            )
            % words
        )
    )
    steps.append(Step(f"{pairs} × {off:.2f} = {pairs * off:.2f}"))
    return _reckoned(ground, measure, usual + pairs, pairs * off, steps)


def _off_site(ground: Ground) -> Proposal:
    percent = ground.number(OFF_SITE)
    return _all_out(ground, Choice.OFF_SITE, percent, f"{_plain(percent)} %")


def _return(ground: Ground) -> Proposal:
    if ground.item is None:
        return Proposal(Choice.RETURN, problem=_("No supplier is known for the SKU."))
    fee = ground.number(RETURN_FEE)
    to = Step(_("To %(supplier)s") % {"supplier": ground.item.supplier})
    return _all_out(ground, Choice.RETURN, 100 - fee, f"(100 − {_plain(fee)}) %", to)


def _all_out(
    ground: Ground, measure: Choice, percent: Decimal, words: str, *steps: Step
) -> Proposal:
    """Every piece leaves for so many percent of its cost."""
    pieces, cost = ground.row.pieces, ground.cost
    if cost is None:
        return Proposal(measure, pieces=pieces, steps=[*steps, _cost_unknown()])
    comes_in = (cost * percent / 100).quantize(CENT, ROUND_HALF_UP)
    worth = ground.price or cost
    lost = pieces * (worth - comes_in)
    steps = (
        *steps,
        Step(f"{cost:.2f} × {words} = {comes_in:.2f}", of_cost=True),
        Step(f"{pieces} × ({worth:.2f} − {comes_in:.2f}) = {lost:.2f}", of_cost=True),
    )
    return _reckoned(ground, measure, pieces, lost, steps)


def _reckoned(
    ground: Ground,
    measure: Choice,
    pieces: int,
    lost: Decimal,
    steps: Sequence[Step],
    price: Decimal | None = None,
) -> Proposal:
    freed = None if ground.cost is None else pieces * ground.cost
    last = (
        _cost_unknown()
        if freed is None
        else Step(f"{pieces} × {ground.cost:.2f} = {freed:.2f}", of_cost=True)
    )
    return Proposal(measure, pieces, freed, lost, [*steps, last], price)


def _pace(ground: Ground, uplift: Setting, pieces: int) -> Step:
    words = {
        "base": _plain(ground.base.quantize(Decimal("0.001"))),
        "times": _plain(ground.number(uplift)),
        "days": _plain(ground.days),
        "pieces": pieces,
    }
    return Step(
        _("%(base)s a day × %(times)s × %(days)s days, at most what is there: %(pieces)s") % words
    )


def _margin(pair: Decimal, costs: Sequence[Decimal | None]) -> list[Step]:
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return []
    left = f"{pair:.2f} − {' − '.join(f'{cost:.2f}' for cost in known)} = {pair - sum(known):.2f}"
    return [Step(_("Margin of a pair: %(margin)s") % {"margin": left}, of_cost=True)]


def _below_floor() -> str:
    return _("Below the floor of what they cost and the least margin.")


def _cost_unknown() -> Step:
    return Step(_("The cost is not known, so the money freed is not either."))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


_MEASURES = {
    Choice.PRICE_CUT: _cut,
    Choice.NTH_PIECE: _second,
    Choice.BUNDLE: _bundle,
    Choice.OFF_SITE: _off_site,
    Choice.RETURN: _return,
}
