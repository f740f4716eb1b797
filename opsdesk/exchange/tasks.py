"""Celery's way in: one task that carries an import on, whatever it waits for."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="exchange.run_import")
def run_import(session_id: int) -> str:
    """One stretch of the import. Safe to repeat and to run twice at once."""
    # `background` sends this task and so imports this module.
    from opsdesk.exchange.services import background

    return background.carry_on(session_id, at=timezone.now())
