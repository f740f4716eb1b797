"""What leaves: once per cause, tried until it is there, parked with an alert when it never is."""

import json
import threading
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from opsdesk import http, invariants
from opsdesk.alerts.models import Alert
from opsdesk.exchange.models import OutboundAttempt, OutboundMessage, Target
from opsdesk.exchange.services import delivering, outbox, retention
from opsdesk.exchange.services.outbox import Draft
from opsdesk.stores import services as stores
from opsdesk.stores.roles import Role
from tests import processes
from tests.concurrency import run_together
from tests.exchange.outgoing import deliver, enqueue, target_at
from tests.factories import (
    MOMENT,
    InboundDeliveryFactory,
    OutboundAttemptFactory,
    OutboundMessageFactory,
    StoreFactory,
    TargetFactory,
    UserFactory,
)
from tests.receivers import receiver

State = OutboundMessage.State
YEARS = timedelta(days=3650)


@pytest.fixture
def here():
    with receiver() as running:
        yield running


@pytest.fixture
def target(db, here):
    return target_at(here)


@pytest.fixture
def administrator(target):
    return UserFactory(role=Role.ADMINISTRATOR, store=target.store)


def fails(_request):
    return 500, {}, b""


def works(_request):
    return 200, {}, b"{}"


def log_of(message):
    return list(message.log.values_list("number", "outcome", "status"))


def test_a_message_is_sent_once_and_its_attempt_is_logged(target, here):
    message = enqueue(target)

    assert deliver() == {"sent": 1}
    assert deliver() == {}

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENT, 1)
    assert log_of(message) == [(1, "sent", 200)]
    assert here.requests[0].json == {"order": "1"}
    assert here.requests[0].headers["idempotency-key"] == str(message.public_id)


def test_the_same_cause_sends_once(target, here):
    enqueue(target, key="order-1")
    deliver()
    enqueue(target, key="order-1", payload={"order": "another"})
    enqueue(target, key="order-2")

    assert deliver() == {"sent": 1}
    assert len(here.requests) == 2


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_transaction_that_is_rolled_back_was_never_there():
    target = TargetFactory()

    def cause():
        outbox.enqueue_message(Draft(target, "orders.shipped", "order-1"), at=MOMENT)
        TargetFactory(store=target.store, code=target.code)

    with pytest.raises(IntegrityError):
        transaction.atomic(cause)()

    assert not OutboundMessage.objects.exists()


def test_what_failed_is_tried_again_later_under_the_same_id(target, here):
    here.reply = fails
    message = enqueue(target)
    assert deliver() == {"failed": 1}
    message.refresh_from_db()
    assert (message.state, message.error) == (State.WAITING, "HTTP 500")
    assert deliver(message.next_at - timedelta(seconds=1)) == {}

    here.reply = works
    assert deliver(message.next_at) == {"sent": 1}

    first, second = (request.headers["idempotency-key"] for request in here.requests)
    assert first == second
    assert log_of(message) == [(1, "failed", 500), (2, "sent", 200)]


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [(1, 0.0, 15), (1, 1.0, 30), (2, 1.0, 60), (3, 0.5, 90), (12, 1.0, 21600), (99, 1.0, 21600)],
)
def test_pauses_double_up_to_six_hours_and_half_of_them_is_chance(attempt, jitter, seconds):
    assert delivering.pause_after(attempt, jitter) == timedelta(seconds=seconds)


def test_a_receiver_that_asks_for_patience_gets_it(target, here):
    here.reply = lambda _request: (429, {"Retry-After": "1800"}, b"")
    message = enqueue(target)

    deliver()

    message.refresh_from_db()
    assert message.next_at >= MOMENT + timedelta(seconds=1800)


@pytest.mark.parametrize("asked", ["soon", "-5", "9" * 30])
def test_patience_that_makes_no_sense_is_not_asked(asked, target, here):
    here.reply = lambda _request: (429, {"Retry-After": asked}, b"")
    message = enqueue(target)

    deliver()

    message.refresh_from_db()
    assert message.next_at < MOMENT + timedelta(minutes=2)


