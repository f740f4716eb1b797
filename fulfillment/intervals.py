"""Shares of few parcels, honestly told: Wilson's interval of 95 %."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

# Standard deviations on either side of the middle that hold 95 %.
_Z = 1.959964


@dataclass(frozen=True)
class Share:
    """So many of so many, and between what the true share lies with 95 % confidence.

    9 of 10 lie between 59.6 % and 98.2 %; 900 of 1000 between 88.0 % and 91.7 %; none of none is
    anything.
    """

    hits: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def middle(self) -> float:
        """The share drawn towards one half, the more the fewer there are. One half of none."""
        return (self.hits + _Z**2 / 2) / (self.of + _Z**2)

    @property
    def low(self) -> float:
        return max(0.0, self.middle - self._reach)

    @property
    def high(self) -> float:
        return min(1.0, self.middle + self._reach)

    @property
    def _reach(self) -> float:
        if not self.of:
            return 0.5
        rate = self.hits / self.of
        return _Z * sqrt(self.of * rate * (1 - rate) + _Z**2 / 4) / (self.of + _Z**2)
