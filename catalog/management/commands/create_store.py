from typing import Any

from django.core.management.base import CommandParser

from catalog.services.opening import open_store
from opsdesk.commands import DONE, OpsCommand
from opsdesk.stores.models import Platform


class Command(OpsCommand):
    help = "Create a store with its first channel and warehouse."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--channel", required=True, choices=Platform.values)
        parser.add_argument("--timezone", default="Asia/Shanghai")
        parser.add_argument("--currency", default="CNY")
        parser.add_argument("--name", default="")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = open_store(
            code=options["code"],
            platform=options["channel"],
            timezone=options["timezone"],
            currency=options["currency"],
            name=options["name"],
        )
        answer = {
            "store": store.code,
            "channel": options["channel"],
            "timezone": store.timezone,
            "currency": store.currency,
        }
        return answer, DONE
