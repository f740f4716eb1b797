"""The description of the REST interface is whole, and the interface does what it says.

Schemathesis asks what the description allows and what it does not, with all of its checks.
`make fuzz` asks more of each operation than fits into every run, and by a token of each scope.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command

from opsdesk.stores.roles import Role
from opsdesk.tokens import scopes
from opsdesk.tokens.models import ApiToken
from tests import factories, processes
from tests.test_api import RESOURCES
from tests.test_metrics import answers
from tests.tokens.programs import secret_for

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = os.environ.get("EXAMPLES", "3")
IS_LONG = "EXAMPLES" in os.environ
SEED = "1"
CONFIG = str(Path(__file__).with_name("schemathesis.toml"))


def test_the_description_is_valid_and_leaves_nothing_to_guess(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_the_pages_for_people_ask_no_other_server(client):
    assert client.get("/api/v1/docs/").url.startswith("/admin/login/")
    client.force_login(factories.UserFactory())

    page = client.get("/api/v1/docs/").content.decode()
    script = client.get("/api/v1/docs/?script=").content.decode()

    assert "swagger-ui" in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "https://" not in script
    assert client.get("/api/v1/schema/", HTTP_ACCEPT="application/json").status_code == 200


@pytest.fixture
def someone():
    """Who holds every role in a store where there is something of everything."""
    store, person = factories.StoreFactory(), factories.UserFactory()
    for role in Role.values:
        factories.MembershipFactory(user=person, store=store, role=role)
    for make in RESOURCES.values():
        make(store)
    return person, store


@contextmanager
def site(port):
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "opsdesk.wsgi", "--bind", address[7:], "--threads", "4"]
        + ["--config", "python:opsdesk.web", "--no-control-socket"],
        cwd=ROOT,
        env=processes.environment(LOG_LEVEL="ERROR"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        processes.wait_until(lambda: answers(f"{address}/health/live"), "the site answers")
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def asked(address, folder, secret=""):
    """What Schemathesis found; its exit status is 0 when nothing.

    Nobody is refused before the rest of a request is read: every limit of every field, the phase
    that takes longest, is for those who get in.
    """
    phases = [] if secret or IS_LONG else ["--phases", "examples,fuzzing,stateful"]
    schema = folder / "schema.json"  # read ten times as fast as YAML
    call_command("spectacular", format="openapi-json", file=str(schema))
    headers = ["--header", f"Authorization: Bearer {secret}"] if secret else []
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG]
        + ["run", str(schema), "--url", address]
        + ["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--no-color"]
        + ["--generation-database", "none", "--suppress-health-check", "all", *phases, *headers],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=3600,
    )


EVERY_SCOPE = tuple(scope.code for scope in scopes.all_scopes())
# Every run asks as a program that may do everything, and as nobody; a long one also where all there
# is belongs to another store, and by each scope.
PROGRAMS = {"every scope": (True, EVERY_SCOPE), "nobody": (True, ())}
if IS_LONG:
    PROGRAMS["another store"] = (False, EVERY_SCOPE)
    PROGRAMS |= {scope: (True, (scope,)) for scope in EVERY_SCOPE}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_interface_does_what_its_description_says(program, someone, tmp_path, unused_tcp_port):
    (is_here, codes), (person, store) = PROGRAMS[program], someone
    if not is_here:
        store = factories.MembershipFactory(user=person, role=Role.OPERATIONS_LEAD).store
    secret = secret_for(person, store, *codes) if codes else ""
    ApiToken.objects.update(requests_per_minute=1_000_000)

    with site(unused_tcp_port) as address:
        run = asked(address, tmp_path, secret)

    assert run.returncode == 0, run.stdout + run.stderr
