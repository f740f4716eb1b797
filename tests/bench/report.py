"""What a bench answers: a figure, what it is held against, and whether the goal is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`figure` in `unit`, beside a `reference` measured in the same run where there is one.

    The goal holds for the ratio (figure ÷ reference) if there is a reference, else for the figure.
    `at_least` says in which direction.
    """

    name: str
    figure: float
    unit: str
    goal: float | None = None
    reference: float | None = None
    at_least: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.figure / self.reference if self.reference else None

    @property
    def is_reached(self) -> bool | None:
        if self.goal is None:
            return None
        value = self.figure if self.ratio is None else self.ratio
        return value >= self.goal if self.at_least else value <= self.goal

    def row(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        times = " ×" if self.reference else f" {self.unit}"
        verdict = {True: "reached", False: "MISSED", None: ""}[self.is_reached]
        return (
            self.name,
            f"{shown(self.figure)} {self.unit}",
            "" if self.reference is None else shown(self.reference),
            "" if self.ratio is None else f"{self.ratio:.2f} ×",
            "" if self.goal is None else f"{sign} {self.goal:g}{times}",
            verdict,
            self.note,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "reached": self.is_reached}


def shown(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


HEADS = ("bench", "figure", "reference", "ratio", "goal", "verdict", "note")


def table(figures: Sequence[Figure]) -> str:
    rows = [HEADS, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
