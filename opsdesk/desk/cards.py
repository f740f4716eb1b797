"""Figures and charts on the desk. The chapters register theirs; the desk shows the allowed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.http import HttpRequest
from django.utils.functional import Promise

from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role


@dataclass(frozen=True)
class Comparison:
    """This figure against an earlier one: "+12 %", "than yesterday", good, bad or neither."""

    change: str
    against: str | Promise
    tone: str = ""


@dataclass(frozen=True)
class Figure:
    """A card: `value` is ready to be shown. `tone`: "", warning or danger."""

    label: str | Promise
    value: str
    unit: str = ""
    tone: str = ""
    link: str = ""
    comparisons: Sequence[Comparison] = ()


@dataclass(frozen=True)
class Day:
    """With `is_gap` nothing is known of the day: it has neither bar nor line, which is no zero."""

    date: date
    bar: Decimal
    bar_text: str
    line: int
    is_gap: bool = False


@dataclass(frozen=True)
class Chart:
    """Daily bars with a line over them, oldest day first."""

    title: str
    bar_label: str | Promise
    line_label: str | Promise
    days: Sequence[Day] = field(default_factory=list)


Figures = Callable[[HttpRequest, list[Store], datetime], list[Figure]]
Charts = Callable[[HttpRequest, list[Store], datetime], list[Chart]]

_figures: list[tuple[str, Figures, frozenset[Role]]] = []
_charts: list[tuple[str, Charts]] = []


def register_figures(
    permission: str, provider: Figures, *, on_desks_of: Iterable[Role] = ()
) -> None:
    """Show these to whoever holds the permission, for the stores where they hold it: on the wall
    board, and on the desks of these roles.
    """
    entry = (permission, provider, frozenset(on_desks_of))
    if entry not in _figures:
        _figures.append(entry)


def register_charts(permission: str, provider: Charts) -> None:
    if (permission, provider) not in _charts:
        _charts.append((permission, provider))


def figures_for(
    request: HttpRequest, stores: list[Store], at: datetime, *, roles: Iterable[Role] | None = None
) -> list[Figure]:
    """Those of the board; with `roles`, those of these roles' desks."""
    wanted = None if roles is None else set(roles)
    return [
        figure
        for permission, provider, on_desks_of in _figures
        if (wanted is None or wanted & on_desks_of)
        and (allowed := _where_allowed(request, stores, permission))
        for figure in provider(request, allowed, at)
    ]


def charts_for(request: HttpRequest, stores: list[Store], at: datetime) -> list[Chart]:
    return [
        chart
        for permission, provider in _charts
        if (allowed := _where_allowed(request, stores, permission))
        for chart in provider(request, allowed, at)
    ]


def _where_allowed(request: HttpRequest, stores: list[Store], permission: str) -> list[Store]:
    return [store for store in stores if request.user.has_perm(permission, store)]
