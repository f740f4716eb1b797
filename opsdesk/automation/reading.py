"""A rule as people, files and programs write it, read and checked: all that is wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from opsdesk.alerts import checks as alert_kinds
from opsdesk.automation import actions, events, subjects
from opsdesk.automation.actions import Action, Parameter, ParameterKind
from opsdesk.automation.definition import (
    CHECK,
    DAY,
    EVENT,
    HOUR,
    TIME,
    Condition,
    Definition,
    Group,
    Step,
    Trigger,
)
from opsdesk.automation.fields import Field, FieldKind, Operator
from opsdesk.automation.subjects import Subject
from opsdesk.automation.texts import unknown_variables
from opsdesk.automation.values import WrongValue, read_value, text_of
from opsdesk.errors import DomainError
from opsdesk.inspection import checks as inspection
from opsdesk.stores.models import Store

MOST_CONDITIONS = 20
MOST_ACTIONS = 5
FOUND = "alerts.found"
"""The event of an alert that came up, first or again; that of a check is of its kinds."""

Problems = dict[str, str]


class WrongRule(DomainError):
    """The rule can't be saved; `facts["problems"]` says where and why."""

    code = "wrong_rule"

    def __init__(self, problems: Problems) -> None:
        where = next(iter(problems))
        super().__init__(problems[where], problems=dict(problems))
        self.problems = problems


def read(raw: Mapping[str, Any], *, store: Store) -> Definition:
    """The rule that `trigger`, `conditions` and `actions` describe, for a store.

    Raises WrongRule with every problem under the place it is at: `trigger`, `conditions.2.value`,
    `conditions.1.items.0.field`, `actions.0.text`. Codes that no app registers are problems too.
    """
    return _Reader(store).read(raw)


def check_codes(code: str) -> list[str]:
    """The kinds of alert that a check raises; an alert's kind is one by itself."""
    check = inspection.known(code)
    return [kind.code for kind in check.kinds] if check else [code]


def all_checks() -> list[tuple[str, str]]:
    """(code, title) of what may be found: the inspection's checks, and every kind of alert."""
    looked_at = [(check.code, f"{check.code} {check.title}") for check in inspection.all_checks()]
    return looked_at + alert_kinds.titles()


