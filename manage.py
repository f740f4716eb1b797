#!/usr/bin/env python
"""Command line of OpsDesk; on a developer's machine it starts the embedded servers."""

import os
import sys

from django.core.management import execute_from_command_line

from opsdesk import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.settings")
    embedded.prepare_development()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
