"""Imports that are killed, raced and bombed: nothing doubled, nothing missing, nothing eaten."""

import json
import os
import signal
import subprocess
import time
from functools import partial

import pytest
from django.db import IntegrityError

from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from orders.importers.generic import GenericImporter
from orders.models import Order
from tests.concurrency import run_together, slowly
from tests.exchange import programs
from tests.exchange.files import AS_OF, orders_csv, stage_file
from tests.exchange.malformed import bomb
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60
ROWS = 30_000


def wait_until_half_done(process: subprocess.Popen) -> ImportSession:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        session = ImportSession.objects.first()
        if session is not None and session.total and session.settled >= session.total // 2:
            return session
        time.sleep(0.005)
    pytest.fail(f"The import never came half way: {process.communicate()}")


def test_an_import_killed_half_way_goes_on_where_it_was(tmp_path):
    store, path = StoreFactory(), tmp_path / "orders.csv"
    path.write_text(orders_csv(ROWS))
    process = programs.start_import(path, store.code)

    wait_until_half_done(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    session = ImportSession.objects.get()
    assert session.state == ImportSession.State.RUNNING
    assert 0 < session.settled < ROWS
    assert Order.objects.count() == session.created

    again = programs.start_import(path, store.code)
    out, errors = again.communicate(timeout=PATIENCE)

    assert again.returncode == 0, errors
    assert json.loads(out)["session"] == session.pk
    session.refresh_from_db()
    assert session.state == ImportSession.State.DONE
    assert Order.objects.count() == session.created == session.total == ROWS


def test_the_same_file_started_twice_at_once_is_one_import(tmp_path):
    store, path = StoreFactory(), tmp_path / "orders.csv"
    path.write_text(orders_csv(10_000))

    processes = [programs.start_import(path, store.code) for _ in range(2)]
    ended = [process.communicate(timeout=PATIENCE) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ended
    answers = [json.loads(out) for out, _errors in ended]
    session = ImportSession.objects.get()
    assert {answer["session"] for answer in answers} == {session.pk}
    assert Order.objects.count() == session.created == 10_000


def test_two_runs_of_one_import_share_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 50)
    session = stage_file(StoreFactory(), tmp_path / "orders.csv", orders_csv(500))

    results = run_together([partial(applying.run, session.pk)] * 2)

    assert [each.state for each in results] == ["done", "done"]
    session.refresh_from_db()
    assert session.created == session.total == Order.objects.count() == 500
    assert session.duplicate == 0


def test_without_the_row_locks_two_runs_count_rows_twice(tmp_path, monkeypatch):
    """The negative control of the race above; the table's own constraint refuses the second."""
    monkeypatch.setattr(applying, "_FREE_ROWS", "")
    monkeypatch.setattr(applying, "_ALL_ROWS", "")
    monkeypatch.setattr(GenericImporter, "apply", slowly(GenericImporter.apply))
    session = stage_file(StoreFactory(), tmp_path / "orders.csv", orders_csv(50))

    results = run_together([partial(applying.run, session.pk)] * 2)

    assert any(isinstance(each, IntegrityError) for each in results), results


def test_two_openings_at_once_find_one_session(tmp_path):
    store, path = StoreFactory(), tmp_path / "orders.csv"
    path.write_text(orders_csv(3))
    open_it = partial(
        open_session,
        store=store,
        path=path,
        name=path.name,
        options=Options("generic", AS_OF),
        actor=None,
    )

    results = run_together([open_it] * 4)

    assert sorted(is_new for _session, is_new in results) == [False, False, False, True]
    assert ImportSession.objects.count() == 1


def test_staging_twice_at_once_stages_once(tmp_path):
    store, path = StoreFactory(), tmp_path / "orders.csv"
    path.write_text(orders_csv(300))
    session, _is_new = open_session(
        store=store, path=path, name=path.name, options=Options("generic", AS_OF), actor=None
    )

    run_together([partial(staging.stage, session.pk, path, at=AS_OF)] * 2)

    session.refresh_from_db()
    assert (session.state, session.total, session.rows.count()) == ("staged", 300, 300)


# Not getrusage: its peak counts what the parent held when it forked, which is all of the tests.
MEASURED = (
    "import re, sys; from django.core.management import execute_from_command_line as run\n"
    "try: run(sys.argv)\n"
    "finally:\n"
    "    status = open('/proc/self/status').read()\n"
    "    print(int(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1]) // 1024, file=sys.stderr)"
)


def test_a_workbook_that_would_unpack_to_300_mb_is_refused_unread(tmp_path):
    """Y8: from the sizes in the zip directory; memory and time stay those of starting up."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb())
    assert path.stat().st_size < 1_000_000
    program = [programs.MANAGE[0], "-c", MEASURED]

    process = programs.start(
        *("import_orders", path, "--store", StoreFactory().code, "--format", "generic", "--json"),
        program=program,
    )
    out, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1, errors
    assert json.loads(out)["error"]["code"] == "workbook_too_large"
    assert int(errors.split()[-1]) < 300
