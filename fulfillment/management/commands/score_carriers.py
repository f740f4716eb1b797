from typing import Any

from django.core.management.base import CommandParser

from fulfillment.services.scoring import rebuild
from opsdesk.commands import DONE, OpsCommand, day, store_of


class Command(OpsCommand):
    help = "Work the scores of carriers out anew, month by month."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True)
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = store_of(options["store"])
        months = scores = 0
        month = options["first"].replace(day=1)
        while month <= options["last"]:
            scores += rebuild(store, month=month, at=options["at"])
            months += 1
            month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
        return {"store": store.code, "months": months, "scores": scores}, DONE
