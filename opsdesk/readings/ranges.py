"""What is usual: a range around the median that single strange days don't move (INS-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

# The median of absolute deviations is that many standard deviations of a normal distribution:
# Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), section 3.
_SCALE = Decimal("0.6745")
_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Range:
    """From `low` to `high` is usual, both included; `sample` days were looked at."""

    low: Decimal
    middle: Decimal
    high: Decimal
    sample: int

    def __contains__(self, value: Decimal) -> bool:
        return self.low <= value <= self.high


def usual_range(values: Sequence[Decimal], *, score: Decimal, change: Decimal) -> Range | None:
    """Which values have a modified z-score of at most `score`, by median and MAD of `values`.

    Where more than half of them are the same (MAD 0) a change by up to `change` percent of that is
    usual, and nothing can be said (None) if that is nought or there are no values. Never negative.
    """
    if not values:
        return None
    middle = Decimal(median(values))
    spread = Decimal(median(abs(value - middle) for value in values))
    if spread:
        reach = score * spread / _SCALE
    elif middle:
        reach = abs(middle) * change / 100
    else:
        return None
    return Range(
        low=max(middle - reach, Decimal(0)).quantize(_PLACES),
        middle=middle.quantize(_PLACES),
        high=(middle + reach).quantize(_PLACES),
        sample=len(values),
    )
