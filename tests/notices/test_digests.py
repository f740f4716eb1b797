"""Digests: each morning what is open, on Mondays what keeps coming back, to those who asked."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.core import mail as mailbox
from django.db import IntegrityError, transaction

from opsdesk.alerts import services as alerts
from opsdesk.exchange.adapters import mail as mail_adapter
from opsdesk.exchange.adapters.registry import Outgoing
from opsdesk.exchange.models import OutboundMessage
from opsdesk.notices import news
from opsdesk.notices.digests import send_digests
from opsdesk.notices.models import Notice, Subscription
from opsdesk.stores.roles import Role
from tests.concurrency import run_together
from tests.factories import (
    MOMENT,
    AlertFactory,
    StoreFactory,
    SubscriptionFactory,
    TargetFactory,
    UserFactory,
)

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
AT = MOMENT + timedelta(minutes=20)


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def packer(store):
    return UserFactory(role=Role.WAREHOUSE, store=store, email="packer@shop.example")


@pytest.fixture
def mail(store):
    return TargetFactory(store=store, adapter="mail", address="", code="mail")


def subscribe(person, mail, **fields):
    fields = {"tells_daily": True, **fields}
    return SubscriptionFactory(person=person, store=mail.store, target=mail, **fields)


def alert_in(store, **fields):
    fields = {"owner_role": Role.WAREHOUSE, **fields}
    return AlertFactory(subject=None, store=store, **fields)


def send(store, day=TUESDAY, at=AT):
    return send_digests(store=store, day=day, at=at)


def sent():
    return OutboundMessage.objects.get()


def test_each_morning_tells_what_is_open(store, packer, mail):
    subscribe(packer, mail)
    alert = alert_in(store, evidence={"title": "The printer smokes"}, check_code="manual")
    alert_in(store, level=1, escalated_to=Role.OPERATIONS_LEAD)
    alert_in(store, state="resolved")
    alert_in(store, snoozed_until=AT + timedelta(hours=1))

    assert send(store) == 1

    message = sent()
    assert message.recipient == "packer@shop.example"
    assert "Open: 2. New since yesterday: 2. Overdue: 2. Climbed: 1." in message.payload["text"]
    assert "The printer smokes" in message.payload["text"]
    assert f"/admin/alerts/alert/{alert.pk}/change/" in message.payload["html"]


def test_a_digest_of_a_day_goes_out_once(store, packer, mail):
    subscribe(packer, mail)
    alert_in(store)

    send(store)
    send(store, at=AT + timedelta(hours=1))

    assert OutboundMessage.objects.count() == 1
    send(store, day=TUESDAY + timedelta(days=1))
    assert OutboundMessage.objects.count() == 2


def test_without_anything_to_say_nothing_is_sent(store, packer, mail):
    subscribe(packer, mail, tells_weekly=True)

    assert send(store, day=MONDAY) == 0


def test_unless_somebody_wants_that_told(store, packer, mail):
    subscribe(packer, mail, tells_nothing_too=True)

    assert send(store) == 1
    assert "Nothing is open." in sent().payload["text"]


def test_it_is_in_the_readers_language(store, packer, mail):
    packer.language = "zh-hans"
    packer.save(update_fields=["language"])
    subscribe(packer, mail)
    alert_in(store)

    send(store)

    assert "早上好" in sent().payload["text"]
    assert 'lang="zh-hans"' in sent().payload["html"]


def test_on_mondays_it_tells_what_keeps_coming_back(store, packer, mail):
    subscribe(packer, mail, tells_daily=False, tells_weekly=True)
    alert_in(store, is_recurring=True, days_seen=4, state="resolved")
    alert_in(store)

    assert send(store, day=TUESDAY) == 0
    assert send(store, day=MONDAY) == 1

    assert "Keeps coming back: 1." in sent().payload["text"]
    assert "seen on 4 days" in sent().payload["text"]


def test_on_mondays_it_names_checks_that_nobody_heeds(store, packer, mail):
    subscribe(packer, mail, tells_daily=False, tells_weekly=True)
    found = [alerts.Finding(f"K{n}", f"K{n}", Role.WAREHOUSE) for n in range(12)]
    check = {"store_id": store.pk, "check_code": "orders.confirm"}
    alerts.raise_findings(**check, findings=found, at=MOMENT)
    alerts.close_absent(**check, seen=[], at=AT)

    send(store, day=MONDAY)

    assert "ignored 12 of 12 times" in sent().payload["text"]


def test_it_tells_what_the_subscription_is_about(store, packer, mail):
    subscribe(packer, mail, least_severity="critical", check_codes=["orders.confirm"])
    alert_in(store, severity="warning")
    alert_in(store, check_code="manual", evidence={"title": "Smoke"})
    alert_in(store, owner_role=Role.FINANCE)
    assert send(store) == 0

    Subscription.objects.update(scope="store")

    assert send(store) == 1
    assert "Open: 1." in sent().payload["text"]


def test_who_left_the_store_is_told_nothing(store, packer, mail):
    subscribe(packer, mail)
    alert_in(store)
    packer.memberships.all().delete()

    assert send(store) == 0


def test_who_wants_digests_only_is_not_told_as_it_comes_up(store, packer, mail):
    subscribe(packer, mail, digests_only=True)
    alerts.raise_findings(
        store_id=store.pk,
        check_code="orders.confirm",
        findings=[alerts.Finding("A", "A", Role.WAREHOUSE)],
        at=MOMENT,
    )

    news.collect_news(at=MOMENT)

    assert not Notice.objects.filter(target=mail).exists()


def test_quiet_hours_hold_it_back(store, packer, mail):
    now = AT.astimezone(store.zone)
    subscribe(
        packer,
        mail,
        quiet_from=(now - timedelta(hours=1)).time(),
        quiet_until=(now + timedelta(hours=1)).time(),
    )
    alert_in(store)

    send(store)

    assert sent().next_at == AT + timedelta(hours=1)


def test_a_number_in_an_alert_is_masked(store, packer, mail):
    subscribe(packer, mail)
    alert_in(store, subject_label="ring 13812345678")

    send(store)

    assert "13812345678" not in str(sent().payload)


def test_words_in_an_alert_are_no_markup(store, packer, mail):
    subscribe(packer, mail)
    alert_in(store, subject_label="<script>alert(1)</script>")

    send(store)

    assert "<script>" not in sent().payload["html"]


def test_the_mail_has_both_forms(store, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    message = Outgoing(
        address="",
        token="",
        secret="",
        recipient="a@shop.example",
        payload={"subject": "S", "text": "plain", "html": "<p>rich</p>"},
        public_id=UUID(int=1),
        at=AT,
    )

    mail_adapter.send(message)

    (mail,) = mailbox.outbox
    assert mail.body == "plain"
    assert [(each.content, each.mimetype) for each in mail.alternatives] == [
        ("<p>rich</p>", "text/html")
    ]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"tells_daily": True}, "subscription_digests_need_a_way"),
        ({"digests_only": True}, "subscription_digests_need_a_way"),
    ],
)
def test_the_bell_knows_no_digests(wrong, name, store, packer):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SubscriptionFactory(person=packer, store=store, **wrong)


def test_who_wants_digests_only_names_one(store, packer, mail):
    with (
        pytest.raises(IntegrityError, match="subscription_digests_only_names_one"),
        transaction.atomic(),
    ):
        subscribe(packer, mail, tells_daily=False, digests_only=True)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_each_digest_once():
    store = StoreFactory()
    person = UserFactory(role=Role.WAREHOUSE, store=store, email="packer@shop.example")
    subscribe(person, TargetFactory(store=store, adapter="mail", address="", code="mail"))
    alert_in(store)

    run_together([partial(send, store)] * 3)

    assert OutboundMessage.objects.count() == 1
