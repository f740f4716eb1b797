"""PostgreSQL and Redis of the tests' own: never those of `make run`.

`make test` starts a pair in a temporary directory and stops it (`tests/runner.py`).
A plain `pytest` starts a pair under var/test, or finds it there, and leaves it
running. Several runs at once share it: each holds a slot, which names its database
and numbers its Redis databases.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from opsdesk import development, embedded

WORKERS_PER_SLOT = 16
SLOTS = 32
# Tests may lose everything at a power cut, so they need not wait for the disk.
FAST_AND_LOOSE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
}

_held: list[IO[str]] = []


def start(root: Path) -> tuple[embedded.Postgres, embedded.Redis]:
    home = embedded.Home(root)
    postgres = embedded.Postgres(home, settings=FAST_AND_LOOSE)
    redis = embedded.Redis(home, databases=SLOTS * WORKERS_PER_SLOT)
    postgres.start()
    redis.start()
    return postgres, redis


def prepare() -> None:
    """Complete the environment of this test process, before Django reads its settings."""
    if os.environ.get("OPSDESK_ENV") != "test":
        root = development.var_directory() / "test"
        postgres, redis = start(root)
        use(postgres, redis, slot=_claim_slot(root))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    base = int(os.environ["OPSDESK_TEST_SLOT"]) * WORKERS_PER_SLOT
    address = os.environ["REDIS_URL"].partition("?")[0]
    os.environ["REDIS_URL"] = f"{address}?virtual_host={base + int(worker[2:])}"


def use(postgres: embedded.Postgres, redis: embedded.Redis, *, slot: int) -> None:
    os.environ |= {
        "OPSDESK_ENV": "test",
        "OPSDESK_TEST_SLOT": str(slot),
        "SECRET_KEY": "only for tests, which keep nothing and answer to nobody outside",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "DATABASE_URL": postgres.url(f"opsdesk_{slot}"),
        "REDIS_URL": redis.url(),
    }


def _claim_slot(root: Path) -> int:
    """A number that no other test run has until this process ends, however it ends."""
    for slot in range(SLOTS):
        file = (root / f"slot-{slot}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            _held.append(file)
            return slot
    raise RuntimeError(f"{SLOTS} test runs are under way at once.")
