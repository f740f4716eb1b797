"""What a load balancer, an orchestrator or a watchman asks: alive, able to serve, at work?"""

from __future__ import annotations

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from opsdesk import waiting


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers; says nothing about others, so that their trouble restarts nobody."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database or with migrations to come; without Redis still 200, degraded.

    Work waits in rows while the broker is away or full, so pages are served all the same.
    """
    try:
        missing = _migrations() - set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    if missing:
        return JsonResponse(
            {"status": "unavailable", "database": "ok", "migrations": "pending"}, status=503
        )
    queue = waiting.queue_state()
    return JsonResponse(
        {
            "status": "ok" if queue == "ok" else "degraded",
            "database": "ok",
            "migrations": "ok",
            "queue": queue,
        }
    )


@never_cache
def jobs(request: HttpRequest) -> JsonResponse:
    """503 while nobody ticks or runs are late, with the figures either way."""
    try:
        work = waiting.work(timezone.now())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse(work.as_data(), status=200 if work.goes_on else 503)


@cache
def _migrations() -> set[tuple[str, str]]:
    """Those that this code brings along. Read from the disk once per process."""
    return set(MigrationLoader(None).disk_migrations)
