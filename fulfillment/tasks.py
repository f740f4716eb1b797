"""Celery's way in: sources are asked of parcels.

The services send these tasks and so import this module: it names them only when a task runs.
"""

from celery import shared_task
from django.utils import timezone


@shared_task(name="fulfillment.poll_parcels")
def poll_parcels() -> dict[str, int]:
    """Ask what is due. Losing this hint costs a minute: the job finds what is due."""
    from fulfillment.services import polling

    return polling.poll_due(at=timezone.now())
