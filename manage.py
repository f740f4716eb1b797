#!/usr/bin/env python
"""Command line of OpsDesk; on a developer's machine it starts the embedded servers."""

import sys

from django.core.management import execute_from_command_line

from opsdesk import embedded


def main() -> None:
    embedded.prepare_development()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
