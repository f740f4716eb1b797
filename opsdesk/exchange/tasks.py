"""Celery's way in: imports are carried on, messages sent, deliveries worked on.

The services send these tasks and so import this module: it names them only when a task runs.
"""

from celery import shared_task
from django.utils import timezone


@shared_task(name="exchange.run_import")
def run_import(session_id: int) -> str:
    """One stretch of the import. Safe to repeat and to run twice at once."""
    from opsdesk.exchange.services import background

    return background.carry_on(session_id, at=timezone.now())


@shared_task(name="exchange.deliver_messages")
def deliver_messages() -> dict[str, int]:
    """Send what is due. Safe to repeat and to run twice at once."""
    from opsdesk.exchange.services import delivering

    return delivering.deliver_due(at=timezone.now())


@shared_task(name="exchange.process_delivery")
def process_delivery(delivery_id: int) -> str | None:
    """Work on one delivery. Safe to repeat and to run twice at once."""
    from opsdesk.exchange.services import inbox

    return inbox.process_delivery(delivery_id, at=timezone.now())


@shared_task(name="exchange.process_deliveries")
def process_deliveries() -> dict[str, int]:
    """Work on every delivery that is due. Safe to repeat and to run twice at once."""
    from opsdesk.exchange.services import inbox

    return inbox.process_waiting(at=timezone.now())
