"""A PostgreSQL of the bench's own, as durable as in production, with an empty OpsDesk in it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from opsdesk import embedded
from tests import servers

DURABLE = {"fsync": "on", "synchronous_commit": "on", "max_connections": "60"}


@contextmanager
def running() -> Iterator[embedded.Postgres]:
    """The server is up and migrated, Django talks to it; afterwards nothing is left."""
    root = Path(tempfile.mkdtemp(prefix="opsdesk-bench-"))
    root.chmod(0o755)  # run by root, the server belongs to another account
    home = embedded.Home(root)
    postgres = embedded.Postgres(home, settings=DURABLE)
    redis = embedded.Redis(home)
    try:
        postgres.start()
        redis.start()
        servers.use(postgres, redis, slot=0)
        os.environ["DATABASE_URL"] = postgres.url()
        # A line per request would drown the table.
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        django.setup()
        _migrate()
        yield postgres
    finally:
        postgres.stop()
        redis.stop()
        shutil.rmtree(root)


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", interactive=False, verbosity=0)
    connection.close()  # each bench is a process of its own