def test_without_an_answer_the_outcome_is_unknown_and_the_message_goes_again(
    target, here, monkeypatch
):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    release = threading.Event()

    def hang(request):
        release.wait(30)
        return works(request)

    here.reply = hang
    message = enqueue(target)
    try:
        assert deliver() == {"unknown": 1}
    finally:
        release.set()
    message.refresh_from_db()
    assert message.state == State.UNKNOWN

    here.reply = works
    assert deliver(message.next_at) == {"sent": 1}
    assert len({request.headers["webhook-id"] for request in here.requests}) == 1
    assert log_of(message) == [(1, "unknown", None), (2, "sent", 200)]


def exhaust(message):
    """Fail with it until it is parked."""
    for _ in range(30):
        message.refresh_from_db()
        if message.state == State.PARKED:
            return
        Target.objects.update(open_until=None, failures_in_row=0)
        deliver(message.next_at)
    raise AssertionError("It was never parked.")


def test_what_fails_each_time_is_parked_with_an_alert_that_closes_once_it_is_sent_again(
    target, here, administrator
):
    here.reply = fails
    message = enqueue(target)

    exhaust(message)

    assert message.attempts == 8
    alert = Alert.objects.get()
    assert (alert.check_code, alert.owner_role) == ("exchange.messages_parked", "administrator")
    assert alert.evidence == {"target": target.code, "parked": 1, "error": "HTTP 500"}

    here.reply = works
    later = MOMENT + timedelta(days=1)
    assert outbox.replay_messages(message_ids=[message.pk], actor=administrator, at=later) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "self")
    assert deliver(later) == {"sent": 1}
    assert [outcome for _number, outcome, _status in log_of(message)] == [
        *["failed"] * 8,
        "replayed",
        "sent",
    ]
    assert message.log.get(outcome="replayed").actor == administrator


def test_a_message_sent_again_has_as_many_attempts_as_a_new_one(target, here, administrator):
    here.reply = fails
    message = enqueue(target)
    exhaust(message)

    outbox.replay_messages(message_ids=[message.pk], actor=administrator, at=message.finished_at)
    exhaust(message)

    assert message.attempts == 16


def test_the_number_of_attempts_is_a_setting(target, here):
    stores.set_number(
        key="exchange.attempts",
        value=2,
        store=target.store,
        channel=None,
        valid_from=MOMENT,
        actor=None,
        reason="a test",
        at=MOMENT,
    )
    here.reply = fails
    message = enqueue(target)

    exhaust(message)

    assert message.attempts == 2


def test_the_alert_stays_until_the_last_parked_message_is_settled(target, administrator):
    messages = [OutboundMessageFactory(target=target, state="parked") for _ in range(2)]
    outbox.review_parked(target.pk, at=MOMENT)
    assert Alert.objects.open().get().evidence["parked"] == 2

    cancel = partial(outbox.cancel_messages, actor=administrator, at=MOMENT)
    assert cancel(message_ids=[messages[0].pk]) == 1
    assert Alert.objects.open().get().evidence["parked"] == 1
    assert cancel(message_ids=[messages[1].pk]) == 1
    assert not Alert.objects.open().exists()


@pytest.mark.parametrize(
    ("state", "replayed", "cancelled"),
    [
        ("waiting", 0, 1),
        ("sending", 0, 0),
        ("unknown", 0, 1),
        ("sent", 0, 0),
        ("parked", 1, 1),
        ("cancelled", 1, 0),
    ],
)
def test_what_can_be_decided_depends_on_the_state(
    state, replayed, cancelled, target, administrator
):
    for decide, expected in (
        (outbox.replay_messages, replayed),
        (outbox.cancel_messages, cancelled),
    ):
        message = OutboundMessageFactory(target=target, state=state)
        assert decide(message_ids=[message.pk], actor=administrator, at=MOMENT) == expected


def test_nobody_decides_in_a_store_where_they_may_not(target):
    message = OutboundMessageFactory(target=target, state="parked")
    for person in (
        UserFactory(role=Role.ADMINISTRATOR),
        UserFactory(role=Role.ORDER_REVIEWER, store=target.store),
    ):
        for decide in (outbox.replay_messages, outbox.cancel_messages):
            assert decide(message_ids=[message.pk], actor=person, at=MOMENT) == 0


def test_a_target_that_keeps_failing_is_left_alone_and_others_go_on(target, here):
    here.reply = fails
    for number in range(12):
        enqueue(target, key=f"order-{number}")

    with receiver() as elsewhere:
        other = target_at(elsewhere, store=target.store)
        enqueue(other)
        counts = deliver()

    target.refresh_from_db()
    assert len(elsewhere.requests) == 1
    # A batch that was claimed before the last straw is still tried.
    assert delivering.BREAKS_AFTER <= counts["failed"] < 12
    assert target.open_until > MOMENT
    assert deliver() == {}


