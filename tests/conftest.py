import gc
import shutil
import socket
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import django
import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from tests import servers, template

# Before pytest-django looks for settings, which can't be read without servers, and
# before a conftest.py further down imports models.
servers.prepare()
django.setup()

# Files with tests that take a minute. Begun last, one of them would be waited for alone.
LONG = (
    "tests/test_setup_run.py",
    "tests/browser/test_every_screen.py",
    "tests/test_schema.py",
    "tests/bench/test_bench.py",
    "tests/test_backups.py",
    "tests/test_permissions.py",
)
# What every migration writes anew, and no test changes for good.
WRITTEN_BY_MIGRATIONS = {
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "django_migrations",
}
# What migrations leave in tables that the tests write to, too: as the database prints it.
_left_by_migrations: dict[str, str] = {"catalog_wordlist": "", "catalog_forbiddenword": ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, everything else as it was: several processes then end together."""
    place = {file: number for number, file in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_collection_finish() -> None:
    """What is there now stays till the end: going through it again and again is for nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def empty_tables(case: TransactionTestCase) -> None:
    """Only tables with rows cost anything: Django's own way takes most of a second a test.

    Waits for whoever still writes, as TRUNCATE would. Triggers and foreign keys rest meanwhile,
    those that keep the audit trail included; what the migrations had left is brought back.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True))
    names = [f'"{table}"' for table in sorted(tables - WRITTEN_BY_MIGRATIONS)]
    if_filled = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(" UNION ALL ".join(if_filled))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")
        for table, rows in _left_by_migrations.items():
            cursor.copy_expert(f"COPY {table} FROM STDIN", StringIO(rows))


@pytest.fixture(scope="session", autouse=True)
def transactional_tests_empty_what_they_wrote() -> None:
    TransactionTestCase._fixture_teardown = empty_tables


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    connection.settings_dict["TEST"]["TEMPLATE"] = template.ready()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in _left_by_migrations:
            rows = StringIO()
            cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
            _left_by_migrations[table] = rows.getvalue()
    yield
    # A server's thread that is still held open by a browser would keep the database from going.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def unused_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A temporary directory that other accounts may enter, unlike those of pytest.

    PostgreSQL and Redis are run by another account when root runs the tests.
    """
    path = Path(tempfile.mkdtemp(prefix="opsdesk-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)
