"""The database is away: people and programs are asked to come back, whoever noticed it first."""

import psycopg2
import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client

from opsdesk.db import is_unavailable
from tests.tokens.programs import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client():
    """Answered as in production, where an error is no exception to the one who asks."""
    return Client(raise_request_exception=False)


@pytest.fixture
def no_database(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    yield
    connection.close()


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", ["/admin/", "/admin/orders/order/", "/admin/login/"])
def test_a_person_is_asked_to_wait(client, path):
    client.cookies[settings.SESSION_COOKIE_NAME] = "somebody's"

    answer = client.get(path)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "OpsDesk is not available for a moment" in answer.content.decode()


@pytest.mark.usefixtures("no_database")
def test_who_logs_in_is_asked_to_wait(client):
    answer = client.post("/admin/login/", {"username": "ann", "password": "secret"})

    assert (answer.status_code, answer["Content-Type"]) == (503, "text/html; charset=utf-8")


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("cookie", ["", "somebody's"])
def test_a_program_is_asked_to_try_again(client, cookie):
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    answer = client.get(f"{ROOT}orders/", headers={"Authorization": "Bearer od_12345678_secret"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0


def raised(kind: type[DatabaseError] | type[InterfaceError], cause: Exception | None) -> Exception:
    error = kind("as Django raises it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (raised(OperationalError, psycopg2.OperationalError()), True),
        (raised(InterfaceError, psycopg2.InterfaceError()), True),
        (raised(DatabaseError, psycopg2.DatabaseError("server closed the connection")), True),
        (raised(DatabaseError, None), False),  # Django's own: an update found no row
        (raised(IntegrityError, psycopg2.errors.UniqueViolation()), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_what_passes_is_told_from_what_stays(error, is_so):
    assert is_unavailable(error) is is_so
