"""The rows that meet a rule's conditions: one query, whatever they ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import DecimalField, Exists, OuterRef, Q, Value

from opsdesk.automation.definition import Condition, Definition, Group
from opsdesk.automation.fields import FieldKind, Operator
from opsdesk.automation.models import Tag
from opsdesk.automation.subjects import Subject

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opsdesk.stores.models import Store


def rows_that_meet(definition: Definition, store: Store, at: datetime) -> QuerySet:
    """Rows of the rule's subject, of the store and no other, as they are in the database now."""
    subject = definition.subject
    rows = subject.rows(store)
    worked_out = {
        condition.field.column: condition.field.expression(at)
        for condition in definition.conditions
        if condition.field.expression is not None
    }
    if worked_out:
        rows = rows.alias(**worked_out)
    return rows.filter(_group(definition.conditions, subject, at))


def _group(group: Group, subject: Subject, at: datetime) -> Q:
    whole = Q()
    for item in group.items:
        part = (
            _group(item, subject, at) if isinstance(item, Group) else _condition(item, subject, at)
        )
        whole = whole | part if group.any else whole & part
    return whole


def _condition(condition: Condition, subject: Subject, at: datetime) -> Q:
    field, operator, value = condition.field, condition.operator, condition.value
    if field.kind in (FieldKind.CODES, FieldKind.TAGS):
        has = field.having(str(value)) if field.having else _tagged(subject, str(value))
        return ~has if operator == Operator.HAS_NOT else has
    if field.kind == FieldKind.AGE and isinstance(value, Decimal):
        return _age(field.column, operator, at - timedelta(hours=float(value)))
    asked = _LOOKUPS[operator](field.column, _plain(value))
    if field.currency and condition.currency:
        asked &= Q(**{field.currency: condition.currency})
    return asked


def _plain(value: Any) -> Any:
    """A number stays one with its decimals, also where the column holds whole ones."""
    return Value(value, output_field=DecimalField()) if isinstance(value, Decimal) else value


def _age(column: str, operator: Operator, began: datetime) -> Q:
    """Older than so many hours is: it began before that."""
    lookup = "lt" if operator == Operator.MORE_THAN else "gt"
    return Q(**{f"{column}__{lookup}": began})


def _tagged(subject: Subject, name: str) -> Q:
    tags = Tag.objects.filter(subject_type=subject.type_id, subject_id=OuterRef("pk"), name=name)
    return Q(Exists(tags))


def _with(lookup: str) -> Callable[[str, Any], Q]:
    return lambda column, value: Q(**{f"{column}__{lookup}": value})


def _without(lookup: str) -> Callable[[str, Any], Q]:
    return lambda column, value: ~Q(**{f"{column}__{lookup}": value})


_LOOKUPS: Mapping[Operator, Callable[[str, Any], Q]] = {
    Operator.IS: _with("exact"),
    Operator.IS_NOT: _without("exact"),
    Operator.ONE_OF: _with("in"),
    Operator.NONE_OF: _without("in"),
    Operator.CONTAINS: _with("icontains"),
    Operator.STARTS_WITH: _with("istartswith"),
    Operator.AT_LEAST: _with("gte"),
    Operator.AT_MOST: _with("lte"),
    Operator.MORE_THAN: _with("gt"),
    Operator.LESS_THAN: _with("lt"),
    Operator.AFTER: _with("gte"),
    Operator.BEFORE: _with("lt"),
    Operator.IS_KNOWN: lambda column, _value: Q(**{f"{column}__isnull": False}),
    Operator.IS_UNKNOWN: lambda column, _value: Q(**{f"{column}__isnull": True}),
}
