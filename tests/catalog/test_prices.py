"""CAT-6: filed ahead, agreed on by somebody else, in effect by itself, never below the floor."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from catalog.models import Price, PriceChange, PriceChangeLine, Sku
from catalog.services import price_requests
from catalog.services.price_checks import PriceRefused
from catalog.services.price_effect import JOB, apply_due
from catalog.services.pricing import MARGIN, price_of
from catalog.services.repricing import cancel_price_change
from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.schedule import services as schedule
from opsdesk.schedule.models import Slot
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.pricing import BEGINS, DAY, HOUR, agree, asked, file, states
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

LATE = timedelta(hours=3)


@pytest.fixture
def sku(db):
    return factories.SkuFactory(cost=Decimal("34.00"), code="MUG-1")


@pytest.fixture
def store(sku):
    return sku.store


@pytest.fixture
def channel(store):
    return store.channels.get()


@pytest.fixture
def operator(store):
    return factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.MARKETING_LEAD, store=store)


@pytest.fixture
def finance(store):
    return factories.UserFactory(role=Role.FINANCE, store=store)


def list_price(sku):
    return Sku.objects.get(pk=sku.pk).list_price


def prices(sku, channel=None):
    rows = Price.objects.filter(sku=sku, channel=channel).order_by("valid")
    return [(price.amount, price.valid.lower, price.valid.upper) for price in rows]


def test_two_prices_of_a_sku_never_hold_at_once(sku, channel):
    """CAT-6: the database refuses it, on one channel and on all."""
    first = factories.PriceFactory(sku=sku)
    factories.PriceFactory(sku=sku, channel=channel, amount=90)

    for place in (None, channel):
        with pytest.raises(IntegrityError, match="price_one_at_a_time"), transaction.atomic():
            factories.PriceFactory(sku=sku, channel=place, valid=DateTimeTZRange(MOMENT, None))

    before = DateTimeTZRange(first.valid.lower - DAY, first.valid.lower)
    factories.PriceFactory(sku=sku, amount=80, valid=before)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"valid": DateTimeTZRange(MOMENT - 400 * DAY, None)},
        {"valid": DateTimeTZRange(MOMENT, MOMENT + DAY)},
    ],
)
def test_a_price_is_never_edited_away(change, sku):
    price = factories.PriceFactory(sku=sku)

    with pytest.raises(DatabaseError), transaction.atomic():
        Price.objects.filter(pk=price.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        price.delete()

    Price.objects.update(valid=DateTimeTZRange(price.valid.lower, MOMENT))
    with pytest.raises(DatabaseError), transaction.atomic():
        Price.objects.update(valid=price.valid)


def test_the_channels_price_comes_before_the_stores_and_that_before_the_list_price(
    sku, channel, django_assert_num_queries
):
    plain = factories.SkuFactory(store=sku.store, list_price=7)
    bare = factories.SkuFactory(store=sku.store, list_price=None)
    factories.PriceFactory(sku=sku)
    here = DateTimeTZRange(MOMENT, MOMENT + DAY)
    factories.PriceFactory(sku=sku, channel=channel, amount=90, valid=here)
    ids = [sku.pk, plain.pk, bare.pk]

    with django_assert_num_queries(2):
        found = price_of(ids, channel, MOMENT)

    assert found == {sku.pk: 90, plain.pk: 7, bare.pk: None}
    assert price_of(ids, channel, MOMENT + DAY)[sku.pk] == 100
    assert price_of(ids, None, MOMENT)[sku.pk] == 100


def test_a_price_change_is_filed_a_day_ahead(sku, operator):
    """CAT-6: filed ≥ 24 h ahead."""
    with pytest.raises(PriceRefused, match=r"1 d 0 h ahead: at the earliest for .*03-03 10:00"):
        file(operator, asked(sku, starts=MOMENT + DAY - timedelta(seconds=1)))

    file(operator, asked(sku, starts=MOMENT + DAY))

    assert PriceChange.objects.count() == 1


def test_a_price_below_the_floor_is_refused_with_its_arithmetic(sku, operator):
    """CAT-6: cost + minimum margin."""
    with pytest.raises(PriceRefused) as refused:
        file(operator, asked(sku, "35.00"))

    assert refused.value.message == "Below the floor: cost 34.00 × 1.15 = 39.10 > 35.00."
    assert not PriceChange.objects.exists()
    file(operator, asked(sku, "39.10"))


def test_the_margin_is_the_channels_own_where_it_has_one(sku, channel, operator):
    factories.SettingOverrideFactory(
        key=MARGIN.key, store=sku.store, channel=channel, value=50, valid_from=MOMENT - DAY
    )

    with pytest.raises(PriceRefused, match=r"34\.00 × 1\.5 = 51\.00 > 50\.00"):
        file(operator, asked(sku, "50", channel=channel))
    file(operator, asked(sku, "50"))


def test_somebody_else_agrees_and_the_price_holds_from_its_moment_on(
    sku, store, channel, operator, lead
):
    """CAT-6: approved by someone else, takes effect by itself at its time, history is kept."""
    change = file(operator, asked(sku))
    assert agree(change, lead) == "carried_out"
    assert (states(change), list_price(sku)) == (["planned"], 100)

    assert apply_due(at=BEGINS - timedelta(seconds=1))["applied"] == 0
    assert apply_due(at=BEGINS) == {"applied": 1, "dropped": 0, "ended": 0}
    assert apply_due(at=BEGINS)["applied"] == 0

    assert (states(change), list_price(sku)) == (["applied"], 95)
    assert prices(sku) == [(100, MOMENT, BEGINS), (95, BEGINS, None)]
    assert price_of([sku.pk], channel, BEGINS - HOUR) == {sku.pk: 100}
    entries = AuditEntry.objects.of(sku).filter(verb="changed")
    assert [entry.after for entry in entries] == [{"list_price": 95.0}]
    assert AuditEntry.objects.filter(model="catalog.price", verb="created").count() == 2
    assert_invariants_hold()


def test_nobody_agrees_to_their_own_price(sku, lead, finance):
    change = file(lead, asked(sku))

    with pytest.raises(NotAllowed):
        agree(change, lead)

    assert agree(change, finance) == "carried_out"


@pytest.mark.parametrize("price", ["89.99", "110.01"])
def test_above_ten_percent_finance_decides(price, sku, operator, lead, finance):
    """CAT-6: whoever else agrees, a large change takes finance."""
    change = file(operator, asked(sku, price))

    assert (change.approval.kind, change.approval.roles) == (price_requests.LARGE, ["finance"])
    with pytest.raises(NotAllowed, match="decided by: Finance"):
        agree(change, lead)
    assert agree(change, finance) == "carried_out"


def test_without_a_known_cost_it_is_said_and_finance_decides(store, operator):
    sku = factories.SkuFactory(store=store, cost=None)

    change = file(operator, asked(sku))

    assert change.approval.roles == ["finance"]
    described = price_requests.LARGE_PRICE_CHANGE.describe(change.approval)
    line = described.changes[0]
    assert line.shown(with_costs=True).after == "¥95.00 · -5.0 % · cost unknown"
    assert line.shown(with_costs=False).after == "¥95.00 · -5.0 %"


def test_many_skus_are_one_large_request(store, operator):
    skus = factories.SkuFactory.create_batch(51, store=store, cost=1)

    change = file(operator, *map(asked, skus))

    assert change.approval.roles == ["finance"]
    said = price_requests.LARGE_PRICE_CHANGE.describe(change.approval)
    assert said.summary == "51 prices from 03-04 10:00 on"
    assert Approval.objects.count() == 1


def test_a_late_run_catches_up_and_keeps_the_planned_moment(sku, operator, lead):
    """CAT-6: nobody was there for three hours; the price holds from its own moment on, once."""
    change = file(operator, asked(sku))
    agree(change, lead)
    Slot.objects.create(job=JOB.code, slot_at=BEGINS - HOUR, state=Slot.State.DONE)

    schedule.make_due_slots(at=BEGINS + LATE)
    slots = Slot.objects.filter(job=JOB.code, state=Slot.State.DUE)
    assert slots.count() == 240
    for slot_id in [pk for pk in schedule.waiting_slots(at=BEGINS + LATE) if pk in slots.in_bulk()]:
        schedule.run_slot(slot_id, at=BEGINS + LATE)

    ran = Slot.objects.filter(job=JOB.code).exclude(result={})
    assert ran.get().result == {"applied": 1, "dropped": 0, "ended": 0}
    assert prices(sku)[-1] == (95, BEGINS, None)
    line = change.lines.get()
    assert (line.state, line.settled_at) == ("applied", BEGINS + LATE)


def test_after_a_long_outage_the_oldest_moment_comes_first(sku, operator, lead):
    later = BEGINS + DAY
    for line in (asked(sku, "95", until=later), asked(sku, "94", starts=later)):
        agree(file(operator, line), lead)

    assert apply_due(at=later + LATE) == {"applied": 2, "dropped": 0, "ended": 1}

    assert [row[0] for row in prices(sku)] == [100, 95, 94]
    assert prices(sku)[1][2] == prices(sku)[2][1] == later
    assert list_price(sku) == 94
    assert_invariants_hold()


def test_after_a_temporary_price_the_lasting_one_holds_again(sku, channel, operator, lead):
    until = BEGINS + DAY
    here = asked(sku, "92", channel=channel, until=until)
    agree(file(operator, asked(sku, until=until), here), lead)
    apply_due(at=BEGINS)
    assert (list_price(sku), price_of([sku.pk], channel, BEGINS)[sku.pk]) == (95, 92)

    apply_due(at=until + LATE)

    assert prices(sku)[1:] == [(95, BEGINS, until), (100, until, None)]
    assert prices(sku, channel) == [(92, BEGINS, until)]
    assert (list_price(sku), price_of([sku.pk], channel, until)[sku.pk]) == (100, 100)
    assert_invariants_hold()


def test_a_price_that_begins_within_a_temporary_one_outlives_it(sku, operator, lead):
    agree(file(operator, asked(sku, until=BEGINS + 9 * DAY)), lead)
    apply_due(at=BEGINS)
    second = file(operator, asked(sku, "97", starts=BEGINS + 3 * DAY), at=BEGINS)
    agree(second, lead, at=BEGINS + HOUR)

    apply_due(at=BEGINS + 20 * DAY)

    assert [row[0] for row in prices(sku)] == [100, 95, 97]
    assert list_price(sku) == 97


def test_a_cost_that_rises_before_the_decision_is_carried_out_voids_it(sku, operator, lead):
    change = file(operator, asked(sku))
    Sku.objects.update(cost=90)

    assert agree(change, lead) == "voided"
    assert states(change) == ["asked"]


def test_a_cost_that_rises_before_the_moment_keeps_the_price_from_taking_effect(
    sku, operator, lead
):
    """CAT-6: checked again when it takes effect; the alert has the arithmetic."""
    other = factories.SkuFactory(store=sku.store, cost=1)
    change = file(operator, asked(sku), asked(other))
    agree(change, lead)
    Sku.objects.filter(pk=sku.pk).update(cost=Decimal("82.61"))

    assert apply_due(at=BEGINS) == {"applied": 1, "dropped": 1, "ended": 0}

    assert (states(change), list_price(sku)) == (["dropped", "applied"], 100)
    alert = Alert.objects.get(check_code="catalog.price_not_applied")
    assert alert.evidence["why"] == "cost 82.61 × 1.15 = 95.01 > 95.00"
    assert (alert.subject_label, alert.subject_id) == ("MUG-1", change.pk)


def test_what_is_planned_already_is_named(sku, operator, lead):
    first = file(operator, asked(sku))
    agree(first, lead)

    with pytest.raises(PriceRefused, match=f"95.00 is planned .* by price change #{first.pk}"):
        file(operator, asked(sku, "96", starts=BEGINS + DAY))


def test_a_decision_that_comes_too_late_changes_nothing(sku, operator, lead):
    change = file(operator, asked(sku, starts=MOMENT + DAY))

    assert agree(change, lead, at=MOMENT + 30 * HOUR) == "failed"

    change.approval.refresh_from_db()
    assert "has passed. File the change anew." in change.approval.note


def test_what_is_planned_can_be_cancelled_until_its_moment(sku, operator, lead, finance):
    change = file(operator, asked(sku))
    agree(change, lead)
    stranger = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=sku.store)
    cancel = partial(cancel_price_change, change_id=change.pk, at=BEGINS - HOUR)

    with pytest.raises(NotAllowed):
        cancel(actor=stranger)
    cancel(actor=operator)
    with pytest.raises(Conflict):
        cancel(actor=finance)

    assert apply_due(at=BEGINS)["applied"] == 0
    assert (states(change), list_price(sku)) == (["cancelled"], 100)


def test_before_a_decision_to_cancel_is_to_withdraw(sku, operator, lead):
    change = file(operator, asked(sku))

    cancel_price_change(change_id=change.pk, actor=operator, at=MOMENT + HOUR)

    change.approval.refresh_from_db()
    assert (change.approval.state, change.approval.why) == ("voided", "withdrawn")


def test_a_temporary_price_needs_a_lasting_one_to_go_back_to(store, channel, operator):
    bare = factories.SkuFactory(store=store, list_price=None)

    with pytest.raises(PriceRefused, match="no lasting price"):
        file(operator, asked(bare, until=BEGINS + DAY))
    file(operator, asked(bare, until=BEGINS + DAY, channel=channel))


def test_an_order_that_was_placed_keeps_its_price(sku, operator, lead):
    line = factories.OrderLineFactory(sku=sku, order__store=sku.store, unit_price=100)
    agree(file(operator, asked(sku)), lead)

    apply_due(at=BEGINS)

    line.refresh_from_db()
    assert line.unit_price == 100


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_for_one_time_one_wins_and_the_other_is_told_why(monkeypatch):
    """E21: both were agreed on, and both looked before either was planned."""
    refuse = price_requests._refuse_what_no_longer_holds
    sku = factories.SkuFactory(cost=1)
    operator, lead = (
        factories.UserFactory(role=role, store=sku.store)
        for role in (Role.CATALOG_OPERATOR, Role.MARKETING_LEAD)
    )
    changes = [file(operator, asked(sku, "95")), file(operator, asked(sku, "96"))]
    for change in changes:
        decide(approval_id=change.approval_id, verdict="approve", actor=lead, at=MOMENT + HOUR)
    monkeypatch.setattr(price_requests, "_refuse_what_no_longer_holds", slowly(refuse))

    carry = partial(carrying.carry_out, at=MOMENT + HOUR)
    results = run_together([partial(carry, approval_id=c.approval_id) for c in changes])

    assert sorted(results) == ["carried_out", "failed"]
    assert PriceChangeLine.objects.planned().count() == 1
    winner = PriceChangeLine.objects.planned().get().change_id
    loser = Approval.objects.get(state="failed")
    assert f"is planned from 03-04 10:00 on by price change #{winner}" in loser.note


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_apply_a_price_once():
    sku = factories.SkuFactory(cost=1)
    operator, lead = (
        factories.UserFactory(role=role, store=sku.store)
        for role in (Role.CATALOG_OPERATOR, Role.MARKETING_LEAD)
    )
    agree(file(operator, asked(sku)), lead)

    results = run_together([partial(apply_due, at=BEGINS + LATE) for _ in range(3)])

    assert sum(result["applied"] for result in results) == 1
    assert [row[0] for row in prices(sku)] == [100, 95]
