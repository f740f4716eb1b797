"""A rule as a form writes it: rows to read back, whatever was typed, and the same rows again.

Fields are named by their place: `c-0-field`, `c-1-0-value` within a group, `a-0-text`. What can't
be understood is kept as it was typed; `reading.read` says what is wrong with it, and where.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opsdesk.automation import actions, events, subjects
from opsdesk.automation.actions import Action, ParameterKind
from opsdesk.automation.definition import CHECK, DAY, EVENT, HOUR, TIME
from opsdesk.automation.fields import SEVERAL, WITHOUT_VALUE, Field, FieldKind, Operator
from opsdesk.automation.reading import FOUND

if TYPE_CHECKING:
    from django.http import QueryDict

    from opsdesk.automation.subjects import Subject

TRUE, FALSE = "true", "false"
ALL, ANY = "all", "any"
# Far more than a rule may have: what is beyond is nobody's typing.
MOST_ROWS = 100


@dataclass
class Row:
    """A condition as it was typed."""

    field: str = ""
    operator: str = ""
    values: list[str] = dataclasses.field(default_factory=list)
    currency: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@dataclass
class Rows:
    """Conditions that stand together: all of them hold, or any of them."""

    match: str = ALL
    items: list[Row | Rows] = dataclasses.field(default_factory=list)


@dataclass
class Deed:
    """An action as it was typed."""

    action: str = ""
    values: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass
class Draft:
    """All that the form holds."""

    name: str = ""
    note: str = ""
    kind: str = EVENT
    event: str = ""
    check: str = ""
    subject: str = ""
    every: str = DAY
    hour: str = "9"
    again: bool = False
    conditions: Rows = dataclasses.field(default_factory=Rows)
    actions: list[Deed] = dataclasses.field(default_factory=lambda: [Deed()])

    @property
    def about(self) -> Subject | None:
        """What the rule would be about; None as long as that is not said."""
        try:
            if self.kind == TIME:
                return subjects.get(self.subject)
            code = FOUND if self.kind == CHECK else self.event
            return subjects.get(events.get(code).subject)
        except (events.UnknownEvent, subjects.UnknownSubject):
            return None

    def definition(self) -> dict[str, Any]:
        """As `reading.read` takes it."""
        return {
            "trigger": self._trigger(),
            "conditions": _group_told(self.conditions, self.about),
            "actions": [_deed_told(deed) for deed in self.actions],
        }

    def _trigger(self) -> dict[str, Any]:
        if self.kind == TIME:
            hour = int(self.hour) if self.hour.isdecimal() and len(self.hour) < 3 else self.hour
            return {
                "kind": TIME,
                "subject": self.subject,
                "every": self.every,
                "hour": hour if self.every == DAY else 0,
                "again": self.again,
            }
        return {"kind": self.kind, EVENT: self.event, CHECK: self.check}


def drafted(raw: Mapping[str, Any], *, name: str = "") -> Draft:
    """The form of a rule that is there."""
    trigger = raw["trigger"]
    draft = Draft(name=name, kind=trigger["kind"])
    draft.event, draft.check = trigger.get("event", ""), trigger.get("check", "")
    if draft.kind == TIME:
        draft.subject, draft.every = trigger["subject"], trigger["every"]
        draft.hour, draft.again = str(trigger["hour"]), trigger["again"]
    draft.conditions = _rows(raw["conditions"])
    draft.actions = [_deed(told) for told in raw["actions"]]
    return draft


def _rows(told: Mapping[str, Any]) -> Rows:
    items = [_rows(each) if "items" in each else _row(each) for each in told["items"]]
    return Rows(told["match"], items)


def _row(told: Mapping[str, Any]) -> Row:
    value = told.get("value", "")
    values = value if isinstance(value, list) else [_text(value)]
    return Row(told["field"], told["is"], values, told.get("currency", ""))


def _deed(told: Mapping[str, Any]) -> Deed:
    return Deed(told["action"], {k: _text(v) for k, v in told.items() if k != "action"})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return TRUE if value else FALSE
    return str(value)


def posted(post: QueryDict) -> Draft:
    """What stands in the form now."""
    draft = Draft(
        name=_typed(post, "name"),
        note=_typed(post, "note"),
        kind=_typed(post, "kind"),
        event=_typed(post, "event"),
        check=_typed(post, "check"),
        subject=_typed(post, "subject"),
        every=_typed(post, "every"),
        hour=_typed(post, "hour"),
        again=_typed(post, "again") == TRUE,
        conditions=_posted_rows(post, "c", is_nested=False),
        actions=[_posted_deed(post, place) for place in _places(post, "a")],
    )
    if draft.kind not in (EVENT, CHECK, TIME):
        draft.kind = EVENT
    if draft.every not in (DAY, HOUR):
        draft.every = DAY
    return draft


def _typed(post: QueryDict, name: str) -> str:
    # Longer than any field may be: it is still refused, and not cut to something that fits.
    return post.get(name, "")[:2_000]


def _places(post: QueryDict, prefix: str) -> Iterator[str]:
    for number in range(MOST_ROWS):
        place = f"{prefix}-{number}"
        if place not in post:
            return
        yield place


def _posted_rows(post: QueryDict, prefix: str, *, is_nested: bool) -> Rows:
    rows = Rows(ANY if post.get(f"{prefix}-match") == ANY else ALL)
    for place in _places(post, prefix):
        if post[place] == "group" and not is_nested:
            rows.items.append(_posted_rows(post, place, is_nested=True))
        else:
            rows.items.append(_posted_row(post, place))
    return rows


def _posted_row(post: QueryDict, place: str) -> Row:
    values = [value[:2_000] for value in post.getlist(f"{place}-value")[:MOST_ROWS]]
    row = Row(
        _typed(post, f"{place}-field"),
        _typed(post, f"{place}-is"),
        values,
        _typed(post, f"{place}-currency"),
    )
    # Another field was chosen: what was typed for the one before is no value of it.
    if _typed(post, f"{place}-of") != row.field:
        row.values, row.currency = [], ""
    return row


def _posted_deed(post: QueryDict, place: str) -> Deed:
    code = _typed(post, f"{place}-action")
    action = known_action(code)
    if action is None:
        return Deed(code)
    if _typed(post, f"{place}-of") != code:
        return new_deed(action)
    return Deed(code, {p.code: _typed(post, f"{place}-{p.code}") for p in action.parameters})


def known_action(code: str) -> Action | None:
    try:
        return actions.get(code)
    except actions.UnknownAction:
        return None


def new_deed(action: Action) -> Deed:
    """The action with what its parameters are by themselves."""
    return Deed(action.code, {p.code: _text(p.default) for p in action.parameters})


def _group_told(rows: Rows, subject: Subject | None) -> dict[str, Any]:
    items = [
        _group_told(item, subject) if isinstance(item, Rows) else _row_told(item, subject)
        for item in rows.items
    ]
    return {"match": rows.match, "items": items}


def _row_told(row: Row, subject: Subject | None) -> dict[str, Any]:
    asked = subject.by_code.get(row.field) if subject else None
    told: dict[str, Any] = {"field": row.field, "is": operator_of(row, asked)}
    if asked is None or told["is"] in WITHOUT_VALUE:
        return told
    told["value"] = _value_told(row, asked, told["is"])
    if asked.kind == FieldKind.MONEY and row.currency:
        told["currency"] = row.currency
    return told


def _value_told(row: Row, asked: Field, operator: str) -> Any:
    if operator in SEVERAL:
        return row.values
    if asked.kind == FieldKind.FLAG and row.value in (TRUE, FALSE):
        return row.value == TRUE
    return row.value


def operator_of(row: Row, asked: Field | None) -> str:
    """The one that was chosen, else the first that the field has."""
    if asked is None:
        return row.operator
    fitting = row.operator in [each.value for each in asked.operators]
    return row.operator if fitting else asked.operators[0].value


def _deed_told(deed: Deed) -> dict[str, Any]:
    action = known_action(deed.action)
    told: dict[str, Any] = {"action": deed.action}
    for parameter in action.parameters if action else ():
        typed = deed.values.get(parameter.code, "")
        told[parameter.code] = typed == TRUE if parameter.kind == ParameterKind.FLAG else typed
    return told


# What the buttons within the form do: "add:c", "group", "remove:c-1-0", "deed", "remove:a-0".
def changed(draft: Draft, wish: str) -> str:
    """The draft has a row more or less. Returns the place where one goes on typing."""
    verb, _colon, place = wish.partition(":")
    if verb == "deed":
        draft.actions.append(Deed())
        return f"a-{len(draft.actions) - 1}"
    if verb == "group":
        draft.conditions.items.append(Rows(ANY, [Row()]))
        return f"c-{len(draft.conditions.items) - 1}-0"
    found = _found(draft, place)
    if verb == "add" and isinstance(found, Rows):
        found.items.append(Row())
        return f"{place}-{len(found.items) - 1}"
    if verb == "remove":
        return _remove(draft, place)
    return ""


def _found(draft: Draft, place: str) -> Row | Rows | None:
    """The condition or group at a place; the outermost group is at "c"."""
    found: Row | Rows = draft.conditions
    prefix, *numbers = place.split("-")
    if prefix != "c":
        return None
    for number in numbers:
        if not isinstance(found, Rows) or not number.isdecimal():
            return None
        if int(number) >= len(found.items):
            return None
        found = found.items[int(number)]
    return found


def _remove(draft: Draft, place: str) -> str:
    above, _dash, number = place.rpartition("-")
    if not number.isdecimal():
        return ""
    items: list[Any] | None = draft.actions if above == "a" else None
    group = _found(draft, above)
    if isinstance(group, Rows):
        items = group.items
    if items is None or int(number) >= len(items):
        return ""
    del items[int(number)]
    return f"{above}-{min(int(number), len(items) - 1)}" if items else ""


Placed = Callable[[str], str]


def path_of(place: str) -> str:
    """Where `reading` speaks of a place of the form: "c-1-0" is `conditions.1.items.0`."""
    prefix, *numbers = place.split("-")
    if prefix == "a":
        return ".".join(["actions", *numbers])
    return "conditions" + "".join(
        f".{number}" if depth == 0 else f".items.{number}" for depth, number in enumerate(numbers)
    )


def operators_for(asked: Field) -> list[tuple[str, str]]:
    return [(each.value, str(Operator(each).label)) for each in asked.operators]
