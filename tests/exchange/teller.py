"""The web process that has something to tell: `python -m tests.exchange.teller TARGET KEY`.

The environment names the database and the broker.
"""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from opsdesk.exchange.models import Target  # noqa: E402
from opsdesk.exchange.services.outbox import Draft, enqueue_message  # noqa: E402

if __name__ == "__main__":
    target = Target.objects.get(pk=int(sys.argv[1]))
    enqueue_message(Draft(target, "orders.shipped", sys.argv[2]), at=timezone.now())
