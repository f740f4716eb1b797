"""A session ends: idle for three hours, after twelve, and when password, role or account change."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from opsdesk.stores.models import Membership, User
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
DESK = "/admin/"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def person():
    return factories.UserFactory(role=Role.WAREHOUSE)


@pytest.fixture
def signed_in(client, person):
    client.post(reverse("admin:login"), {"username": person.username, "password": PASSWORD})
    assert client.get(DESK).status_code == 200
    return client


def is_in(client, at=None):
    with time_machine.travel(at or timezone.now(), tick=False):
        return client.get(DESK).status_code == 200


def test_a_session_gets_a_new_key_at_log_in(client, person):
    planted = client.session
    planted["by"] = "somebody else"
    planted.save()
    before = planted.session_key

    client.post(reverse("admin:login"), {"username": person.username, "password": PASSWORD})

    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_it_ends_after_three_hours_without_a_click(signed_in):
    now = timezone.now()

    assert is_in(signed_in, now + 2 * HOUR)
    assert is_in(signed_in, now + 4 * HOUR)
    assert not is_in(signed_in, now + 7 * HOUR + MINUTE)
    assert not is_in(signed_in, now + 4 * HOUR)


def test_it_ends_after_twelve_hours_whatever_is_clicked(signed_in):
    now = timezone.now()

    assert all(is_in(signed_in, now + hours * HOUR) for hours in (2, 4, 6, 8, 10, 11.9))
    assert not is_in(signed_in, now + 12 * HOUR + MINUTE)


@pytest.mark.parametrize("part", ["admin:badges", "admin:desk-rows"])
def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(part, signed_in):
    now = timezone.now()
    for hours in (1, 2, 2.9):
        with time_machine.travel(now + hours * HOUR, tick=False):
            assert signed_in.get(reverse(part)).status_code == 200

    assert not is_in(signed_in, now + 3 * HOUR + MINUTE)


def test_a_click_is_noted_at_most_every_five_minutes(signed_in):
    first = signed_in.session["seen_at"]
    signed_in.get(DESK)

    assert signed_in.session["seen_at"] == first


def switch_off(person):
    User.objects.filter(pk=person.pk).update(is_active=False)


def switch_off_and_on(person):
    switch_off(person)
    User.objects.filter(pk=person.pk).update(is_active=True)


def change_password(person):
    person.set_password("another unusual phrase")
    person.save()


def give_role(person):
    store = person.memberships.get().store
    Membership.objects.create(user=person, store=store, role=Role.FINANCE)


def change_role(person):
    person.memberships.update(role=Role.FINANCE)


def take_role(person):
    give_role(person)
    person.memberships.get(role=Role.FINANCE).delete()


def make_superuser(person):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stores_user SET is_superuser = true WHERE id = %s", [person.pk])


@pytest.mark.parametrize(
    "change",
    [
        switch_off,
        switch_off_and_on,
        change_password,
        give_role,
        change_role,
        take_role,
        make_superuser,
    ],
    ids=lambda change: change.__name__,
)
def test_it_ends_when_account_password_or_role_change(change, signed_in, person):
    change(person)

    assert not is_in(signed_in)


def test_another_person_s_role_ends_nobody_else_s_session(signed_in):
    change_role(factories.UserFactory(role=Role.WAREHOUSE))

    assert is_in(signed_in)


def test_an_old_copy_of_a_person_that_is_saved_revives_no_session(signed_in, person):
    old = User.objects.get(pk=person.pk)
    change_role(person)
    old.first_name = "Na"
    old.save()

    assert not is_in(signed_in)


def test_who_changes_their_name_stays_signed_in(signed_in, person):
    User.objects.filter(pk=person.pk).update(first_name="Na")

    assert is_in(signed_in)


def test_a_live_part_of_an_ended_session_leads_to_the_log_in(signed_in, person):
    switch_off(person)

    response = signed_in.get(reverse("admin:badges"), headers={"HX-Request": "true"})

    assert response.headers["HX-Redirect"].startswith(reverse("admin:login"))
