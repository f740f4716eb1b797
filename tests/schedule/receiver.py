"""The web process that takes goods in: `python -m tests.schedule.receiver SKU WAREHOUSE`.

The environment names the database and the broker.
"""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from catalog.services.stock import receive_stock  # noqa: E402

if __name__ == "__main__":
    receive_stock(
        sku_id=int(sys.argv[1]),
        warehouse_id=int(sys.argv[2]),
        quantity=1,
        actor=None,
        at=timezone.now(),
    )
