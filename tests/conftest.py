import socket

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
