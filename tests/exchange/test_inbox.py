"""What is delivered to us: stored once as it came, worked on once, parked when it keeps failing."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import orjson
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction

from opsdesk.alerts.models import Alert
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services import inbox, retention
from opsdesk.exchange.services.inbox import Handler, UnknownSource
from opsdesk.stores.models import Channel
from opsdesk.stores.roles import Role
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT, InboundDeliveryFactory, StoreFactory, UserFactory

State = InboundDelivery.State
LATER = MOMENT + timedelta(hours=1)


def open_channel(delivery, _at):
    """What a handler does: an effect in the database, from what was delivered."""
    said = orjson.loads(delivery.body)
    Channel.objects.create(store=delivery.store, code=said["code"], name="x", platform="own")


@pytest.fixture
def handle(monkeypatch):
    """What `generic` deliveries are handled by in this test."""

    def handle(run, **fields):
        handler = Handler("generic", run, **fields)
        monkeypatch.setattr(inbox, "_handlers", {"generic": handler})

    handle(open_channel)
    return handle


@pytest.fixture
def store(db, handle):
    return StoreFactory(channel=None)


def receive(store, delivery_id="d-1", body=b'{"code": "north"}', headers=None):
    return inbox.receive_delivery(
        store=store,
        source="generic",
        delivery_id=delivery_id,
        headers=headers or {},
        body=body,
        at=MOMENT,
    )


def fail(_delivery, _at):
    raise ValueError("no order of 13812345678")


def test_a_delivery_is_kept_as_it_came_and_worked_on_once(store):
    received = receive(store, body=b'{"code":  "north"}')

    delivery = InboundDelivery.objects.get(pk=received.delivery_id)
    assert received.is_new
    assert bytes(delivery.body) == b'{"code":  "north"}'
    assert delivery.size == 18
    assert inbox.process_delivery(delivery.pk, at=MOMENT) == State.DONE
    assert inbox.process_delivery(delivery.pk, at=LATER) is None
    assert store.channels.get().code == "north"


def test_a_copy_is_no_news_whatever_it_says(store):
    first = receive(store)
    inbox.process_waiting(at=MOMENT)

    second = receive(store, body=b'{"code": "south"}')

    assert second == replace(first, is_new=False)
    delivery = InboundDelivery.objects.get()
    assert (delivery.state, bytes(delivery.body)) == (State.DONE, b'{"code": "north"}')
    assert inbox.process_waiting(at=LATER) == {}


def test_other_stores_and_other_ids_are_no_copies(store):
    assert receive(store).is_new
    assert receive(store, "d-2", b'{"code": "south"}').is_new
    assert receive(StoreFactory(channel=None)).is_new
    assert inbox.process_waiting(at=MOMENT) == {"done": 3}


def test_headers_are_kept_only_where_somebody_wants_them(store, handle):
    handle(open_channel, headers=("x-topic",))
    given = {"X-Topic": "orders/paid", "Authorization": "Bearer x", "Content-Type": "text/json"}

    receive(store, headers=given)

    assert InboundDelivery.objects.get().headers == {
        "x-topic": "orders/paid",
        "content-type": "text/json",
    }


def test_a_source_that_nobody_handles_is_refused(store):
    with pytest.raises(UnknownSource):
        inbox.receive_delivery(
            store=store, source="nobody", delivery_id="1", headers={}, body=b"", at=MOMENT
        )


def test_what_a_failing_handler_did_is_undone_with_it(store, handle):
    def half(delivery, at):
        open_channel(delivery, at)
        fail(delivery, at)

    handle(half)
    receive(store)

    assert inbox.process_waiting(at=MOMENT) == {"waiting": 1}
    assert not store.channels.exists()
    delivery = InboundDelivery.objects.get()
    assert delivery.error == "ValueError: no order of 138****5678"
    assert delivery.next_at > MOMENT


def park(store, handle, delivery_id="d-1"):
    """Fail with it until it is parked."""
    handle(fail)
    received = receive(store, delivery_id)
    states = [
        inbox.process_delivery(received.delivery_id, at=MOMENT + timedelta(hours=hour))
        for hour in range(4)
    ]
    assert states == ["waiting", "waiting", "parked", None]
    return received.delivery_id


@pytest.fixture
def administrator(store):
    return UserFactory(role=Role.ADMINISTRATOR, store=store)


def test_what_fails_three_times_is_parked_with_an_alert_that_closes_when_it_is_worked_again(
    store, handle, administrator
):
    pk = park(store, handle)
    alert = Alert.objects.open().get()
    assert (alert.check_code, alert.key) == ("exchange.deliveries_parked", "generic")
    assert alert.evidence["parked"] == 1

    handle(open_channel)
    replay = partial(inbox.replay_deliveries, actor=administrator, at=LATER)
    assert replay(delivery_ids=[pk]) == 1
    assert replay(delivery_ids=[pk]) == 0

    assert not Alert.objects.open().exists()
    assert inbox.process_waiting(at=LATER) == {"done": 1}
    assert store.channels.get().code == "north"
    assert InboundDelivery.objects.get().decided_by == administrator


def test_the_alert_stays_until_the_last_parked_delivery_is_settled(store, handle, administrator):
    pks = [park(store, handle, name) for name in ("d-1", "d-2")]
    discard = partial(inbox.discard_deliveries, actor=administrator, at=LATER)

    assert discard(delivery_ids=pks[:1]) == 1
    assert Alert.objects.open().get().evidence["parked"] == 1
    assert discard(delivery_ids=pks) == 1
    assert not Alert.objects.open().exists()


@pytest.mark.parametrize("state", ["waiting", "working", "done"])
def test_what_is_not_parked_is_not_decided_about(state, store, administrator):
    delivery = InboundDeliveryFactory(store=store, state=state)

    for decide in (inbox.replay_deliveries, inbox.discard_deliveries):
        assert decide(delivery_ids=[delivery.pk], actor=administrator, at=LATER) == 0


def test_nobody_decides_in_a_store_where_they_may_not(store):
    delivery = InboundDeliveryFactory(store=store, state="parked")
    for person in (
        UserFactory(role=Role.ADMINISTRATOR),
        UserFactory(role=Role.ORDER_REVIEWER, store=store),
    ):
        for decide in (inbox.replay_deliveries, inbox.discard_deliveries):
            assert decide(delivery_ids=[delivery.pk], actor=person, at=LATER) == 0


def test_what_a_dead_worker_held_is_taken_over_when_its_lease_has_run_out(store):
    receive(store)
    InboundDelivery.objects.update(state="working", lease_until=LATER, attempts=1)
    assert inbox.process_waiting(at=MOMENT) == {}

    assert inbox.process_waiting(at=LATER) == {"done": 1}


def test_one_that_kills_its_worker_each_time_is_parked(store):
    receive(store)
    InboundDelivery.objects.update(state="working", lease_until=MOMENT, attempts=3)

    assert inbox.process_waiting(at=MOMENT) == {"parked": 1}
    assert not store.channels.exists()


def test_a_task_whose_time_is_up_ends_and_the_delivery_waits(store, handle):
    def endless(_delivery, _at):
        raise SoftTimeLimitExceeded

    handle(endless)
    received = receive(store)

    with pytest.raises(SoftTimeLimitExceeded):
        inbox.process_delivery(received.delivery_id, at=MOMENT)

    assert InboundDelivery.objects.get().state == State.WAITING


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_ran_out_changes_nothing(handle, monkeypatch):
    """Between its claim and its work another worker has taken the delivery over."""
    received = receive(StoreFactory(channel=None))
    work = inbox._work

    def later(delivery, at):
        InboundDelivery.objects.update(attempts=2)
        return work(delivery, at=at)

    monkeypatch.setattr(inbox, "_work", later)

    assert inbox.process_delivery(received.delivery_id, at=MOMENT) is None
    assert InboundDelivery.objects.get().state == State.WORKING
    assert not Channel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_copies_at_once_are_one_delivery(handle):
    store = StoreFactory(channel=None)

    results = [result for _ in range(5) for result in run_together([partial(receive, store)] * 20)]

    assert [result.is_new for result in results].count(True) == 1
    assert len({result.delivery_id for result in results}) == 1
    assert InboundDelivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_work_on_a_delivery_once(handle):
    handle(slowly(open_channel))
    received = receive(StoreFactory(channel=None))

    results = run_together([partial(inbox.process_delivery, received.delivery_id, at=MOMENT)] * 4)

    assert sorted(results, key=str) == [None, None, None, "done"]
    assert Channel.objects.count() == 1


def test_a_body_goes_a_week_after_it_was_settled_and_its_copies_stay_copies(store):
    receive(store)
    clean = partial(retention.remove_content, store=store)
    assert clean(at=MOMENT + timedelta(days=30))["deliveries"] == 0
    inbox.process_waiting(at=MOMENT)

    assert clean(at=MOMENT + timedelta(days=7))["deliveries"] == 0
    assert clean(at=MOMENT + timedelta(days=8))["deliveries"] == 1

    delivery = InboundDelivery.objects.get()
    assert (delivery.body, delivery.state, delivery.size) == (None, State.DONE, 17)
    assert not receive(store).is_new


def test_a_delivery_without_a_body_is_discarded_and_not_worked_again(store, administrator):
    delivery = InboundDeliveryFactory(store=store, state="parked", body=None)
    decide = {"delivery_ids": [delivery.pk], "actor": administrator, "at": LATER}

    assert inbox.replay_deliveries(**decide) == 0
    assert inbox.discard_deliveries(**decide) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "working", "lease_until": None},
        {"state": "waiting", "lease_until": MOMENT},
        {"state": "done", "finished_at": None},
        {"state": "waiting", "finished_at": MOMENT},
    ],
)
@pytest.mark.django_db
def test_the_database_refuses_a_delivery_that_contradicts_itself(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundDeliveryFactory(**wrong)
