"""My desk where 50,000 alerts are open, and what it costs to keep fifty desks up to date."""

from __future__ import annotations

import os
import re
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.error import HTTPError

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from opsdesk.embedded import Postgres
from opsdesk.stores import services as stores
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from tests.bench.pages import _milliseconds
from tests.bench.report import Figure
from tests.bench.volume import AT, CLOCKS, big_store, have_to_leave
from tests.bench.webhooks import serving
from tests.bench.workers import TICKS_PER_SECOND, _stats, server_cpu

ALERTS, QUICK_ALERTS = 50_000, 500
DESKS, QUICK_DESKS = 50, 4
SECONDS, QUICK_SECONDS = 60, 2
EVERY = 15  # seconds between two questions of a desk
CHANGES = 10  # in that minute, each on the desk of another role
PAGE_MS, SHARE = 150, 10
PATIENCE_SECONDS = 30
PULSE = re.compile(r'data-pulse="([^"]+)"')

# A tenth is overdue, the rest falls due within two weeks; a few have climbed to the lead.
_ALERTS = """
INSERT INTO alerts_alert (
    store_id, check_code, key, clause, subject_label, severity, owner_role, evidence, deadline_at,
    state, opened_at, last_seen_at, resolution, times_reopened, level, escalated_to
)
SELECT %(store)s, k.code, 'bench-' || n, k.clause, 'SKU-' || n,
       (ARRAY['info', 'warning', 'critical'])[1 + n %% 3],
       (%(roles)s::text[])[1 + n %% cardinality(%(roles)s::text[])], '{}',
       %(at)s + (n::float / %(alerts)s * 380 - 38) * interval '1 hour', 'open',
       %(at)s - n * interval '20 seconds', %(at)s, '', 0, (n %% 50 = 0)::int,
       CASE WHEN n %% 50 = 0 THEN 'operations_lead' ELSE '' END
FROM generate_series(1, %(alerts)s) n
CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
        (0, 'catalog.low_stock', 'CAT-8'), (1, 'catalog.page_broken', 'INS-4'),
        (2, 'orders.review', 'ORD-3'), (3, 'fulfillment.ship', 'FUL-2'),
        (4, 'readings.unusual', 'INS-8'), (5, 'orders.funds_late', 'ORD-7')
    ) AS kind (place, code, clause) WHERE place = n %% 6
) k
"""
_CHANGE = """
UPDATE alerts_alert SET state = 'acknowledged'
WHERE id = (
    SELECT id FROM alerts_alert WHERE store_id = %s AND owner_role = %s AND state = 'open'
    ORDER BY deadline_at LIMIT 1
)
"""


@dataclass
class Desk:
    """One person's open page: their session and the pulse that the page has."""

    session: str
    pulse: str


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    store = big_store(quick=quick)
    have_to_leave(store)
    _raise_alerts(store, QUICK_ALERTS if quick else ALERTS)
    people = _people(store, QUICK_DESKS if quick else DESKS)
    rounds = (1, 1) if quick else (2, 5)
    figures = _pages(people, rounds)
    figures.append(_live(postgres, store, people, QUICK_SECONDS if quick else SECONDS))
    return figures


def _raise_alerts(store: Store, number: int) -> None:
    with connection.cursor() as cursor:
        facts = {"store": store.pk, "at": AT, "alerts": number, "roles": list(Role.values)}
        cursor.execute(_ALERTS, facts)
        cursor.execute("VACUUM ANALYZE alerts_alert")


def _people(store: Store, number: int) -> list[Client]:
    """Each of another role in turn, signed in."""
    clients = []
    for place in range(number):
        person = User.objects.create(username=f"desk-{place}", is_staff=True)
        role = list(Role)[place % len(Role)]
        stores.grant_role(user=person, store=store, role=role, actor=None, at=AT)
        person.refresh_from_db()  # A new role ends the sessions that began without it.
        client = Client()
        client.force_login(person)
        clients.append(client)
    return clients


