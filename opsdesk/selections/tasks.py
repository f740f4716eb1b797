from celery import shared_task
from django.utils import timezone

from opsdesk.selections import writing


@shared_task(name="opsdesk.selections.write")
def write_export(export_id: int) -> str | None:
    """Write one export. Twice is harmless: the second finds nothing to do."""
    return writing.write(export_id, at=timezone.now())