class _Reader:
    """Goes on after a problem, so that all of them are told at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.problems: Problems = {}
        self.conditions = 0

    def read(self, raw: Mapping[str, Any]) -> Definition:
        trigger = self._trigger(raw.get("trigger"))
        if trigger is None:
            raise WrongRule(self.problems)
        group, group_raw = self._group(raw.get("conditions") or {}, trigger.subject, "conditions")
        steps, steps_raw = self._steps(raw.get("actions"), trigger.subject)
        if self.problems:
            raise WrongRule(self.problems)
        told = {"trigger": _as_json(trigger), "conditions": group_raw, "actions": steps_raw}
        return Definition(trigger, group, steps, told)

    def _say(self, where: str, problem: str) -> None:
        self.problems.setdefault(where, problem)

    def _trigger(self, raw: Any) -> Trigger | None:
        raw = raw if isinstance(raw, dict) else {}
        readers = {EVENT: self._event, CHECK: self._check, TIME: self._time}
        kind = raw.get("kind")
        if not isinstance(kind, str) or kind not in readers:
            self._say("trigger", _("Choose when the rule looks."))
            return None
        return readers[kind](raw)

    def _event(self, raw: dict[str, Any]) -> Trigger | None:
        try:
            event = events.get(str(raw.get("event")))
            subject = subjects.get(event.subject)
        except (events.UnknownEvent, subjects.UnknownSubject):
            self._say("trigger.event", _("There is no such event."))
            return None
        return Trigger(EVENT, subject, code=event.code, source=event.source, where=event.where)

    def _check(self, raw: dict[str, Any]) -> Trigger | None:
        code = str(raw.get("check"))
        if code not in dict(all_checks()):
            self._say("trigger.check", _("There is no such check."))
            return None
        found = events.get(FOUND)
        where = found.where & Q(alert__check_code__in=check_codes(code))
        subject = subjects.get(found.subject)
        return Trigger(CHECK, subject, code=code, source=found.source, where=where)

    def _time(self, raw: dict[str, Any]) -> Trigger | None:
        every, hour = raw.get("every"), raw.get("hour", 0)
        if every not in (HOUR, DAY):
            self._say("trigger.every", _("Choose each hour or each day."))
        if isinstance(hour, bool) or not isinstance(hour, int) or not 0 <= hour <= 23:
            self._say("trigger.hour", _("Choose an hour from 0 to 23."))
        if not isinstance(raw.get("again", False), bool):
            self._say("trigger.again", _("Choose yes or no."))
        try:
            subject = subjects.get(str(raw.get("subject")))
        except subjects.UnknownSubject:
            self._say("trigger.subject", _("Choose what is looked at."))
        if self.problems:
            return None
        return Trigger(
            TIME,
            subject,
            every=str(every),
            hour=int(hour) if every == DAY else 0,
            again=raw.get("again", False),
        )

    def _group(
        self, raw: Any, subject: Subject, where: str, *, is_nested: bool = False
    ) -> tuple[Group, dict[str, Any]]:
        raw = raw if isinstance(raw, dict) else {"items": raw}
        items, match = raw.get("items", []), raw.get("match", "all")
        if match not in ("all", "any"):
            self._say(f"{where}.match", _("Choose all or any."))
        if not isinstance(items, list):
            self._say(where, _("The conditions can't be understood."))
            items = []
        if len(items) > MOST_CONDITIONS:
            most = {"most": MOST_CONDITIONS}
            self._say(where, _("At most %(most)s conditions in a rule.") % most)
            items = []
        read: list[tuple[Condition | Group, dict[str, Any]]] = []
        for position, item in enumerate(items):
            place = f"{where}.{position}" if not is_nested else f"{where}.items.{position}"
            found = self._item(item, subject, place, is_nested=is_nested)
            if found is not None:
                read.append(found)
        group = Group(tuple(item for item, _json in read), any=match == "any")
        return group, {"match": match, "items": [json for _item, json in read]}

    def _item(
        self, raw: Any, subject: Subject, where: str, *, is_nested: bool
    ) -> tuple[Condition | Group, dict[str, Any]] | None:
        if not isinstance(raw, dict):
            self._say(where, _("The conditions can't be understood."))
            return None
        if "items" in raw:
            if is_nested:
                self._say(where, _("A group holds conditions, and no other group."))
                return None
            return self._group(raw, subject, where, is_nested=True)
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            most = {"most": MOST_CONDITIONS}
            self._say("conditions", _("At most %(most)s conditions in a rule.") % most)
            return None
        return self._condition(raw, subject, where)

    def _condition(
        self, raw: dict[str, Any], subject: Subject, where: str
    ) -> tuple[Condition, dict[str, Any]] | None:
        field = subject.by_code.get(str(raw.get("field")))
        if field is None:
            self._say(f"{where}.field", _("There is no such field."))
            return None
        try:
            operator = Operator(raw.get("is"))
        except ValueError:
            operator = None
        if operator is None or operator not in field.operators:
            self._say(f"{where}.is", _("Choose how the field is compared."))
            return None
        try:
            value = read_value(field, operator, raw.get("value"), self.store)
        except WrongValue as error:
            self._say(f"{where}.value", str(error))
            return None
        told = {"field": field.code, "is": operator.value}
        if value is not None:
            told["value"] = raw["value"]
        currency = self._currency(field, raw, where)
        if currency:
            told["currency"] = currency
        return Condition(field, operator, value, currency), told

    def _currency(self, field: Field, raw: dict[str, Any], where: str) -> str:
        if field.kind != FieldKind.MONEY:
            return ""
        currency = raw.get("currency") or self.store.currency
        is_code = isinstance(currency, str) and len(currency) == 3 and currency.isascii()
        if not is_code or not currency.isupper():
            self._say(
                f"{where}.currency", _("Enter a currency such as %(code)s.") % {"code": "CNY"}
            )
            return ""
        if not field.currency and currency != self.store.currency:
            self._say(f"{where}.currency", _("This amount is in the store's currency."))
        return currency

    def _steps(self, raw: Any, subject: Subject) -> tuple[tuple[Step, ...], list[dict[str, Any]]]:
        if not isinstance(raw, list) or not raw:
            self._say("actions", _("Say what the rule does."))
            return (), []
        if len(raw) > MOST_ACTIONS:
            most = {"most": MOST_ACTIONS}
            self._say("actions", _("At most %(most)s actions in a rule.") % most)
            return (), []
        steps = [self._step(each, subject, f"actions.{at}") for at, each in enumerate(raw)]
        read = [step for step in steps if step is not None]
        return tuple(read), [{"action": s.action.code, **s.values} for s in read]

    def _step(self, raw: Any, subject: Subject, where: str) -> Step | None:
        raw = raw if isinstance(raw, dict) else {}
        try:
            action = actions.get(str(raw.get("action")))
        except actions.UnknownAction:
            self._say(f"{where}.action", _("There is no such action."))
            return None
        if not action.suits(subject):
            what = {"subject": subject.title}
            self._say(f"{where}.action", _("This can't be done with %(subject)s.") % what)
            return None
        return Step(action, self._values(action, raw, subject, where))

    def _values(
        self, action: Action, raw: dict[str, Any], subject: Subject, where: str
    ) -> dict[str, str | bool]:
        values: dict[str, str | bool] = {}
        for parameter in action.parameters:
            try:
                given = raw.get(parameter.code, parameter.default)
                values[parameter.code] = self._parameter(parameter, given, subject)
            except WrongValue as error:
                self._say(f"{where}.{parameter.code}", str(error))
        return values

    def _parameter(self, parameter: Parameter, raw: Any, subject: Subject) -> str | bool:
        if parameter.kind == ParameterKind.FLAG:
            if not isinstance(raw, bool):
                raise WrongValue(_("Choose yes or no."))
            return raw
        if raw in ("", None) and not parameter.is_required:
            return ""
        text = text_of(raw, longest=parameter.longest)
        if parameter.choices is not None and text not in dict(parameter.choices_in(self.store)):
            raise WrongValue(_("Choose one of the values."))
        unknown = unknown_variables(text, subject) if parameter.kind == ParameterKind.WORDS else []
        if unknown:
            what = {"name": unknown[0]}
            raise WrongValue(_("There is no variable {%(name)s}.") % what)
        return _cleaned(parameter, text)


def _cleaned(parameter: Parameter, text: str) -> str:
    if parameter.clean is None:
        return text
    try:
        return parameter.clean(text)
    except DomainError as refusal:
        raise WrongValue(refusal.message) from refusal


def _as_json(trigger: Trigger) -> dict[str, Any]:
    if trigger.kind != TIME:
        return {"kind": trigger.kind, trigger.kind: trigger.code}
    return {
        "kind": TIME,
        "subject": trigger.subject.code,
        "every": trigger.every,
        "hour": trigger.hour,
        "again": trigger.again,
    }
