"""A PostgreSQL of the bench's own, as durable as in production, with an empty OpsDesk in it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from opsdesk import embedded
from tests import servers, template

DURABLE = {"fsync": "on", "synchronous_commit": "on", "max_connections": "60"}


@contextmanager
def running() -> Iterator[embedded.Postgres]:
    """The server is up and has its tables, Django talks to it; afterwards nothing is left."""
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
        template.fill(postgres.url())
        django.setup()
        yield postgres
    finally:
        postgres.stop()
        redis.stop()
        shutil.rmtree(root)