def _pages(people: list[Client], rounds: tuple[int, int]) -> list[Figure]:
    """Of the desks the slowest role's; of the rest the operations lead's."""
    desk, alerts = reverse("admin:index"), reverse("admin:alerts_alert_changelist")
    lead = people[0]
    desks = {
        role: _milliseconds(client, desk, *rounds)
        for role, client in zip(Role, people, strict=False)
    }
    slowest = max(desks, key=lambda role: desks[role])
    asked = {
        "desk list, exchanged": reverse("admin:desk-rows"),
        "alerts, open": f"{alerts}?tab=open",
        "alerts, by clause": f"{alerts}?tab=open&clause=INS-4",
        "alerts, by a clause without any": f"{alerts}?tab=open&clause=FUL-5",
        "alerts, by owner": f"{alerts}?tab=open&owner_role=warehouse",
    }
    note = f"slowest of {len(desks)} roles: {slowest}; {CLOCKS:,} clocks"
    return [
        Figure("desk, 50,000 alerts", desks[slowest], "ms", PAGE_MS, at_least=False, note=note),
        Figure("desk, median of the roles", statistics.median(desks.values()), "ms"),
        *(
            Figure(name, _milliseconds(lead, address, *rounds), "ms", PAGE_MS, at_least=False)
            for name, address in asked.items()
        ),
    ]


def _live(postgres: Postgres, store: Store, people: list[Client], seconds: int) -> Figure:
    """Every desk asks every quarter minute, while here and there something changes."""
    with serving() as address:
        desks = [_open(address, client) for client in people]
        questions = max(1, seconds // EVERY) * len(desks)
        for desk in desks:  # every thread has met the database
            _ask(address, desk)
        before = _cpu(postgres)
        started = time.perf_counter()
        with ThreadPoolExecutor(len(desks)) as pool:

            def ask(number: int) -> int:
                due = started + number * seconds / questions
                time.sleep(max(0.0, due - time.perf_counter()))
                return _ask(address, desks[number % len(desks)])

            asking = [pool.submit(ask, number) for number in range(questions)]
            for change in range(CHANGES):
                time.sleep(max(0.0, started + change * seconds / CHANGES - time.perf_counter()))
                with connection.cursor() as cursor:
                    cursor.execute(_CHANGE, [store.pk, list(Role)[change % len(Role)]])
            answers = [each.result() for each in asking]
        wall = time.perf_counter() - started
        cpu = _cpu(postgres) - before
    assert set(answers) <= {200, 304}
    spared = answers.count(304)
    return Figure(
        f"live updates of {len(desks)} desks, of a core",
        100 * cpu / max(wall, seconds),
        "%",
        SHARE,
        at_least=False,
        note=f"{questions} questions in {wall:.0f} s, {spared} answered 304, {CHANGES} changes",
    )


def _open(address: str, client: Client) -> Desk:
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    request = urllib.request.Request(
        address + reverse("admin:index"), headers={"Cookie": _cookie(session)}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        found = PULSE.search(answer.read().decode())
    assert found is not None
    return Desk(session, found[1].replace("&quot;", '"'))


def _ask(address: str, desk: Desk) -> int:
    """As the open page does: what it shows is told, and what it gets is what it shows next."""
    headers = {
        "Cookie": _cookie(desk.session),
        "If-None-Match": desk.pulse,
        "HX-Request": "true",
        "Accept-Encoding": "gzip",
    }
    request = urllib.request.Request(address + reverse("admin:desk-rows"), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            answer.read()
            status, told = answer.status, answer.headers
    except HTTPError as answer:
        status, told = answer.code, answer.headers
    desk.pulse = told["ETag"] or desk.pulse
    return status


def _cookie(session: str) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={session}"


def _cpu(postgres: Postgres) -> float:
    """Seconds that the web processes, which are children of ours, and PostgreSQL's have used."""
    found = _stats()
    family = {os.getpid()}
    for _generation in range(2):
        family |= {pid for pid, parent, _ticks in found if parent in family}
    ticks = sum(ticks for pid, _parent, ticks in found if pid in family - {os.getpid()})
    return ticks / TICKS_PER_SECOND + server_cpu(postgres.data)
