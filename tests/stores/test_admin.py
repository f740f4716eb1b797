"""Setup: who may touch which people, and how a number of the procedure changes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from opsdesk.stores.models import Membership, SettingOverride, User
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/stores/user/"
NUMBER = "/admin/stores/settingoverride/of/orders.confirm_within/"
STRONG = "an unusual pass phrase 7"


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def administrator(store):
    return factories.UserFactory(role=Role.ADMINISTRATOR, store=store)


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


def new_person(store, **changes):
    return {
        "username": "li.na",
        "password1": STRONG,
        "password2": STRONG,
        "usable_password": "true",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-store": store.pk,
        "memberships-0-role": Role.WAREHOUSE,
        **changes,
    }


def test_a_person_is_added_with_a_role(signed_in, administrator, store):
    response = signed_in.post(f"{PEOPLE}add/", new_person(store))

    membership = User.objects.get(username="li.na").memberships.get()
    assert response.status_code == 302
    assert (membership.store, membership.role) == (store, Role.WAREHOUSE)
    assert membership.granted_by == administrator


def test_a_person_without_a_role_is_not_added(signed_in, store):
    response = signed_in.post(
        f"{PEOPLE}add/", new_person(store, **{"memberships-0-store": "", "memberships-0-role": ""})
    )

    assert "Give the person a role in a store." in response.content.decode()
    assert not User.objects.filter(username="li.na").exists()


def test_a_role_in_another_store_is_not_granted(signed_in):
    signed_in.post(f"{PEOPLE}add/", new_person(factories.StoreFactory()))

    assert not User.objects.filter(username="li.na").exists()


def test_nobody_grants_a_role_to_themselves(signed_in, administrator, store):
    page = reverse("admin:stores_user_change", args=[administrator.pk])

    signed_in.post(
        page,
        {
            "username": administrator.username,
            "is_active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-store": store.pk,
            "memberships-0-role": Role.FINANCE,
        },
    )
    signed_in.post(
        "/admin/stores/membership/add/",
        {"user": administrator.pk, "store": store.pk, "role": Role.FINANCE},
    )

    assert administrator.memberships.count() == 1


def test_a_superuser_is_out_of_reach(signed_in, store):
    superuser = factories.UserFactory(role=Role.ANALYST, store=store, is_superuser=True)

    assert signed_in.get(f"{PEOPLE}{superuser.pk}/change/").status_code == 404
    assert signed_in.get(f"{PEOPLE}{superuser.pk}/password/").status_code == 404


def test_who_works_elsewhere_too_is_seen_and_not_changed(signed_in, store):
    """Their password would open the other store."""
    shared = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    factories.MembershipFactory(user=shared)
    page = f"{PEOPLE}{shared.pk}/"

    assert signed_in.get(f"{page}change/").status_code == 200
    assert signed_in.post(f"{page}change/", {"username": "mine"}).status_code == 403
    assert signed_in.get(f"{page}password/").status_code == 403
    refused = signed_in.post(f"{page}password/", {"password1": STRONG, "password2": STRONG})
    assert refused.status_code == 403
    shared.refresh_from_db()
    assert shared.check_password(factories.PASSWORD)


def test_nobody_makes_themselves_a_superuser(signed_in, administrator):
    signed_in.post(
        f"{PEOPLE}{administrator.pk}/change/",
        {
            "username": administrator.username,
            "is_active": "on",
            "is_superuser": "on",
            "user_permissions": "1",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )

    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert administrator.user_permissions.count() == 0


def test_a_password_is_set_for_a_person_of_ours(signed_in, store):
    person = factories.UserFactory(role=Role.WAREHOUSE, store=store)

    signed_in.post(
        f"{PEOPLE}{person.pk}/password/",
        {"password1": STRONG, "password2": STRONG, "usable_password": "true"},
    )

    person.refresh_from_db()
    assert person.check_password(STRONG)


def test_a_role_taken_away_is_gone(signed_in, store):
    membership = factories.MembershipFactory(store=store)

    signed_in.post(f"/admin/stores/membership/{membership.pk}/delete/", {"post": "yes"})

    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_nobody_takes_a_role_from_themselves(signed_in, administrator):
    own = administrator.memberships.get()

    refused = signed_in.post(f"/admin/stores/membership/{own.pk}/delete/", {"post": "yes"})
    signed_in.post(
        f"{PEOPLE}{administrator.pk}/change/",
        {
            "username": administrator.username,
            "is_active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": own.pk,
            "memberships-0-user": administrator.pk,
            "memberships-0-DELETE": "on",
        },
    )

    assert refused.status_code == 403
    assert administrator.memberships.get() == own


def test_a_role_in_another_store_is_not_taken_away(signed_in):
    membership = factories.MembershipFactory()

    response = signed_in.post(f"/admin/stores/membership/{membership.pk}/delete/", {"post": "yes"})

    assert response.status_code == 404
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_stores_and_people_are_never_deleted(client, store, administrator):
    client.force_login(factories.UserFactory(is_superuser=True))

    for path in (f"store/{store.pk}", f"user/{administrator.pk}"):
        assert client.post(f"/admin/stores/{path}/delete/", {"post": "yes"}).status_code == 403


def test_a_number_is_changed_with_its_reason(signed_in, administrator, store):
    response = signed_in.post(
        NUMBER, {"scope": f"s{store.pk}", "value": "15", "reason": "agreed with Tmall"}
    )

    override = SettingOverride.objects.get()
    assert response.status_code == 302
    assert (override.store, override.value, override.set_by) == (store, 15, administrator)
    page = signed_in.get(NUMBER).content.decode()
    assert "agreed with Tmall" in page
    assert "<strong>15</strong>" in page


def test_a_channels_number_is_its_own(signed_in, store):
    channel = store.channels.get()

    signed_in.post(NUMBER, {"scope": f"c{channel.pk}", "value": "12.5", "reason": "their promise"})

    override = SettingOverride.objects.get()
    assert (override.channel, override.value) == (channel, Decimal("12.5"))


@pytest.mark.parametrize(
    "wrong", [{"value": "0"}, {"value": "x"}, {"reason": " "}, {"valid_from": "2020-01-01T00:00"}]
)
def test_a_wrong_number_is_refused_in_words(wrong, signed_in, store):
    data = {"scope": f"s{store.pk}", "value": "15", "reason": "because"} | wrong

    response = signed_in.post(NUMBER, data)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert SettingOverride.objects.count() == 0


def test_a_number_is_not_changed_for_another_store(signed_in):
    other = factories.StoreFactory()

    response = signed_in.post(NUMBER, {"scope": f"s{other.pk}", "value": "15", "reason": "because"})

    assert "scope" in response.context["form"].errors
    assert SettingOverride.objects.count() == 0


def test_who_may_only_look_gets_no_form(client, store):
    client.force_login(factories.UserFactory(role=Role.FINANCE, store=store))

    assert client.get(NUMBER).context["form"] is None
    refused = client.post(NUMBER, {"scope": f"s{store.pk}", "value": "15", "reason": "because"})
    assert refused.status_code == 403


def test_a_later_change_is_listed_and_not_yet_in_force(signed_in, store):
    factories.SettingOverrideFactory(
        store=store, valid_from=factories.MOMENT + timedelta(days=365_00)
    )

    page = signed_in.get(NUMBER).content.decode()

    assert "not yet" in page
    assert "<strong>15</strong>" not in page


def test_a_number_nobody_declares_is_not_there(signed_in):
    assert signed_in.get("/admin/stores/settingoverride/of/no.such/").status_code == 404
