"""Celery's way in. Beat sends one tick a minute; everything else is rows."""

from typing import Any

from celery import shared_task
from celery.signals import beat_init
from django.utils import timezone

from opsdesk.schedule import hints, services


@shared_task(name="opsdesk.schedule.tick")
def tick() -> dict[str, int]:
    """Make the slots that are due and run them. A missed or doubled tick does no harm."""
    at = timezone.now()
    made = services.make_due_slots(at=at)
    return {"made": made, **services.run_waiting_slots(at=at)}


@beat_init.connect
def tick_at_once(**_facts: Any) -> None:
    """What a stop left undone is caught up with the start, not a minute later."""
    hints.send(tick)
