"""Celery's way in: sources are asked of parcels, and parcels that left are expected.

The services send these tasks and so import this module: it names them only when a task runs.
"""

from celery import shared_task
from django.utils import timezone


@shared_task(name="fulfillment.poll_parcels")
def poll_parcels() -> dict[str, int]:
    """Ask what is due. Losing this hint costs a minute: the job finds what is due."""
    from fulfillment.services import polling

    return polling.poll_due(at=timezone.now())


@shared_task(name="fulfillment.expect_parcels")
def expect_parcels(parcel_ids: list[int]) -> int:
    """These have left. Losing this hint costs a night: the job finds them."""
    from fulfillment.services import lanes

    return lanes.expect_left(parcel_ids, at=timezone.now())
