"""For somebody who has lost phone and recovery codes: the next log-in sets the step up anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from opsdesk.access import second_step
from opsdesk.commands import BAD_ARGUMENTS, DONE, OpsCommand
from opsdesk.stores.models import User


class Command(OpsCommand):
    help = "Take a person's second step away, and end their sessions."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"No person is called {options['username']!r}.", returncode=BAD_ARGUMENTS
            )
        return {"person": user.username, "removed": second_step.remove(user=user)}, DONE
