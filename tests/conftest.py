import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests import servers

# Before pytest-django looks for settings, which can't be read without servers, and
# before a conftest.py further down imports models.
servers.prepare()
django.setup()


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
