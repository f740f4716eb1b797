"""Lists straight from columns: a serializer says what a row shows, no object is made of it.

The same serializer writes single rows by way of the model; `tests/test_api.py` holds both equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from django.db.models import ForeignObjectRel, QuerySet
from rest_framework import serializers

from opsdesk.api.fields import Computed, IdField
from opsdesk.keyset import Place, Sorting


@dataclass(frozen=True)
class Read:
    """Rows as they are written, each with its place in the list."""

    rows: list[dict[str, Any]]
    places: list[Place]

    def first(self, size: int) -> Read:
        return Read(self.rows[:size], self.places[:size])

    def reversed(self) -> Read:
        return Read(self.rows[::-1], self.places[::-1])


@dataclass(frozen=True)
class Cell:
    """A field that is made of columns, when it is not the column itself."""

    name: str
    columns: tuple[str, ...]
    write: Callable[..., Any]


@dataclass(frozen=True)
class Nested:
    """The rows of another table that belong to a row, by the column that points to it."""

    name: str
    relation: str
    rows: Rows


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


class Rows:
    """What a serializer shows of a row, as columns to select and what to make of them."""

    def __init__(self, serializer: serializers.Serializer) -> None:
        self.names: list[str] = []
        self.columns: list[str] = []
        self.cells: list[Cell] = []
        self.nested: list[Nested] = []
        for name, field in serializer.fields.items():
            self._add(name, field)

    def _add(self, name: str, field: serializers.Field) -> None:
        if isinstance(field, serializers.ListSerializer):
            self.nested.append(Nested(name, field.source, Rows(field.child)))
            return
        self.names.append(name)
        if isinstance(field, Computed):
            self.columns.append(field.columns[0])
            self.cells.append(Cell(name, field.columns, field.write))
            return
        column = field.source.replace(".", "__")
        self.columns.append(column)
        if isinstance(field, IdField):
            self.cells.append(Cell(name, (column,), _text))

    def read(self, queryset: QuerySet, sorting: Sorting) -> Read:
        """One statement, and one for each kind of nested rows."""
        found = self._values(queryset, ("pk", sorting.field))
        rows = self._written(found)
        keys = [values["pk"] for values in found]
        for nested in self.nested:
            children = nested.rows.of_parents(queryset, nested.relation, keys)
            for row, key in zip(rows, keys, strict=True):
                row[nested.name] = children.get(key, [])
        places = [Place(values[sorting.field], values["pk"]) for values in found]
        return Read(rows, places)

    def of_parents(
        self, parents: QuerySet, relation: str, keys: list[Any]
    ) -> dict[Any, list[dict[str, Any]]]:
        """The nested rows of these parents, by parent. One statement."""
        link = parents.model._meta.get_field(relation)
        assert isinstance(link, ForeignObjectRel)
        parent = link.field.attname
        children = link.related_model._default_manager.filter(**{f"{parent}__in": keys})
        # As they were made, where the model says no order of its own.
        found = self._values(children if children.ordered else children.order_by("pk"), (parent,))
        by_parent: dict[Any, list[dict[str, Any]]] = {}
        for row, values in zip(self._written(found), found, strict=True):
            by_parent.setdefault(values[parent], []).append(row)
        return by_parent

    def _values(self, queryset: QuerySet, also: tuple[str, ...]) -> list[dict[str, Any]]:
        needed = {*self.columns, *also, *(name for cell in self.cells for name in cell.columns)}
        plain = queryset.select_related(None).prefetch_related(None)
        return list(plain.values(*sorted(needed)))

    def _written(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        pick = itemgetter(*self.columns)
        rows = [dict(zip(self.names, pick(values), strict=True)) for values in found]
        for cell in self.cells:
            columns, name, write = cell.columns, cell.name, cell.write
            for row, values in zip(rows, found, strict=True):
                row[name] = write(*(values[column] for column in columns))
        return rows


@cache
def rows_of(serializer_class: type[serializers.Serializer]) -> Rows:
    """Made once: what a serializer shows does not depend on who asks."""
    return Rows(serializer_class())
