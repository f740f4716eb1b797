"""Refused access is on record (ASVS 16.3.2), once a minute and address, and counted (16.2)."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.urls import reverse

from opsdesk.access import refusals
from opsdesk.access.models import Refusal
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT, PASSWORD
from tests.tokens.programs import ROOT, client_with, secret_for, send

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _one_minute():
    """A test is one minute long, whenever it begins."""
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def packer(client, store):
    person = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    client.force_login(person)
    return person


def refused():
    return AuditEntry.objects.filter(verb="refused")


def test_a_page_that_somebody_may_not_open(client, packer):
    address = reverse("admin:audit_auditentry_export")

    assert client.get(f"{address}?person=13812345678", REMOTE_ADDR=HERE).status_code == 403

    entry = refused().get()
    assert (entry.actor, entry.subject_id, entry.address, entry.via) == (
        packer,
        packer.pk,
        HERE,
        "page",
    )
    assert entry.after == {
        "what": "admin:audit_auditentry_export",
        "times": 1,
        "method": "GET",
        "status": 403,
    }


def test_a_page_that_is_not_there_for_them_tells_nothing(client, packer):
    theirs = factories.OrderFactory()

    assert client.get(f"/admin/orders/order/{theirs.pk}/change/").status_code == 404
    assert not refused().exists()


def test_what_a_service_refuses_is_on_record_though_it_was_rolled_back(client, store, packer):
    order = factories.OrderFactory(store=store)

    answer = client.post(f"/admin/orders/order/{order.pk}/reveal/", {"reason": "a call"})

    assert answer.status_code == 403
    assert refused().get().after["what"] == "admin:orders_order_reveal"


def test_a_contact_that_is_no_longer_shown(client, store):
    person = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store)
    client.force_login(person)
    order = factories.OrderFactory(
        store=store, fulfilment_state="delivered", placed_at=MOMENT - timedelta(days=60)
    )

    client.post(f"/admin/orders/order/{order.pk}/reveal/", {"reason": "a call"})

    entry = refused().get()
    assert (entry.actor, entry.store) == (person, store)
    assert entry.after["what"] == "admin:orders_order_reveal"


def log_in(client, name, password="wrong"):
    return client.post(
        reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=HERE
    )


def test_a_wrong_password(client, packer):
    client.logout()
    log_in(client, packer.username)

    entry = refused().get()
    assert (entry.actor, entry.subject_id, entry.subject_label) == (
        None,
        packer.pk,
        packer.username,
    )
    assert (entry.after, entry.address) == ({"what": "admin:login", "times": 1}, HERE)


def test_names_that_are_nobody_s_are_written_down_nowhere_and_share_one_entry(client):
    for number in range(20):
        log_in(client, f"my-own-password-{number}")

    entry = refused().get()
    assert (entry.subject_id, entry.subject_label) == (None, "")
    assert Refusal.objects.get().uncounted == 19
    assert "my-own" not in str(list(AuditEntry.objects.values("after", "before", "subject_label")))


def test_a_right_password_that_comes_too_early_and_one_that_opens_nothing(client, store):
    stranger = factories.UserFactory()

    log_in(client, stranger.username, PASSWORD)

    assert refused().get().subject_id == stranger.pk


def test_whoever_signs_in_is_not_refused(client, packer):
    client.logout()

    assert log_in(client, packer.username, PASSWORD).status_code == 302
    assert not refused().exists()


def test_a_wrong_second_step(client, packer):
    client.get(reverse("admin:second-step-set-up"))
    client.post(reverse("admin:second-step-set-up"), {"code": "000000"})

    assert refused().get().after["what"] == "admin:second-step-set-up"


def test_a_token_without_the_scope(store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    program = client_with(secret_for(person, store, "orders:read"))

    assert send(program, "orders", {}).status_code == 403

    entry = refused().get()
    token = ApiToken.objects.get()
    assert (entry.actor, entry.store, entry.via) == (person, store, "rest")
    assert (entry.after["token"], entry.after["status"]) == (token.prefix, 403)


def test_a_token_that_opens_nothing_any_more(store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    secret = secret_for(person, store)
    ApiToken.objects.update(revoked_at=MOMENT)

    assert client_with(secret).get(f"{ROOT}orders/").status_code == 401

    entry = refused().get()
    assert (entry.actor, entry.subject_id, entry.store) == (None, person.pk, store)
    assert (entry.after["token"], entry.after["status"]) == (ApiToken.objects.get().prefix, 401)


@pytest.mark.parametrize("sent", ["Bearer od_00000000_unknown", "Bearer x", "Basic eHg6eQ=="])
def test_a_token_that_nobody_ever_had(sent, client):
    answer = client.get(f"{ROOT}orders/", headers={"Authorization": sent})

    assert answer.status_code == 401
    assert not refused().exists()


def refuse(person=None, what="admin:index", at=MOMENT):
    return refusals.note(person=person, what=what, at=at)


def test_a_minute_has_one_entry_and_the_next_tells_how_many_there_were():
    person, other = factories.UserFactory(), factories.UserFactory()

    assert [refuse(person, at=MOMENT + second * MINUTE / 4) for second in range(4)] == [
        True,
        False,
        False,
        False,
    ]
    assert refuse(other)
    assert refuse(person, what="admin:login")
    assert refuse(person, at=MOMENT + MINUTE)

    entries = refused().filter(subject_id=person.pk, after__what="admin:index").order_by("pk")
    assert [entry.after["times"] for entry in entries] == [1, 4]


def test_what_nobody_repeats_is_told_in_the_end():
    person = factories.UserFactory()
    for _time in range(3):
        refuse(person)

    assert refusals.settle(at=MOMENT + MINUTE) == 0
    assert refusals.settle(at=MOMENT + timedelta(hours=1)) == 1
    assert refusals.settle(at=MOMENT + timedelta(hours=1)) == 0

    first, rest = refused().order_by("pk")
    assert (first.after["times"], rest.after["times"], rest.actor) == (1, 2, person)
    refusals.settle(at=MOMENT + timedelta(days=2))
    assert not Refusal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_refusals_at_once_one_is_an_entry_and_all_are_counted():
    person = factories.UserFactory()

    results = run_together([partial(refuse, person)] * 6)

    assert sorted(results) == [False] * 5 + [True]
    assert refused().count() == 1
    assert Refusal.objects.get().uncounted == 5
