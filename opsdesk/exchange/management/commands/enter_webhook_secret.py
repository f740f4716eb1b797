import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from opsdesk.commands import BAD_ARGUMENTS, DONE, OpsCommand, store_of
from opsdesk.exchange import signatures
from opsdesk.exchange.services import webhooks
from opsdesk.stores.models import Channel, Store


class Command(OpsCommand):
    help = (
        "Enter the secret that a webhook source signs with, or make one, which is shown this once. "
        "The secret before it stays good for a while."
    )
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        sources = [scheme.source for scheme in signatures.all_schemes()]
        parser.add_argument("--store", required=True)
        parser.add_argument("--source", required=True, choices=sources)
        parser.add_argument("--channel", help="its code; may be left out where there is one")
        parser.add_argument(
            "--secret", help="as the platform shows it; - reads it from stdin; else one is made"
        )
        parser.add_argument(
            "--end-old", action="store_true", help="refuse the secret before it from now on"
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store, given = store_of(options["store"]), options["secret"]
        secret = sys.stdin.readline() if given == "-" else given or webhooks.new_secret()
        entered = webhooks.enter_secret(
            store=store,
            source=options["source"],
            secret=secret,
            channel=_channel(store, options["channel"]),
            ends_old=options["end_old"],
            at=options["at"],
        )
        answer = {
            "address": f"/hooks/{store.code}/{entered.source}",
            "channel": entered.channel.code,
            "old_until": entered.previous_until and entered.previous_until.isoformat(),
        }
        return answer | ({} if given else {"secret": secret}), DONE


def _channel(store: Store, code: str | None) -> Channel | None:
    """The one named, or the only one; None where the source has to know by itself."""
    channels = store.channels.filter(is_active=True)
    if code is None:
        found = list(channels[:2])
        return found[0] if len(found) == 1 else None
    channel = channels.filter(code=code).first()
    if channel is None:
        raise CommandError(f"{store.code} has no channel {code!r}.", returncode=BAD_ARGUMENTS)
    return channel
