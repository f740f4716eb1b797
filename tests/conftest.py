import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests import servers, template

# Before pytest-django looks for settings, which can't be read without servers, and
# before a conftest.py further down imports models.
servers.prepare()
django.setup()


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
