"""What the builder shows: each choice the person has, and beside each row what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from opsdesk.automation import actions, builder, events, reading, subjects, texts
from opsdesk.automation.actions import Action, Parameter, ParameterKind
from opsdesk.automation.builder import Deed, Draft, Row, Rows
from opsdesk.automation.fields import SEVERAL, WITHOUT_VALUE, Field, FieldKind
from opsdesk.automation.services import tags

if TYPE_CHECKING:
    from opsdesk.automation.subjects import Subject
    from opsdesk.stores.models import Store, User

Options = list[tuple[str, str]]
HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


@dataclass(frozen=True)
class RowLine:
    """A condition: `widget` says how its value is entered."""

    place: str
    row: Row
    operator: str
    operators: Options
    widget: str
    choices: Options
    unit: str
    error: str
    has_field: bool
    has_focus: bool
    is_group: bool = False

    @property
    def currency(self) -> str:
        return self.row.currency


@dataclass(frozen=True)
class GroupLine:
    place: str
    rows: Rows
    lines: list[RowLine | GroupLine]
    error: str
    is_group: bool = True


@dataclass(frozen=True)
class ParameterLine:
    name: str
    parameter: Parameter
    value: str
    choices: Options
    error: str

    @property
    def is_flag(self) -> bool:
        return self.parameter.kind == ParameterKind.FLAG

    @property
    def is_choice(self) -> bool:
        return self.parameter.choices is not None

    @property
    def is_words(self) -> bool:
        return self.parameter.kind == ParameterKind.WORDS


@dataclass(frozen=True)
class DeedLine:
    place: str
    deed: Deed
    choices: Options
    parameters: list[ParameterLine]
    error: str
    has_focus: bool


@dataclass
class Builder:
    """The form of a draft, for this person in this store."""

    draft: Draft
    store: Store
    user: User
    problems: Mapping[str, str] = field(default_factory=dict)
    focus: str = ""
    _choices: dict[str, Options] = field(default_factory=dict)

    hours = HOURS

    @cached_property
    def about(self) -> Subject | None:
        return self.draft.about

    @cached_property
    def subjects(self) -> Options:
        return [(each.code, capfirst(str(each.title))) for each in self._seen_subjects()]

    def _seen_subjects(self) -> list[Subject]:
        """What the person may look at in the store."""
        return [
            each
            for each in subjects.all_subjects()
            if self.user.has_perm(_to_look(each.code), self.store)
        ]

    @cached_property
    def events(self) -> list[tuple[str, Options]]:
        """By what they are about."""
        titles = {each.code: capfirst(str(each.title)) for each in self._seen_subjects()}
        shown = [each for each in events.all_events() if each.subject in titles]
        order = list(titles)
        shown.sort(key=lambda event: order.index(event.subject))
        return [
            (titles[code], [(event.code, str(event.title)) for event in found])
            for code, found in groupby(shown, key=lambda event: event.subject)
        ]

    @cached_property
    def checks(self) -> Options:
        return reading.all_checks()

    @cached_property
    def fields(self) -> Options:
        return [(each.code, capfirst(str(each.title))) for each in self._fields()]

    def _fields(self) -> Sequence[Field]:
        return self.about.fields if self.about else ()

    @cached_property
    def actions(self) -> list[Action]:
        """What the person may have done in the store, with what the rule is about."""
        return [
            each
            for each in actions.all_actions()
            if (self.about is None or each.suits(self.about))
            and self.user.has_perm(each.permission, self.store)
        ]

    @cached_property
    def variables(self) -> Options:
        return list(texts.variables_of(self.about).items()) if self.about else []

    @cached_property
    def tags(self) -> list[str]:
        is_taggable = self.about is not None and self.about.is_taggable
        return tags.names_in(self.store, self.about.code) if self.about and is_taggable else []

    @cached_property
    def group(self) -> GroupLine:
        return self._group(self.draft.conditions, "c")

    def _group(self, rows: Rows, place: str) -> GroupLine:
        lines: list[RowLine | GroupLine] = []
        for number, item in enumerate(rows.items):
            below = f"{place}-{number}"
            is_group = isinstance(item, Rows)
            lines.append(self._group(item, below) if is_group else self._row(item, below))  # type: ignore[arg-type]
        path = builder.path_of(place)
        return GroupLine(place, rows, lines, self._problem(path, f"{path}.match"))

    def _row(self, row: Row, place: str) -> RowLine:
        asked = self.about.by_code.get(row.field) if self.about else None
        operator = builder.operator_of(row, asked)
        path = builder.path_of(place)
        parts = ("field", "is", "value", "currency")
        return RowLine(
            place=place,
            row=_shown(row, asked, self.store),
            operator=operator,
            operators=builder.operators_for(asked) if asked else [],
            widget=_widget(asked, operator),
            choices=self._choices_of(asked) if asked and asked.choices else [],
            unit=_unit(asked, self.store),
            error=self._problem(path, *(f"{path}.{part}" for part in parts)),
            has_field=asked is not None or not row.field,
            has_focus=self.focus == place,
        )

    def _choices_of(self, asked: Field) -> Options:
        if asked.code not in self._choices:
            self._choices[asked.code] = asked.choices_in(self.store)
        return self._choices[asked.code]

    @cached_property
    def deeds(self) -> list[DeedLine]:
        return [self._deed(deed, f"a-{at}") for at, deed in enumerate(self.draft.actions)]

    def _deed(self, deed: Deed, place: str) -> DeedLine:
        action = builder.known_action(deed.action)
        offered = list(self.actions)
        # What somebody else may do stays to be seen; saving it is refused.
        if action and action not in offered:
            offered.append(action)
        path = builder.path_of(place)
        return DeedLine(
            place=place,
            deed=deed,
            choices=[(each.code, capfirst(str(each.title))) for each in offered],
            parameters=list(self._parameters(action, deed, place)) if action else [],
            error=self._problem(path, f"{path}.action"),
            has_focus=self.focus == place,
        )

    def _parameters(self, action: Action, deed: Deed, place: str) -> Iterator[ParameterLine]:
        for parameter in action.parameters:
            name = f"{place}-{parameter.code}"
            yield ParameterLine(
                name=name,
                parameter=parameter,
                value=deed.values.get(parameter.code, ""),
                choices=parameter.choices_in(self.store),
                error=self._problem(f"{builder.path_of(place)}.{parameter.code}"),
            )

    def _problem(self, *paths: str) -> str:
        return " ".join(self.problems[path] for path in paths if path in self.problems)

    @cached_property
    def trigger_error(self) -> str:
        return " ".join(
            words for path, words in self.problems.items() if path.partition(".")[0] == "trigger"
        )

    @cached_property
    def actions_error(self) -> str:
        return self._problem("actions")

    @cached_property
    def name_error(self) -> str:
        return self._problem("name")


def _to_look(code: str) -> str:
    app, _dot, model = code.partition(".")
    return f"{app}.view_{model}"


_WIDGETS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "text",
    FieldKind.CHOICE: "choice",
    FieldKind.NUMBER: "number",
    FieldKind.MONEY: "number",
    FieldKind.FLAG: "flag",
    FieldKind.MOMENT: "moment",
    FieldKind.AGE: "number",
    FieldKind.CODES: "text",
    FieldKind.TAGS: "tag",
}


def _widget(asked: Field | None, operator: str) -> str:
    if asked is None or operator in WITHOUT_VALUE:
        return ""
    return "several" if operator in SEVERAL else _WIDGETS[asked.kind]


def _unit(asked: Field | None, store: Store) -> str:
    """What stands behind the value: a currency that can't be another."""
    is_fixed = asked is not None and asked.kind == FieldKind.MONEY and not asked.currency
    return store.currency if is_fixed else ""


def _shown(row: Row, asked: Field | None, store: Store) -> Row:
    """As the widget wants it: a moment by the store's clock, the store's currency by itself."""
    if asked is None:
        return row
    if asked.kind == FieldKind.MONEY and asked.currency and not row.currency:
        return Row(row.field, row.operator, row.values, store.currency)
    if asked.kind != FieldKind.MOMENT or not row.value:
        return row
    try:
        moment = parse_datetime(row.value)
    except ValueError:
        return row
    if moment is None:
        return row
    local = moment.astimezone(store.zone) if moment.tzinfo else moment
    return Row(row.field, row.operator, [f"{local:%Y-%m-%dT%H:%M}"], row.currency)
