"""Backups are whole, private and restorable; the drill finds what is missing."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import StockLevel
from opsdesk import backups
from tests import factories, processes

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    """Rows with money and stock, committed: programs of their own read them."""
    level = factories.StockLevelFactory(available=7)
    factories.OrderLineFactory(
        order__store=level.sku.store, order__fulfilment_state="delivered", sku=level.sku
    )
    return level.sku.store


@pytest.fixture
def beside():
    with backups.empty_database(f"opsdesk_beside_{os.getpid()}") as name:
        yield name


def test_a_backup_is_whole_and_readable_by_its_owner_alone(shop, tmp_path, beside):
    file = tmp_path / "today.dump"

    size = backups.dump(file)
    backups.restore(file, database=beside)

    assert size == file.stat().st_size > 10_000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["today.dump"]
    with backups.snapshot() as (_moment, ours):
        assert backups.contents_of(beside) == ours
    assert ours["catalog_stocklevel"][0] == "1"
    assert "100.00" in ours["orders_order"]


def test_triggers_and_functions_come_back_too(shop, tmp_path, beside):
    backups.dump(tmp_path / "f")
    backups.restore(tmp_path / "f", database=beside)

    with backups._connected(beside) as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        (triggers,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'place_orders'")
        (functions,) = cursor.fetchone()
    assert triggers >= 3
    assert functions == 1


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    file = tmp_path / "today.dump"
    file.write_text("yesterday's")

    with pytest.raises(backups.BackupFailed, match="--force"):
        backups.dump(file)
    assert file.read_text() == "yesterday's"

    assert backups.dump(file, force=True) > 10_000


def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch):
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")

    with pytest.raises(backups.BackupFailed, match="pg_dump"):
        backups.dump(tmp_path / "today.dump")

    assert list(tmp_path.iterdir()) == []


def test_a_database_with_tables_is_not_overwritten(shop, tmp_path, beside):
    backups.dump(tmp_path / "f")
    backups.restore(tmp_path / "f", database=beside)

    with pytest.raises(backups.BackupFailed, match="not empty"):
        backups.restore(tmp_path / "f", database=beside)


def test_forced_it_holds_what_the_backup_does(shop, tmp_path, beside):
    backups.dump(tmp_path / "f")
    with backups.snapshot() as (_moment, before):
        pass
    backups.restore(tmp_path / "f", database=beside)
    with backups._connected(beside) as cursor:
        cursor.execute("DELETE FROM catalog_stocklevel")

    backups.restore(tmp_path / "f", database=beside, force=True)

    assert backups.contents_of(beside) == before


@pytest.mark.parametrize("content", [b"", b"no dump", b"PGDMP half"])
def test_a_damaged_file_is_refused_before_anything_is_dropped(content, tmp_path, beside):
    with backups._connected(beside) as cursor:
        cursor.execute("CREATE TABLE kept (id integer)")
    (tmp_path / "f").write_bytes(content)

    with pytest.raises(backups.BackupFailed, match="pg_restore"):
        backups.restore(tmp_path / "f", database=beside, force=True)

    assert backups.contents_of(beside) == {"kept": ["0", None]}


def test_the_commands_answer_in_json(shop, tmp_path, capsys):
    call_command("backup", str(tmp_path / "f"), json=True)
    assert json.loads(capsys.readouterr().out)["bytes"] > 10_000

    with pytest.raises(CommandError, match="not empty") as refusal:
        call_command("restore", str(tmp_path / "f"))
    assert refusal.value.returncode == 1


def drill():
    result = subprocess.run(
        [sys.executable, "manage.py", "drill", "--json"],
        cwd=ROOT,
        env=processes.environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


def test_the_drill_restores_and_finds_the_same(shop):
    code, answer = drill()

    assert (code, answer["different"], answer["broken"]) == (0, [], [])
    assert answer["rows"] > 10
    assert answer["seconds"]["total"] > 0
    with backups._connected("postgres") as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'opsdesk_drill_%'")
        assert cursor.fetchone() == (0,)


def test_the_drill_says_what_is_broken(shop):
    StockLevel.objects.update(available=8)

    code, answer = drill()

    assert code == 3
    assert answer["broken"] == ["catalog.stock-equals-ledger"]
