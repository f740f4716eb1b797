from functools import partial
from time import monotonic
from typing import Any

from django.core.management.base import CommandParser

from analytics.volume import services
from opsdesk.commands import DONE, OpsCommand, whole_number


class Command(OpsCommand):
    help = "Make a new store with a great many orders, to measure with."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, help="Code of the store to make.")
        parser.add_argument("--orders", type=whole_number(1), default=1_000_000)
        parser.add_argument("--skus", type=whole_number(1), default=10_000)
        parser.add_argument("--days", type=whole_number(1), default=365)
        parser.add_argument("--seed", type=whole_number(0), default=1)
        parser.add_argument(
            "--open-clocks",
            type=whole_number(0),
            default=0,
            help="So many of the newest orders wait for stock, their clocks not yet swept.",
        )
        parser.add_argument("--in-production", action="store_true")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        started = monotonic()
        store = services.generate(
            code=options["store"],
            orders=options["orders"],
            skus=options["skus"],
            days=options["days"],
            seed=options["seed"],
            at=options["at"],
            waiting=options["open_clocks"],
            in_production=options["in_production"],
            progress=partial(self._tell, started),
        )
        answer = {"store": store.code, "orders": options["orders"], "skus": options["skus"]}
        return answer | {"seconds": round(monotonic() - started, 1)}, DONE

    def _tell(self, started: float, step: str) -> None:
        self.stderr.write(f"{monotonic() - started:6.1f} s  {step}")
