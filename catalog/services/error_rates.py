"""How many of the listings looked at were wrong, and what so few of them prove (CAT-13)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

# Of twenty such intervals one misses the true share (two-sided, normal).
_Z = 1.959963984540054


@dataclass(frozen=True)
class ErrorRate:
    """`wrong` of `checked` listings, which were drawn from `population`. Shares are percent."""

    wrong: int
    checked: int
    population: int

    @property
    def share(self) -> Decimal | None:
        """None where nobody has checked anything."""
        if not self.checked:
            return None
        return _percent(self.wrong / self.checked)

    @property
    def bounds(self) -> tuple[Decimal, Decimal] | None:
        """Between which the share of all live listings lies, with 95 % confidence (Wilson).

        Where all of them were looked at there is nothing to guess.
        """
        if not self.checked:
            return None
        share = self.wrong / self.checked
        if self.checked >= self.population:
            return _percent(share), _percent(share)
        square, count = _Z * _Z, self.checked
        middle = (share + square / (2 * count)) / (1 + square / count)
        spread = _Z / (1 + square / count)
        spread *= sqrt(share * (1 - share) / count + square / (4 * count * count))
        return _percent(max(middle - spread, 0)), _percent(min(middle + spread, 1))

    def is_above(self, limit: Decimal) -> bool:
        return bool(self.checked) and 100 * Decimal(self.wrong) > limit * self.checked

    def is_shown_below(self, limit: Decimal) -> bool:
        """Enough was looked at to say that the limit is kept, not only that nothing was found."""
        return self.bounds is not None and self.bounds[1] <= limit


def faultless_needed(limit: Decimal, population: int) -> int:
    """How many listings without one error show that the limit, in percent, is kept.

    All of them, where that is fewer, or where no error at all is allowed.
    """
    if limit <= 0:
        return population
    share = float(limit) / 100
    needed = int(_Z * _Z * (1 - share) / share) + 1
    return min(needed, population)


def _percent(share: float) -> Decimal:
    return Decimal(f"{100 * share:.2f}")
