"""Querysets whose SQL is written once per process: for what every request of a program asks.

Django writes a queryset's SQL anew each time it is read, which takes longer than the database needs
to answer a lookup by key. What is said as a queryset stays so; only the writing is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import BooleanField, Expression, Func, Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)


class Given(Expression):
    """A value that is given with each reading, by name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return "(%s)", [self]


class IsAny(Func):
    """`filter(IsAny("pk", Given("ids")))`: one of a list of values, which is one parameter."""

    template = "%(expressions)s"
    arg_joiner = " = ANY "
    output_field = BooleanField()


class Prepared(Generic[Row]):
    """What `build` selects, with the values that each reading gives.

    The queryset is built and written when it is first read. It selects model instances, related and
    annotated as usual; prefetches are not done.
    """

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        self._build = build
        self._written: _Written | None = None

    def read(self, **values: Any) -> list[Row]:
        """One statement. Raises KeyError for a value that is not given."""
        if self._written is None:
            self._written = _Written.of(self._build())
        return list(ModelIterable(_Reading(self._written, values)))

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.read(**values)), None)


@dataclass(frozen=True)
class _Written:
    """The statement, and the compiler that knows how its rows become instances."""

    compiler: SQLCompiler
    sql: str
    parameters: Sequence[Any]

    @classmethod
    def of(cls, queryset: QuerySet[Any]) -> _Written:
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, parameters = compiler.as_sql()
        return cls(compiler, sql, parameters)


class _Reading:
    """As much of a queryset, its query and its compiler as `ModelIterable` asks for."""

    def __init__(self, written: _Written, values: dict[str, Any]) -> None:
        self.db = written.compiler.using
        self.query = self
        self.select = written.compiler.select
        self.klass_info = written.compiler.klass_info
        self.annotation_col_map = written.compiler.annotation_col_map
        self._known_related_objects: dict[Any, Any] = {}
        self._written = written
        self._values = values

    def get_compiler(self, using: str) -> _Reading:
        return self

    def execute_sql(self, **_chunks: Any) -> list[list[Any]]:
        parameters = [
            self._values[each.name] if isinstance(each, Given) else each
            for each in self._written.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._written.sql, parameters)
            return [cursor.fetchall()]

    def results_iter(self, results: list[list[Any]]) -> Iterator[Any]:
        return self._written.compiler.results_iter(results)
