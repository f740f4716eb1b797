"""Celery's way in. Beat sends one tick a minute; everything else is rows."""

from celery import shared_task
from django.utils import timezone

from opsdesk.schedule import services


@shared_task(name="opsdesk.schedule.tick")
def tick() -> dict[str, int]:
    """Make the slots that are due and run them. A missed or doubled tick does no harm."""
    at = timezone.now()
    made = services.make_due_slots(at=at)
    return {"made": made, **services.run_waiting_slots(at=at)}
