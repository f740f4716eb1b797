# Makes the Celery app, which also names the settings, wherever OpsDesk is imported.
from opsdesk.celery import app as celery_app

__all__ = ["celery_app"]
