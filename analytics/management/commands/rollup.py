from typing import Any

from django.core.management.base import CommandParser

from analytics.services import roll_up
from opsdesk.commands import DONE, OpsCommand, day, store_of


class Command(OpsCommand):
    help = "Roll the orders of these business days up again."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True)
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)
        parser.add_argument(
            "--rebuild", action="store_true", help="Same as without: days are always rebuilt."
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = store_of(options["store"])
        roll_up(store=store, first=options["first"], last=options["last"])
        days = (options["last"] - options["first"]).days + 1
        return {"store": store.code, "days": max(days, 0)}, DONE
