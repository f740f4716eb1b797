"""CAT-9, CAT-10: measures with cost and effect; chosen, they are a price request or a task."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from catalog.models import ClearancePlan, PriceChangeLine
from catalog.services import clearing
from catalog.services.clearance_effect import daily_sales, effects_of
from catalog.services.clearing import (
    CARRIED_OUT,
    Task,
    cut_prices,
    drop_plan,
    finish_plan,
    plan_clearance,
)
from catalog.services.measures import Choice, propose
from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests.catalog.ledgers import Kind, Line, write
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    ClearancePlanFactory,
    ProductFactory,
    SkuFactory,
    SlowStockFactory,
    StockCoverFactory,
    StoreFactory,
    SupplierItemFactory,
    UserFactory,
    WarehouseFactory,
)

Measure = ClearancePlan.Measure
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def operator(store):
    return UserFactory(role=Role.CATALOG_OPERATOR, store=store)


def slow_row(store, *, category="Cups", **fields):
    """100 pieces at a cost of 60.00 that sell for 100.00, one a day."""
    sku = {"store": store, "product": ProductFactory(store=store, category=category)}
    given = {name: fields.pop(name) for name in ("cost", "list_price") if name in fields}
    return SlowStockFactory(sku=SkuFactory(**sku, **{"cost": Decimal(60), **given}), **fields)


def proposed(row):
    return {proposal.measure: proposal for proposal in propose([row], at=MOMENT)[row.pk]}


def figures(proposal):
    return proposal.pieces, proposal.freed, proposal.lost


def best_seller(store, *, category="Cups", average=4, price="50.00"):
    product = ProductFactory(store=store, category=category)
    sku = SkuFactory(store=store, product=product, list_price=Decimal(price))
    StockCoverFactory(sku=sku, average=average)
    return sku


def test_a_price_cut_is_told_with_what_leaves_and_what_is_given_up(store):
    """CAT-9: 20 % off, assumed to sell three times as much for 30 days."""
    cut = proposed(slow_row(store))[Choice.PRICE_CUT]

    assert cut.price == 80
    assert figures(cut) == (90, 5400, 1800)
    assert "90 × (100.00 − 80.00) = 1800.00" in [step.text for step in cut.steps]


def test_a_price_is_never_cut_below_its_floor(store):
    """CAT-9, CAT-6: cost 80.00 × 1.15 = 92.00; at the floor already it can't be cut."""
    cut = proposed(slow_row(store, cost=Decimal(80)))[Choice.PRICE_CUT]
    at_floor = proposed(slow_row(store, cost=Decimal(100)))[Choice.PRICE_CUT]

    assert cut.price == 92
    assert at_floor.price is None
    assert at_floor.problem


def test_the_second_piece_at_half_price(store):
    """CAT-9: two for 150.00, assumed to sell twice as much; the margin of a pair is told."""
    second = proposed(slow_row(store))[Choice.NTH_PIECE]

    assert figures(second) == (60, 3600, 1500)
    assert any("150.00 − 60.00 − 60.00 = 30.00" in step.text for step in second.steps)


def test_a_pair_below_the_floor_of_both_is_no_proposal(store):
    """CAT-9, CAT-6: 150.00 for two is less than twice 80.50."""
    assert proposed(slow_row(store, cost=Decimal(70)))[Choice.NTH_PIECE].problem


def test_a_bundle_is_with_the_best_seller_of_its_category(store):
    """CAT-9: 10 % of 120 buyers take both, besides 30 pieces that sell anyway."""
    best = best_seller(store)
    best_seller(store, average=1)
    best_seller(store, category="Lamps", average=9)

    bundle = proposed(slow_row(store))[Choice.BUNDLE]

    assert figures(bundle) == (42, 2520, 180)
    assert best.code in bundle.steps[0].text


def test_a_best_seller_is_not_bundled_with_itself(store):
    row = slow_row(store)
    StockCoverFactory(sku=row.sku, average=9)

    assert proposed(row)[Choice.BUNDLE].problem

    second = best_seller(store)
    assert second.code in proposed(row)[Choice.BUNDLE].steps[0].text


def test_off_site_every_piece_leaves_for_half_its_cost(store):
    """CAT-10"""
    assert figures(proposed(slow_row(store))[Choice.OFF_SITE]) == (100, 6000, 7000)


