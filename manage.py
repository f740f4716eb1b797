#!/usr/bin/env python
"""Command line of OpsDesk; on a developer's machine it starts the embedded servers."""

import sys

from django.core.management import execute_from_command_line

from opsdesk import development
from opsdesk.audit.context import acting


def main() -> None:
    with development.complaints():
        development.prepare()
    # Commands of Django's too (createsuperuser, shell) are on record as what they are.
    with acting(via="shell", cause=f"command:{' '.join(sys.argv[1:2])}"):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
