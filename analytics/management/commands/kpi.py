from typing import Any

from django.core.management.base import CommandParser

from analytics import queries, services
from analytics.models import DayBasis
from opsdesk.commands import DONE, OpsCommand, day, store_of


class Command(OpsCommand):
    help = "A store's figures by business day."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True)
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)
        parser.add_argument(
            "--by",
            choices=DayBasis.values,
            default=DayBasis.CREATED,
            help="Which moment decides an order's day: created (default) or paid.",
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = store_of(options["store"])
        services.roll_up_changed()
        figures = queries.kpi(store, options["first"], options["last"], basis=options["by"])
        return figures, DONE

    def show(self, answer: dict[str, Any]) -> None:
        names = ("orders", "paid_orders", "gmv", "refunds", "net", "aov")
        self.stdout.write("  ".join(f"{name:>12}" for name in ("date", *names)))
        for row in [*answer["days"], answer["total"] | {"date": "total"}]:
            cells = (row["date"], *(row[name] for name in names))
            self.stdout.write("  ".join(f"{'–' if c is None else c:>12}" for c in cells))
