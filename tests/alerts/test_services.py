from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error, IntegrityError

from opsdesk import invariants
from opsdesk.alerts import services
from opsdesk.alerts.checks import title_of
from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.alerts.procedure import EVENTS_OF_ALERTS, FOLDED_IS_SEEN
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests.factories import MOMENT, AlertFactory, StoreFactory, UserFactory

LATER = MOMENT + timedelta(hours=1)
KEPT_TOGETHER = (EVENTS_OF_ALERTS, FOLDED_IS_SEEN)


def finding(key="A", **fields):
    return services.Finding(key=key, subject_label=key, owner_role=Role.CATALOG_OPERATOR, **fields)


def see(store, *findings, at=MOMENT):
    return services.raise_findings(
        store_id=store.pk, check_code="orders.shortage", findings=findings, at=at
    )


def events(alert):
    return list(alert.events.values_list("kind", flat=True))


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def reviewer(store):
    return UserFactory(role=Role.ORDER_REVIEWER, store=store)


def test_a_finding_is_one_alert_however_often_it_is_seen(store):
    assert see(store, finding(money_at_risk=Decimal("12.30"))) == 1
    assert see(store, finding(money_at_risk=Decimal("99.90")), at=LATER) == 0

    alert = Alert.objects.get()
    assert (alert.opened_at, alert.last_seen_at) == (MOMENT, LATER)
    assert alert.money_at_risk == Decimal("99.90")
    assert events(alert) == ["opened"]


def test_a_repeat_at_the_same_moment_is_no_news(store):
    assert [see(store, finding()) for _ in range(2)] == [1, 0]
    services.close_absent(store_id=store.pk, check_code="orders.shortage", seen=[], at=MOMENT)
    assert [see(store, finding(), at=LATER) for _ in range(2)] == [1, 0]

    assert events(Alert.objects.get()) == ["opened", "closed_itself", "reopened"]


def test_what_people_write_keeps_no_mobile_number(store):
    lead = UserFactory(role=Role.OPERATIONS_LEAD, store=store)

    alert = services.raise_by_hand(
        store=store,
        title="Call 138-1234-5678",
        note="or +86 13912345678",
        owner_role=Role.ORDER_REVIEWER,
        actor=lead,
        at=MOMENT,
    )
    services.comment(alert_id=alert.pk, note="13712345678 is busy", actor=lead, at=LATER)
    services.resolve(alert_ids=[alert.pk], note="13712345678 called", actor=lead, at=LATER)

    alert.refresh_from_db()
    assert (alert.subject_label, alert.evidence["title"]) == ("Call 138****5678",) * 2
    notes = list(alert.events.order_by("pk").values_list("note", flat=True))
    assert notes == ["or 139****5678", "137****5678 is busy", "137****5678 called"]


def test_an_alert_closes_itself_when_its_cause_is_no_longer_seen(store):
    see(store, finding("A"), finding("B"))

    closed = services.close_absent(
        store_id=store.pk, check_code="orders.shortage", seen=["B"], at=LATER
    )

    assert closed == 1
    gone = Alert.objects.get(key="A")
    assert (gone.state, gone.resolution, gone.resolved_at) == ("resolved", "self", LATER)
    assert events(gone) == ["opened", "closed_itself"]


def test_an_alert_that_comes_back_is_reopened_and_counted(store):
    see(store, finding())
    services.close_absent(store_id=store.pk, check_code="orders.shortage", seen=[], at=MOMENT)

    assert see(store, finding(), at=LATER) == 1

    alert = Alert.objects.get()
    assert (alert.state, alert.times_reopened, alert.opened_at) == ("open", 1, LATER)
    assert events(alert) == ["opened", "closed_itself", "reopened"]


def test_an_acknowledged_alert_that_is_seen_again_stays_acknowledged(store, reviewer):
    see(store, finding())
    services.acknowledge(alert_ids=[Alert.objects.get().pk], actor=reviewer, at=MOMENT)

    see(store, finding(), at=LATER)

    assert Alert.objects.get().state == "acknowledged"


def test_acknowledging_twice_is_recorded_once(reviewer, store):
    alert = AlertFactory(subject=None, store=store)

    changed = [
        services.acknowledge(alert_ids=[alert.pk], actor=reviewer, at=MOMENT) for _ in range(2)
    ]

    assert changed == [[alert.pk], []]
    assert events(alert) == ["acknowledged"]
    assert alert.events.get().actor == reviewer


