"""`make bench`: every figure beside a reference measured in the same run.

python -m tests.bench [NAME …] [--quick] [--json] [--strict]
"""

import argparse
import sys
import traceback
from importlib import import_module

import orjson

from tests.bench import server
from tests.bench.report import Figure, table

BENCHES = ("intake", "hot_sku", "importing", "sweeping", "rollup", "pages")


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
                figures += import_module(f"tests.bench.{name}").bench(
                    postgres, quick=arguments.quick
                )
            except Exception:
                traceback.print_exc()
                crashed.append(name)
    if arguments.json:
        answer = {"figures": [figure.as_json() for figure in figures], "crashed": crashed}
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    else:
        sys.stdout.write(table(figures) + "\n")
    missed = any(figure.is_reached is False for figure in figures)
    return 1 if crashed or (arguments.strict and missed) else 0


def say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
