from celery import shared_task
from django.utils import timezone

from opsdesk.inspection.services import mailing, walking


@shared_task(name="opsdesk.inspection.walk")
def walk_through(run_id: int) -> str | None:
    """Walk one run. Twice is harmless: the second finds nothing to do."""
    return walking.walk(run_id, at=timezone.now())


@shared_task(name="opsdesk.inspection.mail_sheets")
def mail_sheets() -> int:
    """Whoever subscribed has the sheets that were signed. Twice is harmless."""
    return mailing.mail_sheets(at=timezone.now())
