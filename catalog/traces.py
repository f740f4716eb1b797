"""Where a SKU has come by: chapters above register what they know of it (CAT-1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpRequest
from django.utils.functional import Promise

if TYPE_CHECKING:
    from catalog.models import Sku

SHOWN = 20


class Step(NamedTuple):
    """One place the SKU came by: words, the page about it, pieces, and when."""

    words: str
    address: str
    pieces: int
    at: datetime


@dataclass(frozen=True)
class Trace:
    """Shown to who holds `permission` in the SKU's store: the last `SHOWN` steps, newest first."""

    title: str | Promise
    permission: str
    steps: Callable[[HttpRequest, Sku], Sequence[Step]]


_traces: list[Trace] = []


def register(*traces: Trace) -> None:
    _traces.extend(trace for trace in traces if trace not in _traces)


def traces_of(request: HttpRequest, sku: Sku) -> list[tuple[Trace, Sequence[Step]]]:
    return [
        (trace, trace.steps(request, sku))
        for trace in _traces
        if request.user.has_perm(trace.permission, sku)
    ]
