"""The numbers of the chapter."""

from marketing import checks
from opsdesk.inspection import checks as inspection


def register() -> None:
    inspection.register(*checks.CHECKS)
