"""Differences of money are settled once, by whom and how is on record (ORD-9)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import MoneyDifference
from orders.services import settling
from orders.services.settling import reopen_refused, settle_all, settle_difference
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    MoneyDifferenceFactory,
    OrderFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def finance(store):
    return UserFactory(username="fang", role=Role.FINANCE, store=store)


def difference(store, amount="100.00"):
    order = OrderFactory(store=store, total_amount=Decimal(amount))
    return MoneyDifferenceFactory(payment__order=order)


def settle(one, actor, how="written_off", note="Too small to claim.", at=MOMENT):
    return settle_difference(difference_id=one.pk, how=how, note=note, actor=actor, at=at)


def test_settled_with_kind_and_note_by_whom(store, finance):
    settled = settle(difference(store), finance)

    assert (settled.state, settled.how, settled.settled_by) == ("settled", "written_off", finance)


def test_without_a_note_or_the_right_nothing_is_settled(store, finance):
    one = difference(store)
    reader = UserFactory(role=Role.ANALYST, store=store)

    with pytest.raises(DomainError):
        settle(one, finance, note="  ")
    with pytest.raises(NotAllowed):
        settle(one, reader)

    one.refresh_from_db()
    assert one.state == "open"


def test_the_second_is_told_who_was_first(store, finance):
    one = difference(store)
    settle(one, finance)

    with pytest.raises(Conflict, match="fang"):
        settle(one, UserFactory(role=Role.FINANCE, store=store))


def test_figures_that_changed_meanwhile_are_another_difference(store, finance, monkeypatch):
    one = difference(store)

    def changed(*args):
        MoneyDifference.objects.filter(pk=one.pk).update(theirs=Decimal("1.00"))
        return False

    monkeypatch.setattr(settling, "_is_large", changed)

    with pytest.raises(Conflict, match="changed"):
        settle(one, finance)


def test_above_the_limit_two_people_settle(store, finance):
    """ORD-9: the second person is another one of finance, and what was asked is what is done."""
    other = UserFactory(role=Role.FINANCE, store=store)
    asked = settle(difference(store, "200.01"), finance, how="claimed")
    assert (asked.state, asked.settled_at) == ("asked", None)
    later = MOMENT + timedelta(hours=1)
    with pytest.raises(NotAllowed):
        decide(approval_id=asked.approval_id, verdict="approve", actor=finance, at=later)
    decide(approval_id=asked.approval_id, verdict="approve", actor=other, at=later)
    carry_out(approval_id=asked.approval_id, at=later)

    asked.refresh_from_db()
    assert (asked.state, asked.how, asked.settled_by) == ("settled", "claimed", finance)


def test_the_limit_counts_what_one_person_settled_within_a_day(store, finance):
    settle(difference(store, "150.00"), finance)

    assert settle(difference(store, "60.00"), finance).state == "asked"
    assert settle(difference(store, "60.00"), finance, at=MOMENT + timedelta(days=2)).state == (
        "settled"
    )


def test_what_was_asked_for_in_vain_is_open_again(store, finance):
    one = settle(difference(store, "500.00"), finance)
    type(one.approval).objects.filter(pk=one.approval_id).update(state="expired", ended_at=MOMENT)

    assert reopen_refused() == 1
    one.refresh_from_db()
    assert (one.state, one.how, one.approval) == ("open", "", None)


def test_many_at_once_leave_alone_what_is_settled_or_of_other_stores(store, finance):
    rows = [difference(store, "10.00") for _ in range(3)]
    settle(rows[0], finance)
    foreign = difference(StoreFactory(), "10.00")
    ids = [row.pk for row in (*rows, foreign)]

    done = settle_all("accepted", ids, finance, MOMENT, "Agreed by phone.")

    assert (done.changed, done.refused) == ([rows[1].pk, rows[2].pk], {})


@pytest.mark.django_db(transaction=True)
def test_settled_twice_at_once_one_wins_and_the_other_is_told(store, finance, monkeypatch):
    monkeypatch.setattr(settling, "_is_large", slowly(settling._is_large))
    one = difference(store)
    people = [finance, UserFactory(username="gao", role=Role.FINANCE, store=store)]

    results = run_together([partial(settle, one, person) for person in people])

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "MoneyDifference"]
    one.refresh_from_db()
    loser = next(result for result in results if isinstance(result, Conflict))
    assert loser.facts["settled_by"] == str(one.settled_by)
