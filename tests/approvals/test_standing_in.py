"""Absences: one says so oneself, names a colleague, and comes back earlier if one likes."""

from datetime import timedelta

import pytest

from opsdesk.approvals.models import Delegation
from opsdesk.approvals.services.standing_in import delegate, end_absence
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

DAY = timedelta(days=1)


def away(absent, stand_in, store, start=MOMENT, days=7):
    return delegate(
        absent=absent,
        stand_in=stand_in,
        store=store,
        starts_at=start,
        ends_at=start + days * DAY,
        at=MOMENT,
    )


def test_a_colleague_stands_in(lead, finance, store):
    absence = away(lead, finance, store)

    assert list(Delegation.objects.at(MOMENT)) == [absence]
    assert not Delegation.objects.at(MOMENT + 7 * DAY).exists()


def test_somebody_of_another_store_does_not(lead, store):
    with pytest.raises(DomainError, match="works for this store"):
        away(lead, factories.UserFactory(role=Role.FINANCE), store)


def test_nobody_is_away_from_a_store_they_dont_work_for(lead, finance):
    with pytest.raises(NotAllowed):
        away(lead, finance, factories.StoreFactory())


def test_nobody_stands_in_for_themselves(lead, store):
    with pytest.raises(DomainError, match="somebody else"):
        away(lead, lead, store)


@pytest.mark.parametrize("days", [0, -1])
def test_an_absence_lasts(days, lead, finance, store):
    with pytest.raises(DomainError, match="ends after"):
        away(lead, finance, store, days=days)


def test_an_absence_that_is_over_is_not_entered(lead, finance, store):
    with pytest.raises(DomainError, match="future"):
        away(lead, finance, store, start=MOMENT - 2 * DAY, days=1)


def test_there_is_one_stand_in_at_a_time(lead, finance, store):
    away(lead, finance, store)

    with pytest.raises(Conflict):
        away(lead, finance, store, start=MOMENT + 6 * DAY)
    assert away(lead, finance, store, start=MOMENT + 7 * DAY).pk


def test_who_is_back_decides_for_themselves(lead, finance, store):
    absence = away(lead, finance, store)

    for other in (finance, factories.UserFactory(is_superuser=True)):
        with pytest.raises(NotAllowed, match="who is away"):
            end_absence(delegation_id=absence.pk, actor=other, at=MOMENT + DAY)
    assert end_absence(delegation_id=absence.pk, actor=lead, at=MOMENT + DAY) == 1
    assert end_absence(delegation_id=absence.pk, actor=lead, at=MOMENT + DAY) == 0
    assert not Delegation.objects.at(MOMENT + DAY).exists()


def test_an_absence_that_has_not_begun_is_taken_back_whole(lead, finance, store):
    absence = away(lead, finance, store, start=MOMENT + DAY)

    end_absence(delegation_id=absence.pk, actor=lead, at=MOMENT)

    assert not Delegation.objects.at(MOMENT + 2 * DAY).exists()
    assert away(lead, finance, store, start=MOMENT + DAY).pk