def test_a_return_needs_a_supplier_and_costs_a_fee(store):
    """CAT-10: 60.00 less 10 %."""
    row = slow_row(store)
    assert proposed(row)[Choice.RETURN].problem

    SupplierItemFactory(sku=row.sku, supplier__store=store)

    assert figures(proposed(row)[Choice.RETURN]) == (100, 6000, 4600)


def test_the_best_measure_gives_up_least_for_what_it_frees(store):
    """CAT-9: 14, 3, 2.4 and 0.86 freed for each that is given up; what can't be done is last."""
    row = slow_row(store)
    best_seller(store)

    order = [proposal.measure for proposal in propose([row], at=MOMENT)[row.pk]]

    assert order == [
        Choice.BUNDLE,
        Choice.PRICE_CUT,
        Choice.NTH_PIECE,
        Choice.OFF_SITE,
        Choice.RETURN,
    ]


def test_what_nobody_buys_is_taken_to_sell_one_piece(store):
    """CAT-9: three times as much is three, not nothing."""
    assert proposed(slow_row(store, average=0))[Choice.PRICE_CUT].pieces == 3


def test_without_a_cost_nothing_is_said_of_money_freed(store):
    cut = proposed(slow_row(store, cost=None))[Choice.PRICE_CUT]

    assert (cut.freed, cut.lost, cut.problem) == (None, 1800, "")


def test_proposals_ask_as_much_for_one_row_as_for_twenty(store, django_assert_max_num_queries):
    rows = [slow_row(store) for _number in range(20)]
    best_seller(store)

    with django_assert_max_num_queries(8):
        assert len(propose(rows, at=MOMENT)) == 20


def test_a_chosen_price_cut_waits_for_somebody_elses_yes(store, operator):
    """CAT-9, CAT-6: as one request, a day ahead."""
    rows = [slow_row(store), slow_row(store)]

    [change] = cut_prices(row_ids=[row.pk for row in rows], actor=operator, at=MOMENT)

    assert change.approval.state == Approval.State.PENDING
    lines = PriceChangeLine.objects.filter(change=change)
    assert {(line.amount, line.valid.lower) for line in lines} == {(Decimal(80), MOMENT + DAY)}


def test_a_price_at_its_floor_is_not_asked_for(store, operator):
    row = slow_row(store, cost=Decimal(100))

    with pytest.raises(DomainError, match="floor"):
        cut_prices(row_ids=[row.pk], actor=operator, at=MOMENT)

    assert not PriceChangeLine.objects.exists()


def plan(row, operator, *, measure=Measure.OFF_SITE, at=MOMENT, **fields):
    task = Task(measure, fields.pop("owner", operator), "Ask three buyers")
    return plan_clearance(row_ids=[row.pk], task=task, actor=operator, at=at)


def test_a_chosen_measure_is_a_task_with_a_clock(store, operator):
    """CAT-9: five working days, on the desk of the catalog operators."""
    row = slow_row(store)

    [made] = plan(row, operator)

    clock = Deadline.objects.of(made).get()
    assert (made.owner, made.pieces_then, made.value_then) == (operator, 100, 6000)
    assert (clock.rule, clock.allowed_days) == (CARRIED_OUT.code, 5)
    assert clock in Deadline.objects.for_desk(operator)


def test_done_in_time_meets_the_clock_and_late_is_an_alert_until_then(store, operator):
    """CAT-9"""
    [made] = plan(slow_row(store), operator)
    late = MOMENT + 30 * DAY
    sweep(at=late)
    alert = Alert.objects.get(check_code=CARRIED_OUT.code)

    finish_plan(plan_id=made.pk, result="Sold to a wholesaler", actor=operator, at=late)

    alert.refresh_from_db()
    assert alert.state == Alert.State.RESOLVED
    assert Deadline.objects.of(made).get().state == Deadline.State.MET


def test_a_dropped_measure_ends_its_clock_and_says_why(store, operator):
    [made] = plan(slow_row(store), operator)

    dropped = drop_plan(plan_id=made.pk, result="Sells again", actor=operator, at=MOMENT + DAY)

    assert (dropped.state, dropped.result) == (ClearancePlan.State.DROPPED, "Sells again")
    assert Deadline.objects.of(made).get().state == Deadline.State.CANCELLED


