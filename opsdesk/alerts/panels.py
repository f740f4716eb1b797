"""What rooms above know of an alert: panels of its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsdesk.alerts.models import Alert
    from opsdesk.stores.models import User


@dataclass(frozen=True)
class Panel:
    """`context` answers what `template` shows of the alert to this person; None: no panel."""

    template: str
    context: Callable[[Alert, User], dict[str, Any] | None]


_panels: list[Panel] = []


def register(panel: Panel) -> None:
    if panel not in _panels:
        _panels.append(panel)


def panels_of(alert: Alert, user: User) -> list[tuple[str, dict[str, Any]]]:
    """(template, what it shows), in the order in which they were registered."""
    shown = [(panel.template, panel.context(alert, user)) for panel in _panels]
    return [(template, context) for template, context in shown if context is not None]
