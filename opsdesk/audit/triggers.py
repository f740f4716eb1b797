"""Which columns of a table the audit trail follows: said beside the model, in `Meta.triggers`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.db import models

# What a version of the row is called inside a statement's trigger; `store` and `label` may have
# tables of their own to name.
_OLD, _NEW = "earlier", "later"
_PAIRED = f"FROM old_rows {_OLD} JOIN new_rows {_NEW} ON {_NEW}.id = {_OLD}.id"


class _Recorded:
    """The columns of one table, and how its entries name the row and its store."""

    def __init__(
        self, fields: Iterable[str], *, label: str, store: str, hidden: Iterable[str]
    ) -> None:
        self.fields = list(fields)
        self.label = label
        self.store = store
        self.hidden = list(hidden)

    def columns(self, model: models.Model) -> list[str]:
        return _columns(model, [*self.fields, *self.hidden])

    def insert(
        self, model: models.Model, verb: str, row: str, *, old: str = "", new: str = ""
    ) -> str:
        """The statement that writes entries, up to its FROM. `row` is what is named and scoped."""
        hidden = _columns(model, self.hidden)
        lists = f"{_array(self.columns(model))}, {_array(hidden)}"

        def version(one: str, other: str) -> str:
            if not one:
                return "NULL"
            return f"audit_differing(to_jsonb({one}), {_json(other)}, {lists})"

        return (
            "INSERT INTO audit_auditentry"
            " (verb, model, subject_id, subject_label, store_id, before, after)\n"
            f"SELECT '{verb}', '{model._meta.label_lower}', {row}.id,"
            f" left(({self.label.format(row=row)})::text, 120), {self.store.format(row=row)},\n"
            f"{version(old, new)},\n{version(new, old)}"
        )


def _columns(model: models.Model, names: Iterable[str]) -> list[str]:
    fields = {
        name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)
    }
    return [str(fields[name].column) for name in names]


def _array(names: list[str]) -> str:
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"ARRAY[{quoted}]::text[]"


def _json(row: str) -> str:
    return f"to_jsonb({row})" if row else "NULL"


class _Trigger(pgtrigger.Trigger):
    when = pgtrigger.After

    def __init__(self, recorded: _Recorded, **kwargs: Any) -> None:
        self.recorded = recorded
        super().__init__(**kwargs)


class _Inserts(_Trigger):
    name = "audit_insert"
    level = pgtrigger.Statement
    operation = pgtrigger.Insert
    referencing = pgtrigger.Referencing(new="new_rows")

    def get_func(self, model: models.Model) -> str:
        entry = self.recorded.insert(model, "created", _NEW, new=_NEW)
        return f"{entry}\nFROM new_rows {_NEW} ORDER BY {_NEW}.id;\nRETURN NULL;"


class _Deletes(_Trigger):
    name = "audit_delete"
    level = pgtrigger.Statement
    operation = pgtrigger.Delete
    referencing = pgtrigger.Referencing(old="old_rows")

    def get_func(self, model: models.Model) -> str:
        entry = self.recorded.insert(model, "deleted", _OLD, old=_OLD)
        return f"{entry}\nFROM old_rows {_OLD} ORDER BY {_OLD}.id;\nRETURN NULL;"


class _Updates(_Trigger):
    name = "audit_update"
    level = pgtrigger.Statement
    operation = pgtrigger.Update
    referencing = pgtrigger.Referencing(old="old_rows", new="new_rows")

    def get_func(self, model: models.Model) -> str:
        entry = self.recorded.insert(model, "changed", _NEW, old=_OLD, new=_NEW)
        columns = self.recorded.columns(model)
        before, after = (
            f"ROW({', '.join(f'{row}.{name}' for name in columns)})" for row in (_OLD, _NEW)
        )
        # Planned anew each time, for so many rows: the plan that a first update of one row leaves
        # behind is a loop in a loop, which takes minutes for twenty thousand.
        return (
            f"EXECUTE $audit$\n{entry}\n{_PAIRED}\nWHERE {before} IS DISTINCT FROM {after}\n"
            f"ORDER BY {_NEW}.id\n$audit$;\nRETURN NULL;"
        )


class _NamedUpdates(_Trigger):
    name = "audit_update"
    level = pgtrigger.Row

    def get_func(self, model: models.Model) -> str:
        entry = self.recorded.insert(model, "changed", "NEW", old="OLD", new="NEW")
        return f"{entry};\nRETURN NULL;"


def recording(
    *fields: str,
    label: str,
    store: str = "{row}.store_id",
    hidden: Iterable[str] = (),
    inserts: bool = False,
    busy: bool = False,
) -> list[pgtrigger.Trigger]:
    """Triggers that write one entry per changed or deleted row, whoever changes it, and how.

    `label` and `store` are SQL that name the row and its store's id, `{row}` the row. Of `hidden`
    fields only that they changed is recorded. With `inserts` a new row is an entry too: where its
    first state says something (a role, a number), not where it is the state everything begins with.
    Statements are recorded in one go each; a `busy` table, whose other columns change by the
    thousand, is spared that and fires per row, only where a statement names one of the fields; it
    names foreign keys by their columns.
    """
    recorded = _Recorded(fields, label=label, store=store, hidden=hidden)
    names = [*recorded.fields, *recorded.hidden]
    update: pgtrigger.Trigger = (
        _NamedUpdates(
            recorded,
            operation=pgtrigger.UpdateOf(*names),
            condition=pgtrigger.AnyChange(*names),
        )
        if busy
        else _Updates(recorded)
    )
    return [*([_Inserts(recorded)] if inserts else []), update, _Deletes(recorded)]
