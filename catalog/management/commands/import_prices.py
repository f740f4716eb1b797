"""`manage.py import_prices FILE --store CODE --format generic --by PERSON`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from opsdesk.commands import BAD_ARGUMENTS
from opsdesk.exchange.command import ImportCommand
from opsdesk.stores.models import User


class Command(ImportCommand):
    help = "Ask for the prices of a file, as one price change that somebody else decides on."
    formats = ("generic",)
    importers = {"generic": "prices-generic"}

    def add_own_arguments(self, parser: CommandParser) -> None:
        super().add_own_arguments(parser)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="Who asks for them.")

    def actor_of(self, options: dict[str, Any]) -> User | None:
        person = User.objects.filter(username=options["by"], is_active=True).first()
        if person is None:
            raise CommandError(f"There is nobody called {options['by']}.", returncode=BAD_ARGUMENTS)
        return person
