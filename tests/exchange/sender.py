"""A worker that sends what is due: `python -m tests.exchange.sender MOMENT`."""

import sys
from datetime import datetime

import django

django.setup()

from opsdesk.exchange.services import delivering  # noqa: E402

if __name__ == "__main__":
    delivering.deliver_due(at=datetime.fromisoformat(sys.argv[1]))
