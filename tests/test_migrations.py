"""The rules for migrations of tables in use find what they are for."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import Q

from opsdesk.migrating import CreateModels
from tools.migrations import BEFORE, ours, problems

INDEX = models.Index(fields=["code"], name="i")
POSITIVE = models.CheckConstraint(condition=Q(id__gt=0), name="c")


def found(*operations, atomic=True, source=""):
    made = type("Migration", (migrations.Migration,), {"operations": operations, "atomic": atomic})
    return list(problems(made("0002", "app"), source))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddIndex("order", INDEX),
        migrations.AddConstraint("order", POSITIVE),
        migrations.RenameField("order", "a", "b"),
        migrations.RemoveField("order", "a"),
        migrations.DeleteModel("order"),
        migrations.AddField("order", "a", models.IntegerField(default=0)),
        migrations.RunSQL("SELECT 1"),
        AddIndexConcurrently("order", INDEX),
        migrations.SeparateDatabaseAndState([migrations.AddIndex("order", INDEX)]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_would_stop_others_is_found(operation):
    assert len(found(operation)) == 1


@pytest.mark.parametrize(
    "operation",
    [
        AddConstraintNotValid("order", POSITIVE),
        migrations.AddField("order", "a", models.IntegerField(null=True)),
        migrations.AddField("order", "a", models.IntegerField(db_default=0)),
        migrations.RunSQL("SELECT 1", "SELECT 2"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.AddIndex("order", INDEX)]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_stops_nobody_is_left_alone(operation):
    assert found(operation) == []


def test_an_index_made_beside_the_work_is_outside_of_a_transaction():
    assert found(AddIndexConcurrently("order", INDEX), atomic=False) == []


def test_a_table_that_is_made_here_is_nobody_s_yet():
    made = migrations.CreateModel("Wave", [("id", models.BigAutoField(primary_key=True))])

    assert found(made, migrations.AddIndex("wave", INDEX)) == []
    assert len(found(made, migrations.AddIndex("order", INDEX))) == 1


def test_what_nobody_uses_any_more_may_go_when_it_says_so():
    assert found(migrations.RemoveField("order", "a"), source="# contract: unused since 2") == []


def test_the_exceptions_are_migrations_that_exist():
    assert set(BEFORE.read_text().split()) <= ours().keys()


def _made_at_once():
    shelf = migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])
    on_it = models.ForeignKey("scratch.shelf", models.PROTECT)
    box = migrations.CreateModel(
        "Box", [("id", models.BigAutoField(primary_key=True)), ("shelf", on_it)]
    )
    return CreateModels([shelf, box])


@pytest.mark.django_db
def test_models_made_at_once_have_their_tables_and_go_with_them():
    operation, before = _made_at_once(), ProjectState()
    after = before.clone()
    operation.state_forwards("scratch", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("scratch", editor, before, after)
    there = set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        operation.database_backwards("scratch", editor, after, before)

    assert {"scratch_shelf", "scratch_box"} <= there
    assert not {"scratch_shelf", "scratch_box"} & set(connection.introspection.table_names())


def test_a_table_that_was_made_with_others_at_once_is_treated_as_one_likes():
    index = migrations.AddIndex("box", models.Index(fields=["id"], name="box_by_id"))

    assert found(_made_at_once(), index) == []
