"""What rules are about: each app registers its subjects with the fields that can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils.functional import Promise

from opsdesk.automation.fields import Field, FieldKind

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from opsdesk.stores.models import Store


@dataclass(frozen=True)
class Subject:
    """A kind of row that rules act on: `code` is its model's label, stored for ever.

    `store` is the path to its store's id, `label` the path to what people call it. `fields` come
    in the order in which they are offered.
    """

    code: str
    title: str | Promise
    fields: tuple[Field, ...]
    label: str
    store: str = "store_id"
    is_taggable: bool = False

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.code)

    @property
    def type_id(self) -> int:
        return ContentType.objects.get_for_model(self.model).pk

    @property
    def by_code(self) -> Mapping[str, Field]:
        return {field.code: field for field in self.fields}

    def rows(self, store: Store) -> QuerySet:
        """All of a store."""
        return self.model._base_manager.filter(**{self.store: store.pk})

    def labels(self, rows: QuerySet) -> dict[int, str]:
        """Id → what people call it, in the order of the rows. One statement."""
        return {
            pk: str(label or f"#{pk}")[:120] for pk, label in rows.values_list("pk", self.label)
        }

    def among(self, ids: Sequence[int]) -> QuerySet:
        return self.model._base_manager.filter(pk__in=ids)

    def told(
        self, ids: Sequence[int], at: datetime, *, only: Collection[str] | None = None
    ) -> dict[int, dict[str, Any]]:
        """Id → field code → value, of the fields that have one; an age in hours. One statement.

        With `only` of these fields: some are counted for each row.
        """
        fields = [
            field
            for field in self.fields
            if field.has_a_value and (only is None or field.code in only)
        ]
        worked_out = {f.column: f.expression(at) for f in fields if f.expression is not None}
        rows = self.among(ids).annotate(**worked_out)
        columns = [field.column for field in fields]
        return {
            row["pk"]: {field.code: _told(field, row[field.column], at) for field in fields}
            for row in rows.values("pk", *columns)
        }


def _told(field: Field, value: Any, at: datetime) -> Any:
    if field.kind != FieldKind.AGE or value is None:
        return value
    return round(Decimal((at - value).total_seconds()) / 3600, 1)


class UnknownSubject(LookupError):
    """No app registers a subject with this code."""


_subjects: dict[str, Subject] = {}


def register(*subjects: Subject) -> None:
    for subject in subjects:
        known = _subjects.setdefault(subject.code, subject)
        if known != subject:
            raise ValueError(f"Two subjects of rules are called {subject.code}.")


def all_subjects() -> list[Subject]:
    return list(_subjects.values())


def get(code: str) -> Subject:
    try:
        return _subjects[code]
    except KeyError as error:
        raise UnknownSubject(f"No subject of rules is called {code}.") from error


def title_of(code: str) -> str:
    return str(_subjects[code].title) if code in _subjects else code