def test_one_message_tries_whether_a_target_is_back_and_then_all_go(target, here):
    here.reply = fails
    Target.objects.filter(pk=target.pk).update(failures_in_row=7, open_until=MOMENT)
    for number in range(4):
        enqueue(target, key=f"order-{number}")

    assert deliver() == {"failed": 1}
    target.refresh_from_db()
    assert target.failures_in_row == 8

    here.reply = works
    assert deliver(target.open_until + timedelta(hours=1)) == {"sent": 4}
    target.refresh_from_db()
    assert (target.failures_in_row, target.open_until) == (0, None)


def test_messages_of_an_inactive_target_wait(target, here):
    enqueue(target)
    Target.objects.update(is_active=False)
    assert deliver() == {}

    Target.objects.update(is_active=True)
    assert deliver() == {"sent": 1}


def test_an_address_inside_is_refused_like_any_failure(target, here, settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    message = enqueue(target)

    assert deliver() == {"failed": 1}

    message.refresh_from_db()
    assert "not a public machine" in message.error
    assert here.requests == []


def test_a_secret_that_can_t_be_read_any_more_is_a_failure_that_says_so(target, settings):
    target.secret = "whsec_c2VjcmV0"
    target.save()
    settings.FIELD_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    message = enqueue(target)

    assert deliver() == {"failed": 1}
    message.refresh_from_db()
    assert "enter it again" in message.error


def test_a_key_may_be_replaced_while_the_old_one_still_opens(target, settings):
    target.secret = "whsec_c2VjcmV0"
    new = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]

    assert target.secret == "whsec_c2VjcmV0"
    assert "c2VjcmV0" not in target.sealed_secret
    target.secret = "another"
    settings.FIELD_KEYS = [new]
    assert target.secret == "another"


def test_after_resealing_the_old_key_is_needed_no_more(target, settings, capsys):
    target.token, target.secret = "t0k3n", "SEC01"
    target.save()
    untouched = TargetFactory(store=target.store)
    new = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]

    call_command("reseal_secrets", json=True)

    resealed = json.loads(capsys.readouterr().out)["resealed"]
    assert resealed.pop("exchange.targets") == 1
    assert set(resealed.values()) == {0}
    settings.FIELD_KEYS = [new]
    target.refresh_from_db()
    assert (target.token, target.secret) == ("t0k3n", "SEC01")
    untouched.refresh_from_db()
    assert untouched.sealed_secret == ""


def test_a_secret_that_no_key_opens_stops_the_resealing_with_the_reason(target, settings):
    target.secret = "SEC01"
    target.save()
    settings.FIELD_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    with pytest.raises(CommandError, match="enter it again"):
        call_command("reseal_secrets")


def test_what_a_dead_worker_held_is_sent_again_when_its_lease_has_run_out(target):
    message = enqueue(target)
    OutboundMessage.objects.update(
        state="sending", lease_until=MOMENT + timedelta(minutes=5), attempts=1
    )
    assert deliver(MOMENT + timedelta(minutes=4)) == {}

    assert deliver(MOMENT + timedelta(minutes=5)) == {"sent": 1}
    assert log_of(message) == [(1, "lost", None), (2, "sent", 200)]


