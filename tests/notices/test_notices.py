"""People are told what comes up: those it concerns, once, where and when they want it."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from opsdesk import db
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.deadlines.sweeping import sweep
from opsdesk.exchange.models import OutboundMessage
from opsdesk.notices import news, services
from opsdesk.notices.models import Notice, NoticeMark
from opsdesk.stores.roles import Role
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    DeadlineFactory,
    NoticeFactory,
    OrderFactory,
    StoreFactory,
    SubscriptionFactory,
    TargetFactory,
    UserFactory,
)

LATER = MOMENT + timedelta(minutes=20)


def raise_alert(store, key="1", *, severity="warning", role=Role.WAREHOUSE, at=MOMENT):
    alerts.raise_findings(
        store_id=store.pk,
        check_code="orders.confirm",
        findings=[alerts.Finding(key, f"order {key}", role, severity=severity)],
        at=at,
    )
    return Alert.objects.get(store=store, key=key)


def collect(at=MOMENT):
    return news.collect_news(at=at)


def bell_of(person):
    return Notice.objects.on_the_bell(person)


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def packer(store):
    return UserFactory(role=Role.WAREHOUSE, store=store, email="packer@shop.example")


@pytest.fixture
def lead(store):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=store)


@pytest.fixture
def mail(store):
    return TargetFactory(store=store, adapter="mail", address="", code="mail")


def test_without_a_subscription_the_bell_tells_of_one_s_own_desk_from_warnings_up(
    store, packer, lead
):
    raise_alert(store, "1", severity="warning")
    raise_alert(store, "2", severity="info")
    elsewhere = UserFactory(role=Role.WAREHOUSE)

    assert collect() == 1

    notice = bell_of(packer).get()
    assert (notice.kind, notice.severity, notice.count) == ("opened", "warning", 1)
    assert not bell_of(lead).exists()
    assert not bell_of(elsewhere).exists()


def test_an_event_is_told_once(store, packer):
    raise_alert(store)
    assert collect() == 1
    raise_alert(store)

    assert collect(LATER) == 0


def test_a_reopened_alert_is_news_again(store, packer):
    raise_alert(store)
    collect()
    alerts.close_themselves(store_id=store.pk, check_code="orders.confirm", keys=["1"], at=MOMENT)
    raise_alert(store, at=LATER)

    assert collect(LATER) == 1
    assert bell_of(packer).latest("pk").kind == AlertEvent.Kind.REOPENED


def test_what_was_settled_before_anybody_was_told_is_no_news(store, packer):
    raise_alert(store)
    alerts.close_themselves(store_id=store.pk, check_code="orders.confirm", keys=["1"], at=MOMENT)

    assert collect() == 0


def test_what_is_given_to_somebody_tells_them_and_no_longer_their_colleagues(store, packer, lead):
    colleague = UserFactory(role=Role.WAREHOUSE, store=store)
    alert = raise_alert(store)
    collect()
    alerts.assign(alert_ids=[alert.pk], assignee=packer, actor=lead, at=LATER)

    assert collect(LATER) == 1

    assert bell_of(packer).latest("pk").kind == AlertEvent.Kind.ASSIGNED
    assert bell_of(colleague).count() == 1


def test_what_one_does_oneself_is_no_news(store, packer):
    alert = raise_alert(store)
    collect()
    alerts.assign(alert_ids=[alert.pk], assignee=packer, actor=packer, at=LATER)

    assert collect(LATER) == 0


def test_many_alerts_of_a_kind_are_one_notice_that_counts_them(store, packer):
    for number in range(30):
        raise_alert(store, str(number), severity="critical" if number == 3 else "warning")

    assert collect() == 1

    notice = bell_of(packer).get()
    assert (notice.count, notice.severity) == (30, "critical")
    assert services.line_of(notice).endswith("× 30")


def test_a_sweep_that_raises_alerts_by_itself_is_told_of(store):
    reviewer = UserFactory(role=Role.ORDER_REVIEWER, store=store)
    for _ in range(3):
        DeadlineFactory(subject=OrderFactory(store=store))
    sweep(at=LATER)

    assert collect(LATER) == 1
    assert bell_of(reviewer).get().count == 3


def test_a_bell_subscription_takes_the_place_of_what_holds_without_one(store, lead, packer):
    SubscriptionFactory(person=lead, store=store, scope="store", least_severity="info")
    SubscriptionFactory(person=packer, store=store, least_severity="critical")
    raise_alert(store, severity="info")

    assert collect() == 1
    assert bell_of(lead).exists()


def test_only_the_chosen_kinds_are_told(store, packer):
    SubscriptionFactory(person=packer, store=store, check_codes=["fulfillment.ship"])
    raise_alert(store)

    assert collect() == 0


def test_whoever_left_the_store_or_was_switched_off_is_told_nothing(store, packer, mail):
    gone = UserFactory(role=Role.WAREHOUSE)
    SubscriptionFactory(person=gone, store=store, scope="store")
    packer.is_active = False
    packer.save()
    raise_alert(store)

    assert collect() == 0


def test_by_mail_all_that_came_up_for_a_person_is_one_message_in_their_language(
    store, packer, mail
):
    packer.language = "zh-hans"
    packer.save()
    SubscriptionFactory(person=packer, store=store, target=mail)
    raise_alert(store, "1")
    alerts.raise_by_hand(
        store=store, title="Ring 13812345678", owner_role=Role.WAREHOUSE, actor=None, at=MOMENT
    )
    collect()

    assert services.tell_people(at=MOMENT) == 1
    assert services.tell_people(at=LATER) == 0

    message = OutboundMessage.objects.get()
    assert (message.target, message.recipient) == (mail, "packer@shop.example")
    assert message.payload["subject"].startswith(f"{store}：")
    assert "order 1" in message.payload["text"]
    assert "138****5678" in message.payload["text"]
    assert "13812345678" not in message.payload["text"]


def test_a_robot_is_told_without_a_recipient(store, packer):
    robot = TargetFactory(store=store, adapter="wecom")
    SubscriptionFactory(person=packer, store=store, target=robot)
    raise_alert(store)
    collect()
    services.tell_people(at=MOMENT)

    assert OutboundMessage.objects.get().recipient == ""


def test_a_long_message_is_cut_and_says_so(store, packer, mail):
    SubscriptionFactory(person=packer, store=store, target=mail)
    alert = raise_alert(store)
    for _ in range(30):
        NoticeFactory(person=packer, alert=alert, target=mail)

    services.tell_people(at=MOMENT)

    text = OutboundMessage.objects.get().payload["text"]
    assert text.count("order 1") == services.MOST_LINES
    assert "and 10 more" in text


def test_who_left_between_quiet_and_morning_is_told_nothing(store, packer, mail):
    NoticeFactory(person=packer, alert=raise_alert(store), target=mail)
    packer.memberships.all().delete()

    assert services.tell_people(at=MOMENT) == 0
    assert Notice.objects.filter(told_at=None).count() == 0


def at(text):
    """On Monday 2 March 2026, in Shanghai."""
    return datetime.fromisoformat(f"2026-03-{text}:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("fields", "happens", "told"),
    [
        ({}, "02T23:00", "02T23:00"),
        ({"quiet": (22, 8)}, "02T21:59", "02T21:59"),
        ({"quiet": (22, 8)}, "02T22:00", "03T08:00"),
        ({"quiet": (22, 8)}, "03T07:59", "03T08:00"),
        ({"quiet": (22, 8)}, "03T08:00", "03T08:00"),
        ({"quiet": (12, 14)}, "02T13:00", "02T14:00"),
        ({"quiet": (12, 14)}, "02T15:00", "02T15:00"),
        ({"is_digest": True}, "02T08:59", "02T09:00"),
        ({"is_digest": True}, "02T09:00", "03T09:00"),
        ({"is_digest": True, "quiet": (22, 10)}, "02T23:00", "03T10:00"),
    ],
)
def test_it_is_told_after_quiet_hours_or_in_the_morning(fields, happens, told, store, mail):
    quiet = fields.pop("quiet", None)
    if quiet:
        fields |= {"quiet_from": time(quiet[0]), "quiet_until": time(quiet[1])}
    subscription = SubscriptionFactory.build(store=store, target=mail, **fields)

    assert subscription.tells_at(at(happens)) == at(told)


def test_quiet_hours_hold_back_the_mail_and_not_the_bell(store, packer, mail):
    SubscriptionFactory(
        person=packer, store=store, target=mail, quiet_from=time(9), quiet_until=time(12)
    )
    raise_alert(store)

    assert collect() == 2
    assert bell_of(packer).exists()
    assert services.tell_people(at=MOMENT + timedelta(minutes=119)) == 0
    assert services.tell_people(at=MOMENT + timedelta(minutes=120)) == 1


def test_a_digest_gathers_a_day_into_one_message(store, packer, mail):
    SubscriptionFactory(person=packer, store=store, target=mail, is_digest=True)
    for hour in range(3):
        raise_alert(store, str(hour), at=MOMENT + timedelta(hours=hour))
        collect(MOMENT + timedelta(hours=hour))
        services.tell_people(at=MOMENT + timedelta(hours=hour))
    assert not OutboundMessage.objects.exists()

    assert services.tell_people(at=MOMENT + timedelta(hours=23)) == 1

    message = OutboundMessage.objects.get()
    assert message.kind == "notices.digest"
    assert "3 alerts since yesterday" in message.payload["subject"]


def test_the_bell_is_read(store, packer):
    NoticeFactory.create_batch(3, person=packer, alert=raise_alert(store))
    other = NoticeFactory(alert=raise_alert(store))

    assert services.mark_read(person=packer, at=MOMENT, notice_ids=[bell_of(packer)[0].pk]) == 1
    assert services.mark_read(person=packer, at=MOMENT, notice_ids=[other.pk]) == 0
    assert services.mark_read(person=packer, at=MOMENT) == 2
    assert not bell_of(packer).unread().exists()


def test_notices_are_forgotten_after_ninety_days_in_their_store_only(store, packer):
    NoticeFactory(person=packer, alert=raise_alert(store))
    elsewhere = NoticeFactory()

    forget = partial(services.forget_old, store=store)
    assert forget(at=MOMENT + timedelta(days=90)) == 0
    assert forget(at=MOMENT + timedelta(days=91)) == 1
    assert Notice.objects.get() == elsewhere


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_each_event_once(monkeypatch):
    store = StoreFactory()
    packer = UserFactory(role=Role.WAREHOUSE, store=store, email="packer@shop.example")
    SubscriptionFactory(
        person=packer, store=store, target=TargetFactory(store=store, adapter="mail")
    )
    NoticeMark.objects.get_or_create(pk=news.MARK)
    raise_alert(store)
    monkeypatch.setattr(news, "_write_notices", slowly(news._write_notices))

    assert sorted(run_together([collect] * 4)) == [0, 0, 0, 2]
    assert sorted(run_together([partial(services.tell_people, at=MOMENT)] * 4)) == [0, 0, 0, 1]
    assert OutboundMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_after_a_later_one_was_told_is_not_lost(monkeypatch):
    """A slow transaction drew its id first: the run waits for it, or leaves it to the next."""
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 0.1)
    store = StoreFactory()
    packer = UserFactory(role=Role.WAREHOUSE, store=store)

    def meanwhile():
        raise_alert(store, "2")
        return collect()

    def first_then_look():
        raise_alert(store, "1")
        results.extend(run_together([meanwhile]))

    results = []
    with transaction.atomic():
        first_then_look()

    assert results == [0]
    assert collect(LATER) == 1
    assert bell_of(packer).get().count == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": time(22)},
        {"quiet_from": time(22), "quiet_until": time(22)},
        {"target": None, "is_digest": True},
        {"target": None, "quiet_from": time(22), "quiet_until": time(8)},
    ],
)
def test_the_database_refuses_a_subscription_that_makes_no_sense(wrong, store, mail):
    with pytest.raises(IntegrityError), transaction.atomic():
        SubscriptionFactory(**{"store": store, "target": mail, **wrong})


def test_a_way_is_subscribed_to_once(store, packer):
    SubscriptionFactory(person=packer, store=store)

    with pytest.raises(IntegrityError), transaction.atomic():
        SubscriptionFactory(person=packer, store=store)
