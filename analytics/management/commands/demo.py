from time import monotonic
from typing import Any

from django.core.management.base import CommandParser

from analytics.demo import services
from opsdesk.commands import DONE, OpsCommand, whole_number
from opsdesk.stores.demo import DEMO_PASSWORD


class Command(OpsCommand):
    help = "Make the demonstration stores. Does nothing when they are there."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=whole_number(services.LEAST_DAYS), default=90)
        parser.add_argument("--orders", type=whole_number(1), default=6000)
        parser.add_argument(
            "--in-production",
            action="store_true",
            help="Make accounts with a known password although this is production.",
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        started = monotonic()
        made = services.make_demonstration(
            at=options["at"],
            days=options["days"],
            orders=options["orders"],
            in_production=options["in_production"],
        )
        seconds = round(monotonic() - started, 1)
        return {"made": made, **services.figures(), "seconds": seconds}, DONE

    def show(self, answer: dict[str, Any]) -> None:
        if not answer["made"]:
            self.stdout.write("The demonstration is there already; nothing changed.")
        super().show({name: value for name, value in answer.items() if name != "made"})
        self.stdout.write(f"password of every account: {DEMO_PASSWORD}")
