"""What lies on a desk, and in which order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.desk.queries import ALERT, Chosen, Place, desk_counts, desk_rows
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


def order_in(store):
    return factories.OrderFactory(store=store)


def alert(store, due=None, **fields):
    fields.setdefault("deadline_at", due)
    return factories.AlertFactory(subject=order_in(store), **fields)


def clock(store, due=MOMENT, **fields):
    return factories.DeadlineFactory(
        subject=order_in(store), started_at=due - 10 * MINUTE, due_at=due, **fields
    )


def rows(user, store, at=MOMENT, **arguments):
    return desk_rows(user, [store], at=at, limit=arguments.pop("limit", 50), **arguments)


def test_overdue_comes_first_then_what_is_due_soonest(reviewer, store):
    later = clock(store, MOMENT + 30 * MINUTE)
    overdue = alert(store, MOMENT - 60 * MINUTE)
    sooner = alert(store, MOMENT + 5 * MINUTE)
    undated = alert(store)

    assert rows(reviewer, store) == [overdue, sooner, later, undated]


def test_of_what_is_due_together_the_dearest_comes_first(reviewer, store):
    cheap = alert(store, MOMENT, money_at_risk=Decimal(10))
    unknown = alert(store, MOMENT, money_at_risk=None)
    dear = clock(store, MOMENT, money_at_risk=Decimal(900))

    assert rows(reviewer, store) == [dear, cheap, unknown]


def test_a_breached_clock_is_there_once_as_its_alert(reviewer, store):
    order = order_in(store)
    factories.BreachedDeadlineFactory(subject=order)
    raised = factories.AlertFactory(subject=order, check_code="orders.confirm")

    assert rows(reviewer, store) == [raised]


def test_a_clock_with_an_alert_of_another_check_stays(reviewer, store):
    order = order_in(store)
    running = factories.DeadlineFactory(subject=order)
    raised = factories.AlertFactory(subject=order, check_code="orders.review")

    assert set(rows(reviewer, store)) == {running, raised}


def test_what_a_person_settled_does_not_come_back_as_a_clock(reviewer, store):
    order = order_in(store)
    factories.BreachedDeadlineFactory(subject=order)
    factories.AlertFactory(
        subject=order, state="resolved", resolved_at=MOMENT + 60 * MINUTE, resolution="person"
    )

    assert rows(reviewer, store, at=MOMENT + 61 * MINUTE) == []


def test_a_breach_after_a_person_settled_the_last_one_is_there(reviewer, store):
    order = order_in(store)
    breached = factories.BreachedDeadlineFactory(
        subject=order, started_at=MOMENT, rule="orders.review"
    )
    factories.AlertFactory(
        subject=order,
        check_code="orders.review",
        state="resolved",
        resolved_at=MOMENT - MINUTE,
        resolution="person",
    )

    assert rows(reviewer, store) == [breached]


@pytest.mark.parametrize("state", ["paused", "met", "cancelled"])
def test_a_clock_that_does_not_run_is_not_there(state, reviewer, store):
    clock(store, state=state)

    assert rows(reviewer, store) == []


def test_a_snoozed_alert_comes_back_when_its_time_has_come(reviewer, store):
    asleep = alert(store, snoozed_until=MOMENT + MINUTE)

    assert rows(reviewer, store) == []
    assert rows(reviewer, store, at=MOMENT + MINUTE) == [asleep]


def test_another_role_has_another_desk(reviewer, store):
    alert(store, owner_role=Role.WAREHOUSE)
    clock(store, owner_role=Role.WAREHOUSE)

    assert rows(reviewer, store) == []


def test_another_store_has_another_desk(reviewer, store):
    other = factories.StoreFactory()
    alert(other)
    clock(other)

    assert rows(reviewer, store) == []


def test_what_is_assigned_by_name_is_on_that_desk_only(reviewer, store):
    packer = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    given = alert(store, assignee=packer)

    assert rows(reviewer, store) == []
    assert rows(packer, store) == [given]


def test_a_superuser_sees_the_desks_of_all_roles(store):
    superuser = factories.UserFactory(is_superuser=True)
    given = alert(store, MOMENT, assignee=factories.UserFactory(role="warehouse", store=store))
    running = clock(store, MOMENT + MINUTE, owner_role=Role.WAREHOUSE)

    assert rows(superuser, store) == [given, running]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_walk_in_pages_meets_every_row_once_and_in_order(size, reviewer, store):
    for number in range(4):
        due = MOMENT + number * MINUTE
        alert(store, due)
        alert(store, due, money_at_risk=Decimal(number))
        clock(store, due)
    alert(store)
    everything = rows(reviewer, store)

    walked, after = [], None
    while page := rows(reviewer, store, limit=size, after=after):
        walked += page
        after = Place.parse(str(Place.of(page[-1])))

    assert walked == everything
    assert len(walked) == 13


def test_alerts_that_fill_a_page_do_not_hide_a_clock_that_is_due_before_them(reviewer, store):
    for _ in range(3):
        alert(store, MOMENT + 10 * MINUTE)
    due = clock(store, MOMENT + 5 * MINUTE)

    assert rows(reviewer, store, limit=2)[0] == due


@pytest.mark.parametrize("text", ["", "x", "a_b_c_d", "2026-01-01_1_2", "infinity_NaN_0_1"])
def test_a_place_that_nobody_wrote_is_no_place(text):
    assert Place.parse(text) is None


def test_a_place_survives_its_way_through_an_address(reviewer, store):
    place = Place.of(alert(store, MOMENT))

    assert Place.parse(str(place)) == place
    assert place.kind == ALERT


def test_the_chips_narrow_the_list(reviewer, store):
    overdue = alert(store, MOMENT - MINUTE)
    today = clock(store, MOMENT + MINUTE, rule="orders.review")
    clock(store, MOMENT + timedelta(days=2))

    assert rows(reviewer, store, chosen=Chosen(when="overdue")) == [overdue]
    assert rows(reviewer, store, chosen=Chosen(when="today")) == [today]
    assert rows(reviewer, store, chosen=Chosen(clause="ORD-3")) == [today]


def test_today_ends_at_midnight_in_the_store(reviewer, store):
    """MOMENT is 10:00 in Shanghai: the day ends fourteen hours later."""
    clock(store, MOMENT + timedelta(hours=14))
    last = clock(store, MOMENT + timedelta(hours=14) - MINUTE)

    assert rows(reviewer, store, chosen=Chosen(when="today")) == [last]


def test_counts_stop_at_their_cap(reviewer, store):
    for _ in range(3):
        alert(store, MOMENT - MINUTE)
    clock(store, MOMENT - MINUTE)
    clock(store, MOMENT + MINUTE)

    assert desk_counts(reviewer, [store], at=MOMENT, most=99) == {"overdue": 4, "today": 1}
    assert desk_counts(reviewer, [store], at=MOMENT, most=2) == {"overdue": 3, "today": 1}


def test_the_desk_agrees_with_the_querysets_it_is_faster_than(reviewer, store):
    for number in range(5):
        alert(store, MOMENT + number * MINUTE, owner_role=list(Role)[number])
        clock(store, MOMENT + number * MINUTE, owner_role=list(Role)[number])

    expected = {*Alert.objects.for_desk(reviewer, MOMENT), *Deadline.objects.for_desk(reviewer)}

    assert set(rows(reviewer, store)) == expected


def test_what_waits_for_a_decision_lies_among_the_rest_in_due_order(store):
    finance = factories.UserFactory(role=Role.FINANCE, store=store)
    sooner = alert(store, MOMENT + 60 * MINUTE, owner_role=Role.FINANCE)
    request = factories.ApprovalFactory(store=store, expires_at=MOMENT + 90 * MINUTE)
    later = alert(store, MOMENT + 120 * MINUTE, owner_role=Role.FINANCE)
    factories.ApprovalFactory(store=store, filer=finance)

    assert rows(finance, store) == [sooner, request, later]
    assert rows(request.filer, store) == []


def test_requests_that_are_due_together_are_paged_without_holes(store):
    finance = factories.UserFactory(role=Role.FINANCE, store=store)
    for money in (10, 30, 20, 30):
        factories.ApprovalFactory(store=store, amount=money)
    alert(store, MOMENT + 2 * 24 * 60 * MINUTE, owner_role=Role.FINANCE, money_at_risk=Decimal(20))
    everything = rows(finance, store)

    read, after = [], None
    while page := rows(finance, store, limit=1, after=after):
        read += page
        after = Place.parse(str(Place.of(page[-1])))

    assert read == everything
    assert len(read) == 5


def test_requests_are_narrowed_like_the_rest(store):
    finance = factories.UserFactory(role=Role.FINANCE, store=store)
    today = factories.ApprovalFactory(store=store, expires_at=MOMENT + 60 * MINUTE)
    factories.ApprovalFactory(store=store)
    other = factories.StoreFactory()
    factories.MembershipFactory(user=finance, store=other, role=Role.FINANCE)
    elsewhere = factories.ApprovalFactory(store=other)
    finance = type(finance).objects.get(pk=finance.pk)

    def chosen(**choice):
        both = [store, other]
        return desk_rows(finance, both, at=MOMENT, limit=50, chosen=Chosen(**choice))

    assert chosen(when="today") == [today]
    assert chosen(when="overdue") == []
    assert chosen(store_id=other.pk) == [elsewhere]
    assert len(chosen(clause="CAT-7")) == 3
    assert chosen(clause="ORD-2") == []
    assert desk_counts(finance, [store, other], at=MOMENT, most=99) == {"overdue": 0, "today": 1}
