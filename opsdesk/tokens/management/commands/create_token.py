import argparse
import re
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from opsdesk.commands import BAD_ARGUMENTS, DONE, OpsCommand, store_of
from opsdesk.stores.models import User
from opsdesk.tokens.services import issue_token

_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


def life(text: str) -> timedelta:
    """90d, 12h or 2w."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 90d, 12h or 2w.")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


class Command(OpsCommand):
    help = "Issue an API token for a person in a store. The secret is shown this once."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="whom it acts for")
        parser.add_argument("--store", required=True)
        parser.add_argument("--scopes", required=True, help="separated by commas")
        parser.add_argument("--expires", type=life, default=timedelta(days=90), help="90d")
        parser.add_argument("--name", default="command line", help="what it is for")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store, at = store_of(options["store"]), options["at"]
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"Nobody is called {options['user']!r}.", returncode=BAD_ARGUMENTS)
        issued = issue_token(
            user=user,
            store=store,
            name=options["name"],
            scopes=[code.strip() for code in options["scopes"].split(",") if code.strip()],
            expires_at=at + options["expires"],
            actor=None,
            at=at,
        )
        answer = {
            "token": issued.secret,
            "prefix": issued.token.prefix,
            "user": user.username,
            "store": store.code,
            "scopes": issued.token.scopes,
            "expires_at": issued.token.expires_at.isoformat(),
        }
        return answer, DONE
