"""A rule as a sentence: When … – if … – then …, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from opsdesk.automation import events, reading
from opsdesk.automation.definition import (
    CHECK,
    HOUR,
    TIME,
    Condition,
    Definition,
    Group,
    Step,
    Trigger,
)
from opsdesk.automation.fields import FieldKind
from opsdesk.stores.models import Store


def sentence(definition: Definition, store: Store) -> str:
    """When an order is paid – if total is more than 5000 CNY – then hold the order (…)."""
    parts = {
        "when": when(definition.trigger),
        "if": condition_words(definition.conditions, store),
        "then": "; ".join(step_words(step, store) for step in definition.steps),
    }
    if not parts["if"]:
        return _("When %(when)s – then %(then)s") % parts
    return _("When %(when)s – if %(if)s – then %(then)s") % parts


def when(trigger: Trigger) -> str:
    if trigger.kind == TIME:
        what = {"subject": trigger.subject.title, "hour": f"{trigger.hour:02}:00"}
        if trigger.every == HOUR:
            return _("an hour is over, for each: %(subject)s") % what
        return _("it is %(hour)s, for each: %(subject)s") % what
    if trigger.kind == CHECK:
        title = dict(reading.all_checks()).get(trigger.code, trigger.code)
        return _("this is found: %(check)s") % {"check": title}
    return str(events.get(trigger.code).title)


def condition_words(group: Group, store: Store) -> str:
    """Empty where nothing is asked."""
    joined = _(" or ") if group.any else _(" and ")
    return joined.join(_parts(group, store))


def _parts(group: Group, store: Store) -> Iterator[str]:
    for item in group.items:
        if isinstance(item, Condition):
            yield one_condition(item, store)
        elif item.items:
            yield f"({condition_words(item, store)})"


def one_condition(condition: Condition, store: Store) -> str:
    field, value = condition.field, condition.value
    said = [str(field.title), str(condition.operator.label)]
    if field.kind == FieldKind.CHOICE:
        titles = dict(field.choices_in(store))
        codes = value if isinstance(value, tuple) else (str(value),)
        said.append(", ".join(titles.get(code, code) for code in codes))
    elif field.kind == FieldKind.FLAG:
        said.append(_("yes") if value else _("no"))
    elif field.kind == FieldKind.MOMENT and value is not None:
        said.append(date_format(value.astimezone(store.zone), "Y-m-d H:i"))  # type: ignore[union-attr]
    elif isinstance(value, Decimal):
        said.append(_amount(condition, value))
    elif value is not None:
        said.append(f"“{value}”")
    return " ".join(said)


def _amount(condition: Condition, value: Decimal) -> str:
    number = f"{value.normalize():f}"
    return f"{number} {condition.currency}" if condition.currency else number


def step_words(step: Step, store: Store) -> str:
    """The action, and what it was told in its order: raise an alert (Warehouse, warning, “…”)."""
    told = []
    for parameter in step.action.parameters:
        value = step.values.get(parameter.code, "")
        if isinstance(value, bool):
            if value:
                told.append(str(parameter.title))
        elif value:
            titles = dict(parameter.choices_in(store))
            told.append(titles.get(value, value) if titles else f"“{value}”")
    title = str(step.action.title)
    return f"{title} ({', '.join(told)})" if told else title
