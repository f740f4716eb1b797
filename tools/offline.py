"""Runs a module that reads the settings but talks to no server: `-m tools.offline MODULE ...`."""

import os
import runpy
import sys

ENVIRONMENT = {
    "OPSDESK_ENV": "test",
    "DJANGO_SETTINGS_MODULE": "opsdesk.settings",
    "SECRET_KEY": "unused",
    "ALLOWED_HOSTS": "unused",
    "DATABASE_URL": "postgres://unused/unused",
    "REDIS_URL": "redis://unused",
}


def main() -> None:
    os.environ |= ENVIRONMENT
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
