"""How every command speaks: `--json`, `--at`, and exit codes that scripts can rely on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from opsdesk import days
from opsdesk.audit.context import acting
from opsdesk.errors import DomainError
from opsdesk.stores.models import Store

DONE = 0
COULD_NOT = 1
BAD_ARGUMENTS = 2
DONE_WITH_FINDINGS = 3


def moment(text: str) -> datetime:
    """ISO 8601 with zone, as `--at` takes it."""
    try:
        parsed = parse_datetime(text)
    except ValueError:
        parsed = None
    if parsed is None or timezone.is_naive(parsed):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a moment with a zone; write 2026-03-01T09:00:00+08:00."
        )
    _refuse_endless(parsed.date())
    return parsed


def day(text: str) -> date:
    try:
        parsed = parse_date(text)
    except ValueError:
        parsed = None
    if parsed is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write 2026-03-01.")
    _refuse_endless(parsed)
    return parsed


def _refuse_endless(on: date) -> None:
    if not days.FIRST <= on <= days.LAST:
        raise argparse.ArgumentTypeError(
            f"{on} has no beginning or no end in some zone; take {days.FIRST} to {days.LAST}."
        )


def whole_number(least: int) -> Callable[[str], int]:
    """An argument type: a whole number, `least` or more."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} up.")
        return int(text)

    return parse


class OpsCommand(BaseCommand):
    """A command whose `answer` returns figures; prints them as text or as one JSON object.

    Exit codes: 0 done, 1 could not, 2 bad arguments, 3 done with rejected rows or findings.
    """

    takes_moment = False

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object on stdout.")
        if self.takes_moment:
            parser.add_argument("--at", type=moment, default=None, help="As-of time, ISO 8601.")
        self.add_own_arguments(parser)

    def add_own_arguments(self, parser: CommandParser) -> None:
        """Arguments beside --json and --at."""

    def handle(self, *args: Any, **options: Any) -> None:
        if self.takes_moment:
            options["at"] = options["at"] or timezone.now()
        try:
            with acting(via="shell", cause=f"command:{self.name}"):
                answer, code = self.answer(**options)
        except (DomainError, ValidationError) as error:
            text = error.message if isinstance(error, DomainError) else "; ".join(error.messages)
            raise CommandError(text, returncode=COULD_NOT) from error
        if options["json"]:
            self.stdout.write(orjson.dumps(answer, default=str).decode())
        else:
            self.show(answer)
        if code:
            sys.exit(code)

    def answer(self, **options: Any) -> tuple[Any, int]:
        """Do it; the figures and the exit code."""
        raise NotImplementedError

    def show(self, answer: Any) -> None:
        for name, value in answer.items():
            self.stdout.write(f"{name}: {value}")


def store_of(code: str) -> Store:
    """The store with this code; says which there are when there is none."""
    store = Store.objects.filter(code=code).first()
    if store is None:
        known = ", ".join(Store.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(
            f"No store is called {code!r}. Stores: {known}.", returncode=BAD_ARGUMENTS
        )
    return store
