"""Things that happen one after the other, some because of others."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Step = Callable[[datetime], object]


class Timeline:
    """Steps run in the order of their moments, each with its own as the present.

    A step may plan further ones. What is planned for after the end does not happen: that is how
    some work is left open.
    """

    def __init__(self) -> None:
        self._steps: list[tuple[datetime, int, Step]] = []
        self._order = count()

    def plan(self, moment: datetime, step: Step) -> None:
        heapq.heappush(self._steps, (moment, next(self._order), step))

    def run(self, *, until: datetime) -> None:
        while self._steps and self._steps[0][0] <= until:
            moment, _order, step = heapq.heappop(self._steps)
            step(moment)
