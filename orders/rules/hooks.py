"""Who works on the orders that platforms deliver (ORD-1)."""

from opsdesk.alerts import checks
from opsdesk.exchange.services import inbox
from orders.services import delivered


def register() -> None:
    inbox.register(*delivered.HANDLERS)
    checks.register(delivered.REFUSED)
