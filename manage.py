#!/usr/bin/env python
"""Command line of OpsDesk; on a developer's machine it starts the embedded servers."""

import sys

from django.core.management import execute_from_command_line

from opsdesk import development


def main() -> None:
    with development.complaints():
        development.prepare()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
