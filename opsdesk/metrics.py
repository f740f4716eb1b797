"""`/metrics` for Prometheus: requests of every web process, and how the work behind them goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hmac import compare_digest
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from opsdesk import waiting


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For allowed addresses, or with the token of the environment; to anybody else not there."""
    if not _may_look(request):
        return HttpResponse(status=404)
    body = generate_latest(_of_the_processes()) + _of_the_work()
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_look(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    # The address of the peer itself: what it says about others it forwards for is not believed.
    peer = request.META.get("REMOTE_ADDR", "")
    if not peer:
        return False
    return any(ip_address(peer) in ip_network(each) for each in settings.METRICS_ALLOWED)


def _of_the_processes() -> CollectorRegistry:
    """Every web process writes its counts to one folder, and any of them can add them up."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


def _of_the_work() -> bytes:
    registry = CollectorRegistry()
    registry.register(_WorkCollector())
    return generate_latest(registry)


class _WorkCollector:
    """Read from the database when asked, the same whichever process answers."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("opsdesk_database_up", "Whether the database answers")
        try:
            work = waiting.work(timezone.now())
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _gauges(work)


def _gauges(work: waiting.Work) -> Iterator[GaugeMetricFamily]:
    if work.beat_age is not None:
        yield GaugeMetricFamily(
            "opsdesk_beat_age_seconds", "Since the last tick", value=work.beat_age
        )
    yield GaugeMetricFamily(
        "opsdesk_late_slots", "Runs that wait for more than five minutes", value=work.late_slots
    )
    yield GaugeMetricFamily(
        "opsdesk_parked_slots", "Runs of a day that failed for good", value=work.parked_slots
    )
    oldest = GaugeMetricFamily(
        "opsdesk_oldest_waiting_seconds", "Age of the oldest waiting row", labels=["kind"]
    )
    for kind, age in work.waiting.items():
        oldest.add_metric([kind], age)
    yield oldest
    queue = GaugeMetricFamily("opsdesk_queue_up", "Whether Redis answers")
    queue.add_metric([], 0 if work.queues is None else 1)
    yield queue
    depth = GaugeMetricFamily("opsdesk_queue_depth", "Messages nobody took", labels=["queue"])
    for name, length in (work.queues or {}).items():
        depth.add_metric([name], length)
    yield depth
