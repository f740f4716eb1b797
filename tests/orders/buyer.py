"""A buyer in a process of its own: `python -m tests.orders.buyer STORE FIRST COUNT BATCH`.

Says "ready", waits for a line on stdin, then places COUNT orders of one piece of SKU A, BATCH at a
time, and prints how many were reserved. The environment names the database.
"""

import sys

import django

django.setup()

from opsdesk.stores.models import Store  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.orders.drafts import draft, place  # noqa: E402


def main(code: str, first: int, count: int, batch: int) -> None:
    store = Store.objects.get(code=code)
    numbers = [f"B{number}" for number in range(first, first + count)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for start in range(0, count, batch):
        place(store, *[draft(number) for number in numbers[start : start + batch]])
    mine = Order.objects.filter(store=store, external_number__in=numbers)
    sys.stdout.write(f"{mine.exclude(confirmed_at=None).count()}\n")


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))
