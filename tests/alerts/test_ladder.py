"""What nobody acknowledges climbs: to the role's lead, then to the operations lead."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from opsdesk.alerts import ladder, services
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.sweeping import sweep
from opsdesk.desk.queries import desk_rows
from opsdesk.notices import news
from opsdesk.notices.models import Notice
from opsdesk.stores.roles import LEADS, Role, leads_above
from opsdesk.stores.services import keep_work_time
from tests.concurrency import run_together
from tests.factories import (
    MOMENT,
    DeadlineFactory,
    MembershipFactory,
    SettingOverrideFactory,
    StoreFactory,
    UserFactory,
    WorkCalendarFactory,
)

CHECK = "orders.confirm"


def minutes(count):
    return MOMENT + timedelta(minutes=count)


def raise_one(
    store, *, key="A", role=Role.CUSTOMER_SERVICE, severity="critical", at=MOMENT, **more
):
    services.raise_findings(
        store_id=store.pk,
        check_code=CHECK,
        findings=[services.Finding(key, key, role, severity=severity, **more)],
        at=at,
    )
    return Alert.objects.get(store=store, key=key)


def standing(alert):
    alert.refresh_from_db()
    return alert.level, alert.escalated_to, alert.state


def steps(alert):
    return list(alert.events.filter(kind="escalated").values_list("data", flat=True))


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def agent(store):
    return UserFactory(role=Role.CUSTOMER_SERVICE, store=store)


@pytest.fixture
def lead(store):
    return UserFactory(role=Role.SERVICE_LEAD, store=store)


@pytest.fixture
def boss(store):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=store)


def test_every_role_but_the_operations_lead_has_a_lead_and_every_ladder_ends_there():
    assert set(Role) - set(LEADS) == {Role.OPERATIONS_LEAD}
    assert {list(leads_above(role))[-1] for role in LEADS} == {Role.OPERATIONS_LEAD}


def test_left_lying_it_goes_to_the_lead_and_then_to_the_operations_lead(store, agent, lead, boss):
    alert = raise_one(store)

    assert ladder.climb(at=minutes(29)) == 0
    assert ladder.climb(at=minutes(30)) == 1
    assert standing(alert) == (1, Role.SERVICE_LEAD, "open")
    assert ladder.climb(at=minutes(59)) == 0
    assert ladder.climb(at=minutes(60)) == 1
    assert standing(alert) == (2, Role.OPERATIONS_LEAD, "open")
    assert ladder.climb(at=minutes(600)) == 0

    assert steps(alert) == [
        {"level": 1, "role": "service_lead"},
        {"level": 2, "role": "operations_lead"},
    ]


def test_a_role_nobody_holds_is_passed_over(store, agent, boss):
    alert = raise_one(store)

    ladder.climb(at=minutes(30))

    assert standing(alert) == (1, Role.OPERATIONS_LEAD, "open")


def test_with_nobody_above_it_stays(store, agent):
    alert = raise_one(store)

    assert ladder.climb(at=minutes(30)) == 0
    assert standing(alert) == (0, "", "open")
    assert alert.climbs_at is None


def test_an_acknowledged_one_without_a_moment_does_not_climb(store, agent, lead):
    alert = raise_one(store)
    services.acknowledge(alert_ids=[alert.pk], actor=agent, at=minutes(10))

    assert ladder.climb(at=minutes(600)) == 0


def test_an_acknowledged_one_that_is_not_settled_in_time_climbs(store, agent, lead):
    alert = raise_one(store, deadline_at=minutes(45))
    services.acknowledge(alert_ids=[alert.pk], actor=agent, at=minutes(10))

    assert ladder.climb(at=minutes(44)) == 0
    assert ladder.climb(at=minutes(45)) == 1
    assert standing(alert) == (1, Role.SERVICE_LEAD, "open")


def test_one_acknowledged_after_its_moment_has_as_long_again(store, agent, lead):
    alert = raise_one(store, deadline_at=MOMENT)
    services.acknowledge(alert_ids=[alert.pk], actor=agent, at=minutes(10))

    assert ladder.climb(at=minutes(39)) == 0
    assert ladder.climb(at=minutes(40)) == 1


def test_a_sleeping_one_does_not_climb_and_has_its_time_when_it_wakes(store, agent, lead):
    alert = raise_one(store)
    services.snooze(alert_ids=[alert.pk], until=minutes(120), actor=agent, at=minutes(10))

    assert ladder.climb(at=minutes(149)) == 0
    assert ladder.climb(at=minutes(150)) == 1


def test_a_resolved_one_does_not_climb_and_begins_below_when_it_comes_back(store, agent, lead):
    alert = raise_one(store)
    ladder.climb(at=minutes(30))
    services.resolve(alert_ids=[alert.pk], actor=agent, at=minutes(40), note="done")
    assert ladder.climb(at=minutes(600)) == 0

    raise_one(store, at=minutes(700))

    assert standing(alert) == (0, "", "open")
    assert ladder.climb(at=minutes(730)) == 1


def test_what_closed_itself_does_not_climb(store, lead):
    raise_one(store)
    services.close_absent(store_id=store.pk, check_code=CHECK, seen=[], at=minutes(1))

    assert ladder.climb(at=minutes(600)) == 0


def test_information_stays_where_it_is(store, lead):
    assert raise_one(store, severity="info").climbs_at is None


def test_a_storm_climbs_and_what_it_stands_for_does_not(store, agent, lead):
    SettingOverrideFactory(key="alerts.storm", value=1, store=store)
    services.raise_findings(
        store_id=store.pk,
        check_code=CHECK,
        findings=[
            services.Finding(key, key, Role.CUSTOMER_SERVICE, severity="critical") for key in "ABC"
        ],
        at=MOMENT,
    )

    assert ladder.climb(at=minutes(30)) == 1
    assert Alert.objects.get(level=1).check_code == "alerts.storm"


@pytest.mark.django_db
def test_an_overdue_clocks_alert_climbs():
    clock = DeadlineFactory()
    UserFactory(role=Role.OPERATIONS_LEAD, store=clock.store)
    at = MOMENT + timedelta(hours=1)
    sweep(at=at)

    assert ladder.climb(at=at + timedelta(minutes=30)) == 1


def test_one_raised_by_hand_climbs(store, agent, lead):
    alert = services.raise_by_hand(
        store=store, title="Smoke", owner_role=Role.CUSTOMER_SERVICE, actor=agent, at=MOMENT
    )

    assert alert.climbs_at == minutes(240)


def test_how_long_is_a_number_of_the_store(store, lead):
    SettingOverrideFactory(key="alerts.escalate_after_critical", value=5, store=store)

    assert raise_one(store).climbs_at == minutes(5)


def test_it_may_be_given_in_working_time(store, lead):
    calendar = WorkCalendarFactory(store=store)
    for weekday in range(5):
        calendar.hours.create(weekday=weekday, start=time(9), end=time(18))
    keep_work_time(store, at=MOMENT)
    SettingOverrideFactory(
        key="alerts.escalate_after_critical", value=60, unit="working_minutes", store=store
    )
    shanghai = ZoneInfo("Asia/Shanghai")

    climbs_at = raise_one(store, at=datetime(2026, 3, 3, 17, 30, tzinfo=shanghai)).climbs_at

    assert climbs_at == datetime(2026, 3, 4, 9, 30, tzinfo=shanghai)


def test_the_lead_sees_it_on_their_desk_and_is_told(store, agent, lead, boss):
    alert = raise_one(store)
    news.collect_news(at=MOMENT)
    assert desk_rows(lead, [store], at=MOMENT, limit=9) == []
    ladder.climb(at=minutes(30))

    news.collect_news(at=minutes(30))

    assert desk_rows(lead, [store], at=minutes(30), limit=9) == [alert]
    assert list(Alert.objects.for_desk(lead, minutes(30))) == [alert]
    assert desk_rows(agent, [store], at=minutes(30), limit=9) == [alert]
    assert list(Alert.objects.for_desk(boss, minutes(30))) == []
    told = Notice.objects.filter(kind="escalated")
    assert [notice.person for notice in told] == [lead]


def test_who_is_both_owner_and_lead_has_one_row(store, agent, lead):
    MembershipFactory(user=agent, store=store, role=Role.SERVICE_LEAD)
    alert = raise_one(store)
    ladder.climb(at=minutes(30))

    person = type(agent).objects.get(pk=agent.pk)

    assert desk_rows(person, [store], at=minutes(30), limit=9) == [alert]


def test_a_level_names_its_role(store):
    alert = raise_one(store)

    with pytest.raises(IntegrityError, match="alert_level_has_role"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(level=1)


def test_a_sweep_costs_one_statement_a_batch(store, lead, django_assert_num_queries):
    for key in "ABCDEF":
        raise_one(store, key=key)

    with django_assert_num_queries(3):  # savepoint, batch, release
        assert ladder.climb(at=minutes(30)) == 6


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_take_each_step_once():
    store = StoreFactory()
    UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    for number in range(40):
        raise_one(store, key=f"K{number}")

    results = run_together([partial(ladder.climb, at=minutes(30), batch=5) for _ in range(4)])

    assert sum(results) == 40
    assert set(Alert.objects.values_list("level", flat=True)) == {1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alerts_alertevent WHERE kind = 'escalated'")
        assert cursor.fetchone() == (40,)