def test_a_message_that_kills_its_worker_each_time_is_parked(target, here):
    message = enqueue(target)
    OutboundMessage.objects.update(state="sending", lease_until=MOMENT, attempts=8)

    assert deliver() == {}

    message.refresh_from_db()
    assert message.state == State.PARKED
    assert Alert.objects.open().exists()
    assert here.requests == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_ran_out_records_nothing(here):
    target = target_at(here)
    message = enqueue(target)

    def taken_over(request):
        """Meanwhile another worker has it."""
        OutboundMessage.objects.filter(pk=message.pk).update(attempts=2)
        connection.close()
        return works(request)

    here.reply = taken_over
    deliver()

    message.refresh_from_db()
    assert message.state == State.SENDING
    assert log_of(message) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_messages_and_send_each_once(here):
    target = target_at(here)
    for number in range(30):
        enqueue(target, key=f"order-{number}")

    results = run_together([deliver] * 3)

    assert sum(result.get("sent", 0) for result in results) == 30
    assert len(here.requests) == 30
    assert len({request.headers["webhook-id"] for request in here.requests}) == 30


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_a_receiver_takes_its_time(here):
    target = target_at(here)
    message = enqueue(target)

    def look(request):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        with transaction.atomic():
            Target.objects.select_for_update().get(pk=target.pk)
            OutboundMessage.objects.select_for_update().get(pk=message.pk)
        connection.close()
        return works(request)

    here.reply = look

    assert deliver() == {"sent": 1}


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_sending_and_recording_sends_again_under_the_same_id(here):
    target = target_at(here)
    arrived, release = threading.Event(), threading.Event()

    def hold(request):
        arrived.set()
        release.wait(processes.PATIENCE)
        return works(request)

    here.reply = hold
    message = enqueue(target)
    with processes.running_module("tests.exchange.sender", MOMENT.isoformat()) as sender:
        assert arrived.wait(processes.PATIENCE)
        sender.kill()
        sender.wait()
    release.set()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENDING, 1)

    here.reply = works
    assert deliver(message.lease_until) == {"sent": 1}

    assert len(here.requests) == 2
    assert len({request.headers["idempotency-key"] for request in here.requests}) == 1
    assert log_of(message) == [(1, "lost", None), (2, "sent", 200)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [lambda rows: rows.update(outcome="sent"), lambda rows: rows.delete()],
    ids=["update", "delete"],
)
def test_the_log_of_attempts_can_t_be_changed(change):
    OutboundAttemptFactory()

    with pytest.raises(InternalError, match="Cannot"):
        change(OutboundAttempt.objects.all())


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "sending", "lease_until": None},
        {"state": "waiting", "lease_until": MOMENT},
        {"state": "sent", "finished_at": None},
        {"state": "waiting", "finished_at": MOMENT},
        {"forgiven": 1},
    ],
)
@pytest.mark.django_db
def test_the_database_refuses_a_message_that_contradicts_itself(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboundMessageFactory(**wrong)


@pytest.mark.django_db
def test_settled_messages_lose_their_content_after_a_week_and_keep_their_outcome():
    store = StoreFactory()
    kept = {
        state: OutboundMessageFactory(target__store=store, state=state, recipient="a@b.example")
        for state in ("waiting", "sent", "cancelled", "parked")
    }
    clean = partial(retention.remove_content, store=store)

    assert clean(at=MOMENT + timedelta(days=7))["messages"] == 0
    assert clean(at=MOMENT + timedelta(days=8))["messages"] == 3
    assert clean(at=MOMENT + timedelta(days=8))["messages"] == 0

    for state, message in kept.items():
        message.refresh_from_db()
        assert message.state == state
        assert bool(message.recipient) == bool(message.payload) == (state == "waiting")


@pytest.mark.django_db
def test_what_was_emptied_is_not_sent_again():
    message = OutboundMessageFactory(state="parked", emptied_at=MOMENT)
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=message.store)

    assert outbox.replay_messages(message_ids=[message.pk], actor=administrator, at=MOMENT) == 0


def broken(code):
    found = invariants.violations(
        each for each in invariants.all_invariants() if each.code == f"exchange.{code}"
    )
    return found[0]["violations"]


def test_a_message_that_waits_for_hours_is_found(target):
    message = enqueue(target)
    assert broken("no-message-left-behind") == 1

    for meanwhile in (
        {"open_until": timezone.now()},  # The target is tried again and again.
        {"is_active": False},
    ):
        Target.objects.update(**{"open_until": None, "is_active": True, **meanwhile})
        assert broken("no-message-left-behind") == 0

    Target.objects.update(open_until=None, is_active=True)
    assert deliver(message.next_at) == {"sent": 1}
    assert broken("no-message-left-behind") == 0


def test_an_attempt_that_nobody_logged_is_found(target, here):
    here.reply = fails
    message = enqueue(target)
    exhaust(message)
    assert broken("every-attempt-is-logged") == 0

    OutboundMessage.objects.update(attempts=9)
    assert broken("every-attempt-is-logged") == 1


@pytest.mark.django_db
def test_a_delivery_that_waits_for_hours_is_found():
    delivery = InboundDeliveryFactory()
    assert broken("no-delivery-left-behind") == 1

    delivery.next_at = timezone.now()
    delivery.save()
    assert broken("no-delivery-left-behind") == 0
