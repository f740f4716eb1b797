from typing import Any

from django.core.management.base import CommandParser

from fulfillment import shipping_figures
from opsdesk.commands import DONE, OpsCommand, day, store_of


class Command(OpsCommand):
    help = "What left late, was delivered late, was missed or short, by business day."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True)
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)
        parser.add_argument(
            "--over-hours",
            type=int,
            default=shipping_figures.OVER_HOURS,
            help="Count what left more than so many hours after its payment (default 48).",
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = store_of(options["store"])
        figures = shipping_figures.figures(
            store, options["first"], options["last"], over_hours=options["over_hours"]
        )
        return figures, DONE

    def show(self, answer: dict[str, Any]) -> None:
        for name, value in answer.items():
            self.stdout.write(f"{name:>22}  {'–' if value is None else value}")
