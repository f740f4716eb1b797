"""CAT-11: the supplier confirms in time, the goods come in time, or somebody is told."""

from datetime import date, timedelta

import pytest

from catalog.models import PresaleLot, SupplierAnswer
from catalog.services.presale_supply import RULE, ask_supplier, record_answer
from catalog.services.presale_watch import JOB, NOT_IN, OVERSOLD, UNCONFIRMED, look_at_presales
from catalog.services.presales import cancel_lot
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.services.reservation import reserve_waiting_orders
from tests import factories
from tests.factories import MOMENT, PresaleLotFactory, SkuFactory, UserFactory
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def lot(store):
    """To be shipped on March 10: goods by March 9, confirmed by March 5."""
    sku = SkuFactory(store=store, code="A", list_price=100)
    return PresaleLotFactory(sku=sku, is_open=True)


@pytest.fixture
def operator(store):
    return UserFactory(role=Role.CATALOG_OPERATOR, store=store)


def ask(lot, operator, at=MOMENT):
    ask_supplier(lot_id=lot.pk, actor=operator, at=at)


def answer(lot, operator, day, at=MOMENT):
    record_answer(
        lot_id=lot.pk,
        day=date(2026, 3, day) if day else None,
        paper="mail of today",
        actor=operator,
        at=at,
    )


def alerts_of(kind):
    return Alert.objects.filter(check_code=kind.code).exclude(state="resolved")


def clock():
    return Deadline.objects.get(rule=RULE.code)


def test_a_supplier_that_is_asked_owes_an_answer(lot, operator):
    """CAT-11: two days, by a clock."""
    ask(lot, operator)

    assert clock().due_at == MOMENT + 2 * DAY
    with pytest.raises(Conflict, match="has not answered"):
        ask(lot, operator)

    answer(lot, operator, 9, at=MOMENT + DAY)

    lot.refresh_from_db()
    assert (clock().state, lot.confirmed_for) == ("met", date(2026, 3, 9))


def test_every_answer_stays_with_who_entered_it(lot, operator):
    """CAT-11: a newer answer counts, the older ones are the history."""
    ask(lot, operator)
    answer(lot, operator, None)
    answer(lot, operator, 8)

    found = SupplierAnswer.objects.order_by("pk").values_list("kind", "day", "entered_by")
    assert list(found) == [
        ("asked", None, operator.pk),
        ("refused", None, operator.pk),
        ("confirmed", date(2026, 3, 8), operator.pk),
    ]
    with pytest.raises(Exception, match="Cannot"):
        SupplierAnswer.objects.update(note="otherwise")


def test_an_answer_stands_on_something(lot, operator):
    ask(lot, operator)

    with pytest.raises(DomainError, match="Name the paper"):
        record_answer(lot_id=lot.pk, day=date(2026, 3, 8), actor=operator, at=MOMENT)


def test_no_answer_without_a_question_and_none_by_a_stranger(lot, operator, store):
    with pytest.raises(Conflict, match="not been asked"):
        answer(lot, operator, 8)
    with pytest.raises(NotAllowed):
        ask(lot, UserFactory(role=Role.WAREHOUSE, store=store))


@pytest.mark.parametrize(("days", "alerts"), [(3, 0), (4, 1)])
def test_goods_not_confirmed_five_days_ahead_are_an_alert(lot, store, days, alerts):
    """CAT-11: March 5 is in time, March 6 is not."""
    look_at_presales(store, at=MOMENT + days * DAY)

    assert alerts_of(UNCONFIRMED).count() == alerts


@pytest.mark.parametrize(("day", "alerts"), [(9, 0), (10, 1), (None, 1)])
def test_a_day_too_late_and_a_refusal_are_an_alert_at_once(lot, store, operator, day, alerts):
    """CAT-11: a day for handling lies between goods and promise."""
    ask(lot, operator)
    answer(lot, operator, day)
    look_at_presales(store, at=MOMENT)
    assert alerts_of(UNCONFIRMED).count() == alerts

    answer(lot, operator, 9)
    look_at_presales(store, at=MOMENT)

    assert not alerts_of(UNCONFIRMED).exists()


def test_goods_that_are_not_in_are_told_until_they_are(lot, store):
    """CAT-11: on the day before the promise; critical on the day itself."""
    place(store, draft("T1", ("A", 3)))
    look_at_presales(store, at=MOMENT + 6 * DAY)
    assert not alerts_of(NOT_IN).exists()

    look_at_presales(store, at=MOMENT + 7 * DAY)
    assert alerts_of(NOT_IN).get().severity == "warning"
    look_at_presales(store, at=MOMENT + 8 * DAY)
    alert = alerts_of(NOT_IN).get()
    assert (alert.severity, alert.evidence["waiting"]) == ("critical", 3)

    stock(store, A=3)
    reserve_waiting_orders(at=MOMENT + 8 * DAY)
    look_at_presales(store, at=MOMENT + 8 * DAY)

    assert not alerts_of(NOT_IN).exists()


def test_more_sold_than_offered_is_an_alert(lot, store):
    """CAT-11"""
    place(store, draft("T1", ("A", 10)))
    look_at_presales(store, at=MOMENT)
    assert not alerts_of(OVERSOLD).exists()

    place(store, draft("T2", ("A", 1)))
    look_at_presales(store, at=MOMENT)

    assert alerts_of(OVERSOLD).get().evidence == {"ordered": 11, "offered": 10}


def test_what_is_called_off_owes_nothing(lot, store, operator):
    ask(lot, operator)
    lead = UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    look_at_presales(store, at=MOMENT + 5 * DAY)

    cancel_lot(lot_id=lot.pk, reason="no goods", actor=lead, at=MOMENT + 5 * DAY)
    look_at_presales(store, at=MOMENT + 5 * DAY)

    assert clock().state == "cancelled"
    assert not alerts_of(UNCONFIRMED).exists()


def test_the_job_ends_puts_away_and_tells(lot):
    """CAT-11: what nobody ordered is kept a day after its end."""
    slot = factories.SlotFactory()

    assert JOB.run(slot, MOMENT + 5 * DAY) == {"ended": 1, "fulfilled": 0, "in_danger": 1}
    assert JOB.run(slot, MOMENT + 6 * DAY) == {"ended": 0, "fulfilled": 1, "in_danger": 0}
    assert PresaleLot.objects.get().state == PresaleLot.State.FULFILLED
