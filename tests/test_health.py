from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from opsdesk import probe
from opsdesk.approvals.models import Approval
from opsdesk.audit import chain
from opsdesk.celery import app
from tests import factories

ALL_WELL = {"status": "ok", "database": "ok", "migrations": "ok", "queue": "ok"}


@pytest.fixture
def no_redis(monkeypatch, unused_tcp_port):
    monkeypatch.setitem(app.conf, "broker_url", f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setitem(app.conf, "broker_read_url", f"redis://127.0.0.1:{unused_tcp_port}/0")


@pytest.fixture
def no_database(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    yield
    connection.close()


def test_live_needs_no_database(client):
    answer = client.get("/health/live")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_with_a_database(client):
    assert client.get("/health/ready").json() == ALL_WELL


@pytest.mark.django_db
def test_without_redis_pages_are_served_all_the_same(client, no_redis):
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == ALL_WELL | {"status": "degraded", "queue": "unreachable"}


@pytest.mark.django_db
def test_not_ready_before_the_migrations_have_run(client):
    MigrationRecorder.Migration.objects.filter(app="tokens").delete()

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "pending"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["ready", "jobs"])
def test_not_well_without_a_database(client, no_database, path):
    answer = client.get(f"/health/{path}")

    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"


@pytest.mark.django_db
def test_work_that_goes_on_is_well(client):
    now = timezone.now()
    factories.SlotFactory(slot_at=now - timedelta(seconds=30), state="done")
    chain.link_entries()  # The migrations wrote down the rights of the roles.

    answer = client.get("/health/jobs")

    assert answer.status_code == 200
    figures = answer.json()
    assert 30 <= figures["beat_age_seconds"] < 60
    assert figures["late_slots"] == 0
    assert figures["queue_depth"].keys() == {"celery", "clock"}
    assert set(figures["oldest_waiting_seconds"].values()) == {0.0}


@pytest.mark.django_db
def test_a_silent_scheduler_is_not_well(client):
    factories.SlotFactory(slot_at=timezone.now() - timedelta(minutes=4), state="done")

    assert client.get("/health/jobs").status_code == 503


@pytest.mark.django_db
def test_a_scheduler_that_catches_up_is_well(client):
    """The run of a day that was missed is made after those of this minute."""
    now = timezone.now()
    factories.SlotFactory(slot_at=now, state="done")
    factories.SlotFactory(slot_at=now - timedelta(hours=20), state="done")

    assert client.get("/health/jobs").status_code == 200


@pytest.mark.django_db
def test_a_scheduler_that_never_ran_is_not_well(client):
    answer = client.get("/health/jobs")

    assert answer.status_code == 503
    assert answer.json()["beat_age_seconds"] is None


@pytest.mark.django_db
def test_a_run_that_waits_too_long_is_late(client):
    now = timezone.now()
    factories.SlotFactory(slot_at=now - timedelta(minutes=6))
    factories.SlotFactory(slot_at=now)

    answer = client.get("/health/jobs")

    assert answer.status_code == 503
    assert answer.json()["late_slots"] == 1
    assert answer.json()["oldest_waiting_seconds"]["slots"] >= 360


@pytest.mark.django_db
def test_a_bulk_action_and_an_import_that_wait_are_seen(client):
    old = timezone.now() - timedelta(minutes=2)
    factories.BulkTaskFactory(started_at=old)
    factories.ImportSessionFactory(created_at=old, state="running")

    ages = client.get("/health/jobs").json()["oldest_waiting_seconds"]

    assert ages["bulk actions"] >= 120
    assert ages["imports"] >= 120


@pytest.mark.django_db
def test_a_message_and_a_delivery_that_wait_are_seen(client):
    old = timezone.now() - timedelta(minutes=2)
    factories.OutboundMessageFactory(next_at=old)
    factories.InboundDeliveryFactory(next_at=old)

    ages = client.get("/health/jobs").json()["oldest_waiting_seconds"]

    assert ages["messages"] >= 120
    assert ages["deliveries"] >= 120


@pytest.mark.django_db
def test_an_approved_request_that_nobody_carries_out_is_seen(client):
    old = timezone.now() - timedelta(minutes=2)
    declared = factories.EmergencyFactory()
    asked = Approval.objects.filter(pk=declared.approval_id)
    asked.update(state="approved", decided_at=old)

    ages = client.get("/health/jobs").json()["oldest_waiting_seconds"]

    assert ages["approved requests"] >= 120


@pytest.mark.django_db
def test_without_redis_the_depth_of_the_queues_is_not_known(client, no_redis):
    assert client.get("/health/jobs").json()["queue_depth"] is None


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
