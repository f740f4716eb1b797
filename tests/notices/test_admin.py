"""The bell on every page, what was told, and one's own subscriptions."""

import pytest
from django.urls import reverse

from opsdesk.notices.models import Notice, Subscription
from opsdesk.stores.roles import Role
from tests.factories import (
    AlertFactory,
    NoticeFactory,
    OrderFactory,
    StoreFactory,
    SubscriptionFactory,
    TargetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:notices_notice_changelist")
SUBSCRIPTIONS = reverse("admin:notices_subscription_changelist")
ADD = reverse("admin:notices_subscription_add")


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def person(store):
    return UserFactory(role=Role.ORDER_REVIEWER, store=store, email="xinyi@shop.example")


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


@pytest.fixture
def notice(person, store):
    return NoticeFactory(person=person, alert=AlertFactory(subject=OrderFactory(store=store)))


def html(client, address):
    return client.get(address).content.decode()


def test_the_bell_counts_what_is_unread_on_every_page_and_in_the_live_refresh(signed_in, notice):
    for page in (reverse("admin:index"), LIST, reverse("admin:badges")):
        said = html(signed_in, page)
        assert 'id="header-admin-notices_notice_changelist"' in said, page
        assert ">1</span>" in said, page


def test_a_notice_leads_to_its_alert_and_is_read_by_that(signed_in, notice):
    answer = signed_in.get(reverse("admin:notices_notice_change", args=[notice.pk]))

    assert answer.url == reverse("admin:alerts_alert_change", args=[notice.alert_id])
    notice.refresh_from_db()
    assert notice.read_at


def test_a_notice_of_many_alerts_leads_to_their_list(signed_in, person, notice):
    Notice.objects.update(count=12)

    answer = signed_in.get(reverse("admin:notices_notice_change", args=[notice.pk]))

    assert answer.url == f"{reverse('admin:alerts_alert_changelist')}?tab=open"


def test_all_are_read_at_once(signed_in, person, notice):
    NoticeFactory(person=person, alert=notice.alert)
    assert "Mark all as read" in html(signed_in, LIST)

    signed_in.post(reverse("admin:notices_notice_read"))

    assert not Notice.objects.unread().exists()


def test_reading_all_is_not_an_address_to_follow(signed_in):
    assert signed_in.get(reverse("admin:notices_notice_read")).status_code == 405


@pytest.mark.parametrize("superuser", [False, True])
def test_somebody_else_s_notices_and_subscriptions_are_not_there(superuser, client, notice):
    colleague = UserFactory(role=Role.ORDER_REVIEWER, store=notice.store, is_superuser=superuser)
    subscription = SubscriptionFactory(person=notice.person, store=notice.store)
    client.force_login(colleague)

    assert f'"{notice.pk}/change/' not in html(client, LIST)
    for page in (
        reverse("admin:notices_notice_change", args=[notice.pk]),
        reverse("admin:notices_subscription_change", args=[subscription.pk]),
    ):
        assert client.get(page).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_what_goes_out_by_mail_is_not_on_the_bell(signed_in, person, notice):
    Notice.objects.update(target=TargetFactory(store=notice.store))

    assert f'"{notice.pk}/change/' not in html(signed_in, LIST)


def form(store, **fields):
    return {
        "store": store.pk,
        "target": "",
        "scope": "mine",
        "least_severity": "critical",
        "told": "at once",
        "quiet_from": "",
        "quiet_until": "",
        **fields,
    }


def test_a_person_subscribes_for_themselves(signed_in, person, store):
    mail = TargetFactory(store=store, adapter="mail", address="")

    answer = signed_in.post(
        ADD,
        form(
            store,
            target=mail.pk,
            quiet_from="22:00",
            quiet_until="08:00",
            check_codes=["orders.confirm"],
        ),
    )

    assert answer.status_code == 302, answer.context["errors"]
    made = Subscription.objects.get()
    assert (made.person, made.target, made.check_codes) == (person, mail, ["orders.confirm"])
    assert "22:00–08:00" in html(signed_in, SUBSCRIPTIONS)


def test_a_subscription_is_changed_and_deleted_by_its_person(signed_in, person, store):
    mine = SubscriptionFactory(person=person, store=store)
    page = reverse("admin:notices_subscription_change", args=[mine.pk])

    signed_in.post(page, form(store, scope="store"))
    mine.refresh_from_db()
    assert mine.scope == "store"

    signed_in.post(reverse("admin:notices_subscription_delete", args=[mine.pk]), {"post": "yes"})
    assert not Subscription.objects.exists()


def test_only_targets_of_one_s_stores_that_tell_people_can_be_chosen(signed_in, store):
    for target in (
        TargetFactory(adapter="mail"),
        TargetFactory(store=store, adapter="webhook"),
        TargetFactory(store=store, adapter="sms-console"),
        TargetFactory(store=store, adapter="mail", is_active=False),
    ):
        answer = signed_in.post(ADD, form(store, target=target.pk))
        assert "target" in answer.context["adminform"].form.errors, target.adapter


def test_mail_needs_an_address(signed_in, person, store):
    person.email = ""
    person.save()
    mail = TargetFactory(store=store, adapter="mail", address="")

    answer = signed_in.post(ADD, form(store, target=mail.pk))

    assert "no mail address" in str(answer.context["adminform"].form.errors)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quiet_from": "22:00"}, "Give both times"),
        ({"told": "morning"}, "The bell knows no digest"),
        ({"told": "never"}, "The bell knows no digest"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_form(fields, said, signed_in, store):
    answer = signed_in.post(ADD, form(store, **fields))

    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("told", "kept"), [("at once", (False, False)), ("morning", (True, False))]
)
def test_how_what_comes_up_is_told_is_one_choice(told, kept, signed_in, store):
    mail = TargetFactory(store=store, adapter="mail", address="")

    signed_in.post(ADD, form(store, target=mail.pk, told=told))

    made = Subscription.objects.get()
    assert (made.is_digest, made.digests_only) == kept
    page = reverse("admin:notices_subscription_change", args=[made.pk])
    assert signed_in.get(page).context["adminform"].form["told"].value() == told


def test_nothing_as_it_comes_up_needs_an_overview(signed_in, store):
    mail = TargetFactory(store=store, adapter="mail", address="")

    refused = signed_in.post(ADD, form(store, target=mail.pk, told="never"))
    signed_in.post(ADD, form(store, target=mail.pk, told="never", tells_weekly="on"))

    assert "Choose the digests" in refused.content.decode()
    assert Subscription.objects.get().digests_only


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "as it comes up: every kind, from “warning” up, what is mine or my roles&#x27;"),
        (
            {"is_digest": True, "check_codes": ["orders.confirm"], "tells_daily": True},
            "gathered, the next morning at 9:00: 1 kind, from “warning” up, "
            "what is mine or my roles&#x27;; each morning, what is open",
        ),
        (
            {"digests_only": True, "tells_weekly": True},
            "not at all: only the overviews; on Mondays, what keeps coming back",
        ),
    ],
)
def test_the_list_says_what_each_subscription_does(fields, words, signed_in, person, store):
    mail = TargetFactory(store=store, adapter="mail", address="")
    SubscriptionFactory(person=person, store=store, target=mail, **fields)

    assert words in html(signed_in, SUBSCRIPTIONS)
