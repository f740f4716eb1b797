"""The second step of a log-in: nothing opens before it, and a code works once."""

from base64 import b64encode
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from opsdesk.access import second_step, throttle
from opsdesk.access.second_step import WrongCode
from opsdesk.audit.models import AuditEntry
from opsdesk.sealing import Unreadable
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
STEP, SET_UP, DESK = "/admin/second-step/", "/admin/second-step/set-up/", "/admin/"


@pytest.fixture
def person():
    return factories.UserFactory(role=Role.WAREHOUSE)


def code_of(user, *, later=0):
    """What the phone shows now, or so many times 30 seconds later."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(second_step.key_of(device), drift=later):06d}"


def log_in(client, user):
    user.refresh_from_db()
    return client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})


def set_up(user):
    """Returns the recovery codes. The code of this half minute is used up."""
    second_step.begin_set_up(user=user)
    return second_step.confirm_set_up(user=user, code=code_of(user), at=timezone.now())


def test_without_it_a_log_in_takes_one_step(client, person):
    log_in(client, person)

    assert client.get(DESK).status_code == 200


def test_before_the_step_nothing_opens(client, person):
    set_up(person)
    log_in(client, person)

    assert client.get(DESK).url == f"{STEP}?next=%2Fadmin%2F"
    assert client.get("/admin/catalog/sku/").status_code == 302
    assert client.post("/admin/catalog/stocklevel/receive/").status_code == 302
    assert client.get("/api/v1/stores/").status_code == 403
    live = client.get(reverse("admin:badges"), headers={"HX-Request": "true"})
    assert live.headers["HX-Redirect"] == STEP


def test_the_code_of_the_phone_opens_and_leads_on(client, person):
    set_up(person)
    log_in(client, person)
    before = client.session.session_key

    response = client.post(f"{STEP}?next=/admin/catalog/sku/", {"code": code_of(person, later=1)})

    assert response.url == "/admin/catalog/sku/"
    assert client.get(DESK).status_code == 200
    assert client.session.session_key != before


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_to_none_but_our_own_pages(page, client, person):
    set_up(person)
    log_in(client, person)

    response = client.post(f"{STEP}?next={page}", {"code": code_of(person, later=1)})

    assert response.url == DESK


def test_a_code_works_once(client, person):
    set_up(person)
    used = code_of(person)

    with pytest.raises(WrongCode):
        second_step.check_code(user=person, code=used, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_entered_twice_at_once_works_once(person):
    set_up(person)
    code, at = code_of(person, later=1), timezone.now()

    answers = run_together(
        [lambda: second_step.check_code(user=person, code=code, at=at) for _ in range(4)]
    )

    assert answers.count(None) == 1


def test_a_recovery_code_works_once(person):
    first, *others = set_up(person)

    second_step.check_code(user=person, code=first, at=timezone.now())

    with pytest.raises(WrongCode):
        second_step.check_code(user=person, code=first, at=timezone.now())
    assert len(others) == second_step.RECOVERY_CODES - 1


def test_wrong_codes_wait_and_the_right_one_with_them(client, person):
    set_up(person)
    log_in(client, person)
    for _ in range(throttle.OF_SECOND_STEP.free + 1):
        client.post(STEP, {"code": "000000"})

    response = client.post(STEP, {"code": code_of(person, later=1)})

    assert "Too many wrong codes" in response.content.decode()
    assert client.get(DESK).status_code == 302


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567890123456", "１２３４５６"])
def test_nonsense_is_a_wrong_code_and_no_error(code, client, person):
    set_up(person)
    log_in(client, person)

    assert client.post(STEP, {"code": code}).status_code == 200
    assert client.get(DESK).status_code == 302


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.FINANCE])
def test_administrators_and_finance_must_set_it_up_where_it_is_required(role, client, settings):
    settings.SECOND_STEP_REQUIRED = True
    boss = factories.UserFactory(role=role)
    log_in(client, boss)

    assert client.get(DESK).status_code == 302
    assert client.get(STEP).url == SET_UP
    page = client.get(SET_UP)
    assert "Your role needs a second step" in page.content.decode()
    assert "<svg" in page.content.decode()

    codes = client.post(SET_UP, {"code": code_of(boss)})

    assert len(codes.context["codes"]) == second_step.RECOVERY_CODES
    assert client.get(DESK).status_code == 200


def test_others_need_not(client, person, settings):
    settings.SECOND_STEP_REQUIRED = True
    log_in(client, person)

    assert client.get(DESK).status_code == 200


def test_who_must_have_it_can_not_take_it_away(client, settings):
    settings.SECOND_STEP_REQUIRED = True
    boss = factories.UserFactory(role=Role.ADMINISTRATOR)
    codes = set_up(boss)
    log_in(client, boss)
    client.post(STEP, {"code": codes[0]})

    client.post(SET_UP, {"code": codes[1]})

    assert second_step.is_set_up(boss)


def test_who_need_not_takes_it_away_with_a_code(client, person):
    codes = set_up(person)
    log_in(client, person)
    client.post(STEP, {"code": codes[0]})

    client.post(SET_UP, {"code": "000000"})
    assert second_step.is_set_up(person)

    client.post(SET_UP, {"code": codes[1]})
    assert not second_step.is_set_up(person)
    assert client.get(DESK).status_code == 200


def test_setting_it_up_ends_the_other_sessions_and_keeps_this_one(client, person):
    other = type(client)()
    log_in(other, person)
    log_in(client, person)
    client.get(SET_UP)

    client.post(SET_UP, {"code": code_of(person)})

    assert client.get(DESK).status_code == 200
    assert other.get(DESK).status_code == 302


def test_a_wrong_first_code_sets_nothing_up(client, person):
    log_in(client, person)
    client.get(SET_UP)

    response = client.post(SET_UP, {"code": "000000"})

    assert "This code is not right" in response.content.decode()
    assert not second_step.is_set_up(person)


def test_a_half_done_log_in_can_not_replace_the_phone(client, person):
    set_up(person)
    log_in(client, person)

    assert client.get(SET_UP).url == STEP
    assert client.post(SET_UP, {"code": "000000"}).url == STEP


def test_it_is_on_record_without_the_secret(person):
    set_up(person)

    entry = AuditEntry.objects.of(person).get(after={"second_step": "on"})
    device = TOTPDevice.objects.get(user=person)
    assert (entry.verb, device.key in str(list(AuditEntry.objects.values()))) == ("changed", False)


def test_the_database_holds_neither_secret_nor_codes(person):
    codes = set_up(person)

    device = TOTPDevice.objects.get(user=person)
    key = second_step.key_of(device)
    assert len(key) == 20
    assert key.hex() not in device.key
    assert b64encode(key).decode().rstrip("=") not in device.key
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == len(codes) == second_step.RECOVERY_CODES
    assert kept.isdisjoint(codes)


def test_a_secret_that_was_moved_to_another_person_opens_nothing(person):
    set_up(person)
    thief = factories.UserFactory()
    TOTPDevice.objects.filter(user=person).update(user=thief)

    with pytest.raises(Unreadable):
        second_step.key_of(TOTPDevice.objects.get(user=thief))


def test_a_recovery_code_may_be_typed_in_capitals_and_groups(person):
    first, *_others = set_up(person)

    typed = f"{first[:6]} {first[6:]}".upper()
    second_step.check_code(user=person, code=typed, at=timezone.now())


def test_a_phone_goes_on_when_the_key_has_been_replaced(person, settings):
    codes = set_up(person)
    new = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]

    assert (second_step.reseal_keys(), second_step.reseal_keys()) == (1, 0)

    settings.FIELD_KEYS = [new]
    second_step.check_code(user=person, code=code_of(person, later=1), at=timezone.now())
    second_step.check_code(user=person, code=codes[0], at=timezone.now())


def test_the_migration_seals_secrets_and_hashes_codes(person):
    TOTPDevice.objects.create(user=person, key="31" * 20, name="phone")
    device = StaticDevice.objects.create(user=person, name="recovery")
    StaticToken.objects.create(device=device, token="abcdefgh")
    migration = import_module("opsdesk.access.migrations.0003_sealed_second_steps")

    migration.seal(apps, None)
    migration.seal(apps, None)

    assert second_step.key_of(TOTPDevice.objects.get()) == b"1" * 20
    second_step.check_code(user=person, code="abcdefgh", at=timezone.now())
    migration.unseal(apps, None)
    assert TOTPDevice.objects.get().key == "31" * 20


def test_who_lost_phone_and_codes_starts_anew(client, person):
    set_up(person)
    log_in(client, person)

    call_command("reset_second_step", person.username)

    assert client.get(DESK).status_code == 302
    log_in(client, person)
    assert client.get(DESK).status_code == 200


def test_the_code_of_a_phone_that_is_late_by_half_a_minute_is_taken(person):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        set_up(person)
        clock.shift(90)
        second_step.check_code(user=person, code=code_of(person, later=-1), at=timezone.now())
