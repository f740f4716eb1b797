"""A developer's machine: no variable has to be set, no server has to be there.

Each server is looked for in this order: the address in the environment
(`DATABASE_URL`, `REDIS_URL`), the system's programs, those inside a Python wheel.
`OPSDESK_EMBEDDED=wheel` leaves the system's programs out.
"""

import argparse
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsdesk.embedded import EmbeddedServerError, Home, Postgres, Redis

BASE_DIR = Path(__file__).resolve().parent.parent


@contextmanager
def complaints() -> Iterator[None]:
    """For command lines: end with the message of an error that people can act on."""
    try:
        yield
    except EmbeddedServerError as error:
        raise SystemExit(f"opsdesk: {error}") from error


def var_directory() -> Path:
    return Path(os.environ.get("OPSDESK_VAR") or BASE_DIR / "var")


def secret_key(var: Path) -> str:
    """This checkout's own secret, made on first use; nobody else can read it."""
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"secret_key.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(64))
        try:
            os.link(new, path)  # fails where another process was first: its secret counts
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text()


def _is_development(var: Path) -> bool:
    """Said so, or nothing was said at all, or this checkout was set up by `make setup`."""
    if environment := os.environ.get("OPSDESK_ENV"):
        return environment == "development"
    said = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS")
    return (var / "secret_key").exists() or not any(os.environ.get(name) for name in said)


def prepare() -> list[Postgres | Redis]:
    """Complete the environment for a developer's machine; production and tests bring their own.

    Returns the embedded servers in use, all of them answering.
    """
    var = var_directory()
    if not _is_development(var):
        return []
    os.environ["OPSDESK_ENV"] = "development"
    os.environ.setdefault("SECRET_KEY", secret_key(var))
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    for name in ("static", "media"):
        (var / name).mkdir(exist_ok=True)
    servers: list[Postgres | Redis] = []
    for variable, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Redis)):
        if not os.environ.get(variable):
            server = kind(Home(var))
            server.start()
            servers.append(server)
            os.environ[variable] = server.url()
    return servers


def main() -> None:
    parser = argparse.ArgumentParser(description="Start or stop the servers under var/.")
    parser.add_argument("action", choices=["start", "stop"])
    with complaints():
        if parser.parse_args().action == "start":
            prepare()
            return
        home = Home(var_directory())
        for server in (Redis(home), Postgres(home)):
            server.stop()


if __name__ == "__main__":
    main()
