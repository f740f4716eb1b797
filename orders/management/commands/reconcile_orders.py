"""`manage.py reconcile_orders --store CODE --channel CODE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from opsdesk.commands import (
    BAD_ARGUMENTS,
    COULD_NOT,
    DONE,
    DONE_WITH_FINDINGS,
    OpsCommand,
    moment,
    store_of,
)
from opsdesk.stores.models import Channel
from orders.models import ChannelDifference, ChannelReconciliation
from orders.services import reconciling
from orders.sources import listings

_SHOWN = 100
_TOLD = ("external_number", "kind", "field", "ours", "theirs")


class Command(OpsCommand):
    help = "Ask a channel which orders changed and compare them. Exit code 3: open differences."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--channel", required=True, metavar="CODE")
        parser.add_argument("--from", dest="since", type=moment, help="Default: days back.")
        parser.add_argument("--to", dest="until", type=moment, help="Default: the moment itself.")
        parser.add_argument("--file", type=Path, help="A listing instead of the channel's source.")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        channel = _channel(options["store"], options["channel"])
        path: Path | None = options["file"]
        if path is not None and not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=BAD_ARGUMENTS)
        since, until = reconciling.period_of(channel, at=options["at"])
        run = reconciling.reconcile_channel(
            channel=channel,
            since=options["since"] or since,
            until=options["until"] or until,
            at=options["at"],
            source=listings.uploaded(path, name=path.name) if path else None,
        )
        open_ones = ChannelDifference.objects.open().filter(channel=channel)
        answer = {
            "run": run.pk,
            "listed": run.listed,
            "agreeing": run.agreeing,
            "missing_here": run.missing_here,
            "missing_there": run.missing_there,
            "different": run.different,
            "open": open_ones.count(),
            "problem": run.problem,
            "differences": list(open_ones.order_by("pk").values(*_TOLD)[:_SHOWN]),
        }
        return answer, _code(run, answer["open"])

    def show(self, answer: dict[str, Any]) -> None:
        if answer["problem"]:
            self.stderr.write(answer["problem"])
        self.stdout.write(
            _(
                "%(listed)d listed: %(agreeing)d agree, %(missing_here)d missing here, "
                "%(missing_there)d missing there, %(different)d different; %(open)d open."
            )
            % answer
        )
        for row in answer["differences"]:
            self.stdout.write("  ".join(text for text in row.values() if text))


def _code(run: ChannelReconciliation, open_ones: int) -> int:
    if run.problem:
        return COULD_NOT
    return DONE_WITH_FINDINGS if open_ones else DONE


def _channel(store_code: str, code: str) -> Channel:
    store = store_of(store_code)
    channel = store.channels.filter(code=code).select_related("store").first()
    if channel is None:
        known = ", ".join(store.channels.values_list("code", flat=True))
        raise CommandError(
            f"{store.code} has no channel {code!r}. Channels: {known}.", returncode=BAD_ARGUMENTS
        )
    return channel
