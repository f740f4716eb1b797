import pytest
from django.db import connection

from opsdesk import probe


def test_live_needs_no_database(client):
    answer = client.get("/health/live")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_with_a_database(client):
    assert client.get("/health/ready").json() == {"status": "ok", "database": "ok"}


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_database(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    answer = client.get("/health/ready")

    connection.close()
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"


@pytest.mark.django_db(transaction=True)
def test_a_container_asks_for_a_host_that_the_site_answers_to(live_server, monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", ".localhost,example.com")
    assert probe.is_well(f"{live_server}/health/ready")

    monkeypatch.setenv("ALLOWED_HOSTS", "elsewhere.example.com")
    assert not probe.is_well(f"{live_server}/health/ready")


def test_a_container_whose_server_is_gone_is_not_well(unused_tcp_port):
    assert not probe.is_well(f"http://127.0.0.1:{unused_tcp_port}/health/ready")


@pytest.mark.parametrize("path", ["/", "/admin/"])
def test_a_stranger_is_led_to_the_log_in(client, path):
    answer = client.get(path, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
