from celery import shared_task
from django.utils import timezone

from opsdesk.bulk import services


@shared_task(name="opsdesk.bulk.run")
def run_bulk_task(task_id: int) -> str | None:
    """Carry out one bulk action. Twice is harmless: the second finds nothing to do."""
    return services.run(task_id, at=timezone.now())
