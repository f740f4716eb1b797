"""Rules for migrations of tables that are in use while they run; `-m tools.migrations`.

A table keeps serving the old code while a migration works on it, and the old code goes on over the
new tables until the last process is replaced. So: nothing that holds a long lock, nothing that
old code would miss. A table that the same migration creates may be treated as one likes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from opsdesk.migrating import CreateModels

# Those that were there before the rules, one `app.name` a line.
BEFORE = Path(__file__).with_name("migrations_before_rules.txt")

INSTEAD = {
    migrations.AddIndex: "use AddIndexConcurrently, in a migration with atomic = False",
    migrations.RemoveIndex: "use RemoveIndexConcurrently, in a migration with atomic = False",
    migrations.AlterUniqueTogether: "add a UniqueConstraint over an index made concurrently",
    migrations.RenameField: "add the new column, write both, move over, remove the old one later",
    migrations.RenameModel: "old code would not find the table",
    migrations.AlterModelTable: "old code would not find the table",
    migrations.RemoveField: "make it nullable and unused first; remove it with `# contract`",
    migrations.DeleteModel: "leave it unused first; delete it with `# contract`",
}
CONTRACT = (migrations.RemoveField, migrations.DeleteModel)


def problems(migration: migrations.Migration, source: str = "") -> Iterator[str]:
    """What of a migration could stop others from working; `source` is its text."""
    made = _made_here(migration)
    for operation in _flat(migration.operations):
        if _table_of(operation) in made:
            continue
        if type(operation) in CONTRACT and "# contract" in source:
            continue
        if type(operation) in INSTEAD:
            yield f"{operation.describe()}: {INSTEAD[type(operation)]}"
        if type(operation) is migrations.AddConstraint:
            yield f"{operation.describe()}: use AddConstraintNotValid, then ValidateConstraint"
        if isinstance(operation, migrations.AddField) and _needs_every_row(operation):
            yield f"{operation.describe()}: old code knows no value; give null=True or db_default"
        is_own = isinstance(operation, migrations.RunSQL | migrations.RunPython)
        if is_own and not operation.reversible:
            yield f"{operation.describe()}: there is no way back; give its reverse as well"
        is_concurrent = isinstance(operation, AddIndexConcurrently | RemoveIndexConcurrently)
        if is_concurrent and migration.atomic:
            yield f"{operation.describe()}: set atomic = False"


def _flat(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Also those done to the database alone."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        elif isinstance(operation, CreateModels):
            yield from _flat(operation.models)
        else:
            yield operation


def _made_here(migration: migrations.Migration) -> set[str]:
    made = _flat(migration.operations)
    return {each.name.lower() for each in made if isinstance(each, migrations.CreateModel)}


def _table_of(operation: Operation) -> str:
    name = getattr(operation, "model_name", None) or getattr(operation, "name", None)
    return str(name or "").lower()


def _needs_every_row(operation: migrations.AddField) -> bool:
    """Old code inserts rows without naming the column: the database has to have a value."""
    field = operation.field
    is_column = field.get_internal_type() != "ManyToManyField"
    return is_column and not field.null and not field.has_db_default()


def ours() -> dict[str, migrations.Migration]:
    """`app.name` → migration, of this project's apps."""
    root = Path(__file__).resolve().parent.parent
    loader = MigrationLoader(None)
    return {
        f"{app}.{name}": migration
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if _file(migration).is_relative_to(root) and ".venv" not in _file(migration).parts
    }


def _file(migration: migrations.Migration) -> Path:
    return Path(str(sys.modules[type(migration).__module__].__file__))


def main() -> int:
    django.setup()
    before = set(BEFORE.read_text().split())
    found = [
        f"{name}: {problem}"
        for name, migration in ours().items()
        if name not in before
        for problem in problems(migration, _file(migration).read_text())
    ]
    sys.stdout.write("".join(f"{line}\n" for line in found) or "No migration stops others.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