@pytest.mark.parametrize("end", [finish_plan, drop_plan])
def test_a_measure_ends_once_and_with_a_result(end, store, operator):
    [made] = plan(slow_row(store), operator)
    with pytest.raises(DomainError):
        end(plan_id=made.pk, result=" ", actor=operator, at=MOMENT)
    end(plan_id=made.pk, result="Sold", actor=operator, at=MOMENT)

    with pytest.raises(Conflict):
        finish_plan(plan_id=made.pk, result="Sold again", actor=operator, at=MOMENT)


def test_a_measure_is_planned_once_at_a_time(store, operator):
    """CAT-9: one open plan per SKU and measure; another measure is another plan."""
    row = slow_row(store)
    [first] = plan(row, operator)

    assert plan(row, operator) == []
    assert len(plan(row, operator, measure=Measure.NTH_PIECE)) == 1
    drop_plan(plan_id=first.pk, result="No buyer", actor=operator, at=MOMENT)
    assert len(plan(row, operator)) == 1


def test_what_cannot_be_done_is_not_planned(store, operator):
    """CAT-10: nobody is known to take it back."""
    assert plan(slow_row(store), operator, measure=Measure.RETURN) == []


def test_only_who_may_plans_and_only_catalog_operators_are_given_tasks(store, operator):
    row = slow_row(store)
    analyst = UserFactory(role=Role.ANALYST, store=store)

    with pytest.raises(NotAllowed):
        plan(row, analyst, owner=operator)
    with pytest.raises(DomainError):
        plan(row, operator, owner=analyst)


def test_nobody_plans_for_another_store(store, operator):
    """CAT-9: its rows are not there."""
    with pytest.raises(DomainError):
        plan(slow_row(StoreFactory()), operator)


@pytest.mark.django_db(transaction=True)
def test_two_people_plan_the_same_measure_once(monkeypatch, store, operator):
    """CAT-9: whoever is second is told, or finds it planned."""
    monkeypatch.setattr(clearing, "chosen", slowly(clearing.chosen, 0.3))
    row = slow_row(store)

    results = run_together([partial(plan, row, operator) for _number in range(2)])

    assert {type(result) for result in results} <= {list, Conflict}
    assert [len(made) for made in results if made and isinstance(made, list)] == [1]
    assert ClearancePlan.objects.count() == 1


def test_the_effect_is_what_sold_before_and_since_and_the_stock_then_and_now(store):
    """CAT-9: 30 before; since it was done 40 in ten days."""
    sku = SkuFactory(store=store, cost=Decimal(6))
    noon = MOMENT.replace(hour=4)
    lines = [
        Line(noon - 60 * DAY, Kind.RECEIVE, 200),
        *(Line(noon - number * DAY, Kind.RESERVE, 1) for number in range(1, 31)),
        *(Line(noon + number * DAY, Kind.RESERVE, 4) for number in range(1, 11)),
    ]
    write(lines, sku=sku, warehouse=WarehouseFactory(store=store))
    row = SlowStockFactory(sku=sku, pieces=170)
    done = ClearancePlanFactory(
        row=row, state="done", done_at=MOMENT, ended_by=UserFactory(), result="Sold"
    )

    effect = effects_of(sku, [done], at=MOMENT + 11 * DAY)[done.pk]

    assert (effect.before, effect.after, effect.days_after) == (1, 4, 10)
    assert (effect.pieces_then, effect.pieces_now) == (170, 130)
    assert (effect.value_then, effect.value_now) == (1020, 780)
    assert effects_of(sku, [done], at=MOMENT)[done.pk].after is None


def test_a_days_sales_are_demand_as_the_covers_count_it(store):
    sku = SkuFactory(store=store)
    noon = MOMENT.replace(hour=4)
    lines = [
        Line(noon - 9 * DAY, Kind.RECEIVE, 20),
        Line(noon - DAY, Kind.RESERVE, 6),
        Line(noon - DAY + timedelta(hours=1), Kind.RELEASE, 2),
    ]
    write(lines, sku=sku, warehouse=WarehouseFactory(store=store))
    today = store.business_date(MOMENT)

    assert daily_sales(sku, first=today - 2 * DAY, last=today) == [
        (today - 2 * DAY, 0),
        (today - DAY, 4),
        (today, 0),
    ]
