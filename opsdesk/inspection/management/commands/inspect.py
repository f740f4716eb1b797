from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext

from opsdesk.commands import BAD_ARGUMENTS, DONE, DONE_WITH_FINDINGS, OpsCommand, store_of
from opsdesk.errors import Conflict
from opsdesk.inspection import checks, reporting
from opsdesk.inspection.services.walking import ask_for_inspection, walk


class Command(OpsCommand):
    help = "Walk through a store now: every check of the daily inspection, or one clause of it."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, help="Code of the store.")
        parser.add_argument(
            "--check", help="One clause (INS-3) or one check (INS-3.covered) instead of all."
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store, at = store_of(options["store"]), options["at"]
        run = ask_for_inspection(
            store=store, actor=None, at=at, codes=_codes(options["check"]), waits_for_worker=False
        )
        if walk(run.pk, at=at) is None:
            raise Conflict(
                gettext("Another inspection of this store is running; this one follows it.")
            )
        run.refresh_from_db()
        told = reporting.of_run(run)
        found = any(check["outcome"] == "findings" for check in told["checks"])
        return told, DONE_WITH_FINDINGS if found else DONE

    def show(self, answer: dict[str, Any]) -> None:
        for check in answer["checks"]:
            for part in check["parts"]:
                self.stdout.write(reporting.line_of(part))
                for finding in part["findings"]:
                    self.stdout.write(f"    {finding['severity']}: {finding['subject']}")


def _codes(name: str | None) -> list[str] | None:
    if name is None:
        return None
    try:
        return [check.code for check in checks.named(name)]
    except checks.UnknownCheck as error:
        known = ", ".join(sorted({check.clause for check in checks.all_checks()}))
        raise CommandError(f"{error} Clauses: {known}.", returncode=BAD_ARGUMENTS) from error