def test_a_snoozed_alert_is_off_the_desk_until_its_moment(reviewer, store):
    alert = AlertFactory(subject=None, store=store)

    services.snooze(alert_ids=[alert.pk], until=LATER, actor=reviewer, at=MOMENT)

    before = LATER - timedelta(seconds=1)
    assert list(Alert.objects.for_desk(reviewer, before)) == []
    assert list(Alert.objects.for_desk(reviewer, LATER)) == [alert]


def test_an_alert_cant_be_snoozed_into_the_past(reviewer, store):
    alert = AlertFactory(subject=None, store=store)

    with pytest.raises(DomainError, match="future"):
        services.snooze(alert_ids=[alert.pk], until=MOMENT, actor=reviewer, at=LATER)


def test_an_assigned_alert_is_on_that_persons_desk_only(reviewer, store):
    colleague = UserFactory(role=Role.ORDER_REVIEWER, store=store)
    alert = AlertFactory(subject=None, store=store)

    services.assign(alert_ids=[alert.pk], assignee=colleague, actor=reviewer, at=MOMENT)

    assert list(Alert.objects.for_desk(reviewer, LATER)) == []
    assert list(Alert.objects.for_desk(colleague, LATER)) == [alert]


def test_an_alert_cant_be_assigned_to_someone_of_another_store(reviewer, store):
    stranger = UserFactory(role=Role.ORDER_REVIEWER, store=StoreFactory())
    alert = AlertFactory(subject=None, store=store)

    assert services.assign(alert_ids=[alert.pk], assignee=stranger, actor=reviewer, at=MOMENT) == []


def test_a_person_resolves_with_a_note(reviewer, store):
    alert = AlertFactory(subject=None, store=store)

    services.resolve(alert_ids=[alert.pk], actor=reviewer, at=LATER, note="Called the supplier")

    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "person")
    assert alert.events.get().note == "Called the supplier"


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_another_stores_alert_cant_be_acted_on(verb, reviewer):
    alert = AlertFactory()

    changed = getattr(services, verb)(alert_ids=[alert.pk], actor=reviewer, at=MOMENT)

    assert changed == []
    assert events(alert) == []


def test_a_comment_is_kept_even_on_a_resolved_alert(reviewer, store):
    alert = AlertFactory(subject=None, store=store, state="resolved")

    services.comment(alert_id=alert.pk, note="It was the scale", actor=reviewer, at=LATER)

    assert alert.events.get().note == "It was the scale"


def test_a_person_raises_an_alert_for_a_role(reviewer, store):
    services.raise_by_hand(
        store=store,
        title="Banner shows last week's price",
        owner_role=Role.MARKETING_OPERATOR,
        actor=reviewer,
        at=MOMENT,
    )

    alert = Alert.objects.get()
    assert title_of(alert) == "Banner shows last week's price"
    assert events(alert) == ["opened"]


def test_nobody_raises_alerts_in_a_store_they_dont_work_for(reviewer):
    with pytest.raises(NotAllowed):
        services.raise_by_hand(
            store=StoreFactory(),
            title="Hello",
            owner_role=Role.WAREHOUSE,
            actor=reviewer,
            at=MOMENT,
        )


def test_raising_costs_one_statement_whatever_the_number(store, django_assert_num_queries):
    with django_assert_num_queries(1):
        see(store, *(finding(f"SKU-{number}") for number in range(200)))


def test_a_key_has_one_alert_per_store_and_check(store):
    AlertFactory(subject=None, store=store, key="A")

    with pytest.raises(IntegrityError, match="alert_unique_store_check_key"):
        AlertFactory(subject=None, store=store, key="A")


def test_an_alerts_timeline_is_append_only(store):
    see(store, finding())

    with pytest.raises(Error, match="append_only"):
        AlertEvent.objects.update(note="never happened")


def test_lines_of_history_and_folded_alerts_without_their_alert_are_noticed(store):
    """The database doesn't check them: by a plan that a connection keeps, each would read all."""
    alert = AlertFactory(store=store)
    assert [each["violations"] for each in invariants.violations(KEPT_TOGETHER)] == [0, 0]

    AlertEvent.objects.create(alert_id=alert.pk + 1, kind="commented", at=MOMENT)
    Alert.objects.filter(pk=alert.pk).update(folded_into=alert.pk + 1)

    assert [each["violations"] for each in invariants.violations(KEPT_TOGETHER)] == [1, 1]
