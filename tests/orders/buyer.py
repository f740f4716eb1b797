"""A buyer in a process of its own: `python -m tests.orders.buyer`.

The environment names the database. Says "ready"; for each line `STORE FIRST COUNT BATCH` on stdin
it places COUNT orders of one piece of SKU A, BATCH at a time, and prints how many were reserved.
"""

import sys

import django

django.setup()

from opsdesk.stores.models import Store  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.orders.drafts import draft, place  # noqa: E402


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def buy(code: str, first: int, count: int, batch: int) -> int:
    store = Store.objects.get(code=code)
    numbers = [f"B{number}" for number in range(first, first + count)]
    for start in range(0, count, batch):
        place(store, *[draft(number) for number in numbers[start : start + batch]])
    mine = Order.objects.filter(store=store, external_number__in=numbers)
    return mine.exclude(confirmed_at=None).count()


if __name__ == "__main__":
    say("ready")
    for line in sys.stdin:
        store_code, *numbers = line.split()
        say(str(buy(store_code, *map(int, numbers))))
