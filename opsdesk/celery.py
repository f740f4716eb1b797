import os

from celery import Celery

# Celery looks for Django when the app is made, which importing this package does.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.settings")

app = Celery("opsdesk", task_cls="opsdesk.audit.tasks:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
