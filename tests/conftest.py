import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from tests import servers, template

# Before pytest-django looks for settings, which can't be read without servers, and
# before a conftest.py further down imports models.
servers.prepare()
django.setup()

from catalog.apps import keep_starter_words_after_migrate  # noqa: E402

# What every migration writes anew, and no test changes for good.
WRITTEN_BY_MIGRATIONS = {
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "django_migrations",
}


def empty_tables(case: TransactionTestCase) -> None:
    """Django's own way has kinds, rights and roles written again: two thirds of a second a test.

    What lies in tables that the tests write to, too, is brought back.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True))
    names = ", ".join(f'"{table}"' for table in sorted(tables - WRITTEN_BY_MIGRATIONS))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names}")
    keep_starter_words_after_migrate()


@pytest.fixture(scope="session", autouse=True)
def transactional_tests_empty_what_they_wrote() -> None:
    TransactionTestCase._fixture_teardown = empty_tables


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    connection.settings_dict["TEST"]["TEMPLATE"] = template.ready()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tables are emptied after a test that commits, which the audit trail refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("audit_auditentry", "audit_auditlink", "audit_audithead"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_no_truncate")


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
