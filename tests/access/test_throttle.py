"""Guessing gets slower and slower; whoever is guessed at comes in from elsewhere (ASVS 6.3.1)."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import hashers
from django.urls import reverse
from django.utils import timezone

from opsdesk.access import throttle
from opsdesk.access.models import Guard
from opsdesk.schedule import jobs
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT, PASSWORD

pytestmark = pytest.mark.django_db
FREE = throttle.OF_ACCOUNT_AND_ADDRESS.free
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.1"
SECOND = timedelta(seconds=1)


def attempt(account="li.na", address=HERE, at=MOMENT):
    return throttle.take_turn(throttle.log_in_keys(account, address), at=at)


def fail(times, **where):
    """Each as soon as it may be made. Returns the moment after the last."""
    at = MOMENT
    for _ in range(times):
        wait = attempt(**where, at=at)
        if wait is not None:
            at += wait
            assert attempt(**where, at=at) is None
    return at


def test_a_few_typing_errors_cost_nothing():
    assert [attempt() for _ in range(FREE)] == [None] * FREE


def test_then_the_wait_doubles_up_to_an_hour():
    at, waits = MOMENT, []
    for _ in range(FREE + 14):
        wait = attempt(at=at)
        if wait is not None:
            waits.append(wait.total_seconds())
            at += wait
            assert attempt(at=at) is None

    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 3600


def test_asking_too_early_counts_nothing():
    fail(FREE)
    attempt()
    waits = {attempt(at=MOMENT + SECOND) for _ in range(20)}

    assert waits == {SECOND}


def test_the_owner_comes_in_from_elsewhere():
    fail(FREE + 3)

    assert attempt(at=MOMENT) is not None
    assert attempt(address=ELSEWHERE) is None


def test_an_address_that_tries_many_accounts_is_slowed_down():
    for number in range(throttle.OF_ADDRESS.free + 1):
        attempt(account=f"person-{number}")

    assert attempt(account="somebody else") is not None
    assert attempt(account="somebody else", address=ELSEWHERE) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"account": "li.na"}, {"account": "LI.NA"}),
        ({"account": "li.na"}, {"account": "ｌi.na"}),
        ({"address": "2001:db8::1"}, {"address": "2001:db8::ffff:2"}),
        ({"address": HERE}, {"address": f"::ffff:{HERE}"}),
    ],
)
def test_one_account_or_network_by_another_spelling_is_the_same(one, other):
    fail(FREE + 1, **one)

    assert attempt(**other, at=MOMENT) is not None


def test_the_right_password_forgets_what_went_wrong_before():
    for _ in range(FREE):
        attempt()
    throttle.give_back(throttle.log_in_keys("li.na", HERE))

    assert attempt() is None
    assert Guard.objects.count() == 2


def test_a_right_password_does_not_wash_an_address_clean():
    for number in range(throttle.OF_ADDRESS.free + 1):
        attempt(account=f"person-{number}")
    attempt(account="my own", at=MOMENT + timedelta(minutes=2))
    throttle.give_back(throttle.log_in_keys("my own", HERE))

    attempt(account="next", at=MOMENT + timedelta(minutes=2))
    assert attempt(account="one more", at=MOMENT + timedelta(minutes=2)) is not None


def test_a_day_later_all_is_forgotten():
    later = fail(FREE + 3) + throttle.FORGOTTEN_AFTER + SECOND

    assert [attempt(at=later) for _ in range(FREE)] == [None] * FREE


def test_old_guards_are_taken_away_by_a_job():
    attempt()
    later = MOMENT + throttle.FORGOTTEN_AFTER + SECOND
    attempt(account="new", at=later)

    job = jobs.get("access.forget_attempts")
    assert job.run(factories.SlotFactory(job=job.code), later) == {"forgotten": 1}


def test_what_somebody_typed_as_their_name_is_nowhere_to_be_read():
    attempt(account="my secret password")

    assert "secret" not in str(list(Guard.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_a_burst_gets_no_more_turns_than_a_queue():
    """Twelve at once, when one is allowed."""
    for _ in range(FREE):
        attempt()

    answers = run_together([partial(attempt, at=MOMENT + 2 * SECOND)] * 12)

    assert answers.count(None) == 1
    assert all(isinstance(wait, timedelta) for wait in answers if wait is not None)


@pytest.fixture
def person():
    return factories.UserFactory(role=Role.WAREHOUSE)


def log_in(client, username, password, address=HERE):
    data = {"username": username, "password": password}
    return client.post(reverse("admin:login"), data, REMOTE_ADDR=address)


def test_at_the_door(client, person, monkeypatch):
    """Once it must wait, not even the right password is looked at; elsewhere it opens."""
    for _ in range(FREE + 1):
        log_in(client, person.username, "wrong")
    looked_at = []
    monkeypatch.setattr(
        hashers, "verify_password", lambda *a, **k: looked_at.append(a) or (False, False)
    )

    refused = log_in(client, person.username, PASSWORD)

    assert "Too many failed attempts. Try again in" in refused.content.decode()
    assert looked_at == []
    monkeypatch.undo()
    assert log_in(client, person.username, PASSWORD, ELSEWHERE).status_code == 302


def test_a_forged_header_buys_no_further_turn(client, person):
    for number in range(FREE + 1):
        client.post(
            reverse("admin:login"),
            {"username": person.username, "password": "wrong"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )

    response = client.post(
        reverse("admin:login"),
        {"username": person.username, "password": "wrong"},
        headers={"X-Forwarded-For": "192.0.2.200"},
    )

    assert "Too many failed attempts" in response.content.decode()


def test_nobody_learns_which_names_exist(client, person):
    def answers(name):
        pages = [log_in(client, name, "wrong").content.decode() for _ in range(FREE + 2)]
        return ["Too many failed attempts" in page for page in pages]

    assert answers(person.username) == answers("nobody") == [False] * (FREE + 1) + [True]


def test_a_log_in_is_not_slowed_down_by_those_before(client, person):
    for _ in range(3 * FREE):
        assert log_in(client, person.username, PASSWORD).status_code == 302
    assert Guard.objects.filter(free_at__gt=timezone.now()).count() == 0
