from celery import shared_task
from django.utils import timezone

from opsdesk.stores import services


@shared_task(name="opsdesk.stores.follow_work_time")
def follow_work_time() -> int:
    """Hinted when a calendar changes; the minutely job finds what the hint missed."""
    return services.follow_work_time(at=timezone.now())
