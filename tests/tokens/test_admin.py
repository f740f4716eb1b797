"""Tokens on the administrator's screens."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.stores.roles import Role
from opsdesk.tokens.authentication import Refused, use_token
from opsdesk.tokens.models import ApiToken
from tests import factories
from tests.tokens.programs import secret_for

pytestmark = pytest.mark.django_db
ADD = "/admin/tokens/apitoken/add/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def signed_in(client, store):
    client.force_login(factories.UserFactory(role=Role.ADMINISTRATOR, store=store))
    return client


@pytest.fixture
def given(store):
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    return {
        "store": store.pk,
        "user": person.pk,
        "name": "shop bridge",
        "days": 30,
        "scopes": ["orders:read"],
    }


def secret_on(response):
    return re.search(r"od_[0-9a-f]{8}_[\w-]+", response.content.decode())[0]


def page_of(token):
    return reverse("admin:tokens_apitoken_change", args=[token.pk])


def test_a_secret_is_shown_once_and_on_no_page_again(signed_in, given):
    issued = signed_in.post(ADD, given)

    secret = secret_on(issued)
    token = use_token(secret, at=timezone.now())
    assert "no-store" in issued["Cache-Control"]
    for page in (page_of(token), reverse("admin:tokens_apitoken_changelist")):
        assert secret not in signed_in.get(page).content.decode()


def test_a_person_of_another_store_can_not_be_chosen(signed_in, given):
    stranger = factories.UserFactory(role=Role.ORDER_REVIEWER, store=factories.StoreFactory())

    response = signed_in.post(ADD, {**given, "user": stranger.pk})

    assert response.status_code == 200
    assert not ApiToken.objects.exists()


def test_a_refusal_is_said_on_the_form(signed_in, given):
    response = signed_in.post(ADD, {**given, "days": 2000})

    assert "at most 365 days" in response.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("do", ["rotate", "revoke"])
def test_a_token_is_changed_on_its_page(do, signed_in, store):
    person = factories.UserFactory(role=Role.ANALYST, store=store)
    old = secret_for(person, store)
    token = ApiToken.objects.get()

    response = signed_in.post(page_of(token), {"do": do})

    now = timezone.now()
    if do == "rotate":
        assert use_token(secret_on(response), at=now).family == token.family
    else:
        with pytest.raises(Refused):
            use_token(old, at=now)


@pytest.mark.parametrize("do", ["rotate", "revoke"])
def test_who_may_only_look_changes_nothing(do, client, store):
    token = factories.ApiTokenFactory(store=store, expires_at=timezone.now() + timedelta(1))
    client.force_login(factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store))

    assert client.get(page_of(token)).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(page_of(token), {"do": do}).status_code == 403
    assert ApiToken.objects.get().revoked_at is None
