"""The form of a rule as a browser posts it."""

from __future__ import annotations

from typing import Any


def form(
    *,
    name: str = "Large orders",
    do: str = "save",
    when: dict[str, str] | None = None,
    conditions: list[dict[str, Any]] | None = None,
    actions: list[dict[str, str]] | None = None,
    match: str = "all",
    **more: Any,
) -> dict[str, Any]:
    """An order that is paid and larger than 5,000 is held, unless something else is said.

    A condition with `items` is a group. What a browser writes beside each row is added.
    """
    if conditions is None:
        conditions = [{"field": "total", "is": "more_than", "value": "5000"}]
    if actions is None:
        actions = [{"action": "hold", "text": "Look at it", "role": "order_reviewer"}]
    posted = {"name": name, "do": do, "c-match": match, **(when or PAID), **more}
    for number, condition in enumerate(conditions):
        posted |= _condition(f"c-{number}", condition)
    for number, action in enumerate(actions):
        place = f"a-{number}"
        posted |= {place: "deed", f"{place}-of": action.get("action", "")}
        posted |= {f"{place}-{key}": value for key, value in action.items()}
    return posted


PAID = {"kind": "event", "event": "orders.paid"}


def _condition(place: str, condition: dict[str, Any]) -> dict[str, Any]:
    if "items" in condition:
        posted = {place: "group", f"{place}-match": condition.get("match", "all")}
        for number, item in enumerate(condition["items"]):
            posted |= _condition(f"{place}-{number}", item)
        return posted
    posted = {place: "row", f"{place}-of": condition.get("field", "")}
    return posted | {f"{place}-{key}": value for key, value in condition.items()}
