"""`make bench`: every figure beside a reference measured in the same run.

python -m tests.bench [NAME …] [--quick] [--json] [--strict]
"""

import argparse
import sys
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection

import orjson

from opsdesk.embedded import Postgres
from tests.bench import server
from tests.bench.report import Figure, table

fork = get_context("fork")

BENCHES = (
    "intake",
    "hot_sku",
    "importing",
    "stocktaking",
    "sweeping",
    "calendars",
    "covering",
    "matching",
    "rollup",
    "pages",
    "desking",
    "rest",
    "webhooks",
    "shipping",
    "tracking",
    "words",
    "reviewing",
    "quoting",
    "waves",
    "inspecting",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="small volumes: tries the program")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench is called {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    crashed: list[str] = []
    with server.running() as postgres:
        for name in arguments.names or BENCHES:
            say(f"{name} …")
            try:
                figures += _alone(name, postgres, quick=arguments.quick)
            except EOFError:
                crashed.append(name)
    if arguments.json:
        answer = {"figures": [figure.as_json() for figure in figures], "crashed": crashed}
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    else:
        sys.stdout.write(table(figures) + "\n")
    missed = any(figure.is_reached is False for figure in figures)
    return 1 if crashed or (arguments.strict and missed) else 0


def _alone(name: str, postgres: Postgres, *, quick: bool) -> list[Figure]:
    """In a process of its own: what one bench leaves in memory must not slow the next one down.

    Raises EOFError if it crashed.
    """
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=_bench, args=(name, postgres, quick, there))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def _bench(name: str, postgres: Postgres, quick: bool, answer: Connection) -> None:
    answer.send(import_module(f"tests.bench.{name}").bench(postgres, quick=quick))


def say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
