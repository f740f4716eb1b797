"""What an order's timeline tells of a change that people made."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.contacts import LABELS
from orders.models import Order, OrderEvent

WHAT: dict[str, str | Promise] = {
    "address": gettext_lazy("recipient changed"),
    "goods": gettext_lazy("goods changed"),
    "split": gettext_lazy("split"),
    "together": gettext_lazy("ships together with others"),
    "apart": gettext_lazy("ships alone again"),
    "refund_asked": gettext_lazy("refund asked for"),
    "refund_settled": gettext_lazy("refund request settled"),
    "contacted": gettext_lazy("buyer contacted"),
    "rerouted": gettext_lazy("served from another warehouse"),
    "channel_says": gettext_lazy("changed as the channel says"),
    "channel_ships_whole": gettext_lazy("the channel says it is shipped whole"),
}

# What changes name that is no column of the order.
_PARTS: dict[str, str | Promise] = {
    **LABELS,
    "contact": gettext_lazy("contact"),
    "goods": gettext_lazy("goods and quantities"),
    "lines": gettext_lazy("goods and quantities"),
    "deposit": gettext_lazy("deposit"),
    "balance": gettext_lazy("balance payment"),
}


def what(event: OrderEvent) -> str:
    """The event in a few words."""
    return str(WHAT.get(event.data.get("what", ""), event.get_kind_display()))


def note(data: dict[str, Any]) -> str:
    """What an event's details tell a person; the rest is for machines."""
    changes = data.get("changes") or data.get("fields")
    parts = [str(data["told"])] if data.get("told") else []
    if isinstance(changes, dict):
        parts += [_change(name, changes[name]) for name in sorted(changes)]
    elif isinstance(changes, list):
        parts += [label(str(name)) for name in changes]
    parts += [str(data["reason"])] if data.get("reason") else []
    return " · ".join(parts)


def fields(data: dict[str, Any]) -> str:
    """What was changed, in words, without before and after."""
    changes = data.get("changes") or data.get("fields") or []
    return ", ".join(label(str(name)) for name in sorted(changes))


def label(name: str) -> str:
    """A changed field as people call it; a name that is none stays as it is."""
    if name in _PARTS:
        return str(_PARTS[name])
    try:
        return str(Order._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _change(name: str, values: Any) -> str:
    """A field, and before and after where they are no personal data."""
    field = label(name)
    if not isinstance(values, list) or len(values) != 2 or values == [None, None]:
        return field
    before, after = ("–" if value in (None, "") else value for value in values)
    return _("%(field)s: %(before)s → %(after)s") % {
        "field": field,
        "before": before,
        "after": after,
    }
