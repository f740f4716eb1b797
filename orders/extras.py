"""What chapters above know of an order: panels of its page, numbers it is found by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.models import Order


@dataclass(frozen=True)
class Panel:
    """`context` answers what `template` shows of the order to this person; None: no panel."""

    template: str
    context: Callable[[Order, User], dict[str, Any] | None]


# The ids of orders with a parcel whose waybill begins with the words; the caller limits them to
# what somebody may see.
Finder = Callable[[str], QuerySet]

_panels: list[Panel] = []
_finders: list[Finder] = []


def register_panel(panel: Panel) -> None:
    if panel not in _panels:
        _panels.append(panel)


def register_finder(finder: Finder) -> None:
    if finder not in _finders:
        _finders.append(finder)


def panels_of(order: Order, user: User) -> list[tuple[str, dict[str, Any]]]:
    """(template, what it shows), in the order in which they were registered."""
    shown = [(panel.template, panel.context(order, user)) for panel in _panels]
    return [(template, context) for template, context in shown if context is not None]


def by_waybill(orders: QuerySet[Order], words: str) -> QuerySet[Order]:
    """Of these orders those with a parcel whose waybill begins like this."""
    found = orders.none()
    for finder in _finders:
        found = found | orders.filter(pk__in=finder(words))
    return found
