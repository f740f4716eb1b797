"""The demonstration: whole, the same every time, with work for everybody, and true to the rules."""

from datetime import timedelta

import pytest
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils.translation import gettext, override

from analytics.demo import services
from analytics.demo.curves import big_day, day_weights, spread
from analytics.models import DailySales, RollupMark
from catalog.models import ClearancePlan, PriceChangeLine
from fulfillment.models import (
    BinStock,
    Box,
    CarrierScore,
    LateRisk,
    Manifest,
    Parcel,
    Pick,
    ShortPick,
    TrackingEvent,
    Wave,
)
from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.automation.models import Firing, Rule, RuleTrial, Tag
from opsdesk.deadlines.models import Deadline
from opsdesk.exchange.models import ImportSession, MessageTemplate, OutboundMessage
from opsdesk.inspection.models import CheckResult, InspectionRun
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.notices.models import Notice
from opsdesk.stores import demo, procedure
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from orders.models import Order, OrderEvent
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

# In one process: what `made` makes takes ten seconds.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demonstration")]
SMALL = {"days": 9, "orders": 240}


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """One small demonstration for all tests of this file; gone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert services.make_demonstration(at=MOMENT, **SMALL)
        yield Store.objects.get(code=demo.STORE)
        transaction.set_rollback(True)


def rows():
    """What a reader would notice, without the ids that the database gave."""
    return (
        list(
            Order.objects.order_by("store__code", "external_number").values_list(
                "external_number", "total_amount", "fulfilment_state", "placed_at", "phone_digest"
            )
        ),
        sorted(Alert.objects.values_list("check_code", "subject_label", "state")),
        sorted(Deadline.objects.values_list("rule", "subject_label", "state", "due_at")),
    )


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("INS-1.ad_balance", "findings"),
        ("INS-1.payment", "unchecked"),
        ("INS-5.unanswered", "findings"),
        ("INS-7.index", "findings"),
        ("INS-8.range", "findings"),
    ],
)
def test_the_inspection_has_something_to_say_of_what_channels_tell(made, code, outcome):
    """INS-1, 5, 7, 8: findings of this morning, and one figure that did not come."""
    with transaction.atomic():
        run = ask_for_inspection(
            store=made, codes=[code], actor=None, at=MOMENT, waits_for_worker=False
        )
        walk(run.pk, at=MOMENT)
        (result,) = run.results.all()
        transaction.set_rollback(True)

    assert result.outcome == outcome, result.reason


def test_the_days_are_rolled_up_before_the_inspection_walks(made):
    """INS-8: its check of sales asks for that; nine days are too few to tell what is usual."""
    run = InspectionRun.objects.get(store=made, is_scheduled=True)
    (sales,) = run.results.filter(code="INS-8.sales")

    assert RollupMark.objects.get(store=made).rolled_up_to == MOMENT
    with override(made.language):
        too_few = gettext("There are too few days yet to tell what is usual.")
    assert (sales.outcome, sales.reason) == ("unchecked", too_few)


def test_a_second_run_changes_nothing(made):
    before = rows()

    assert services.make_demonstration(at=MOMENT + timedelta(days=1), **SMALL) is False
    assert rows() == before


def test_everything_that_must_hold_holds(made):
    assert_invariants_hold()


@pytest.mark.parametrize("role", Role.values)
def test_every_role_has_a_log_in_with_something_to_do(made, role):
    person = User.objects.get(username=role)

    clocks = Deadline.objects.for_desk(person)
    alerts = Alert.objects.for_desk(person, MOMENT)

    assert Client().login(username=role, password=demo.DEMO_PASSWORD)
    assert person.is_staff
    assert not person.is_superuser
    assert clocks.count() + alerts.count() > 0


def test_there_is_overdue_and_soon_due_work_but_no_flood(made):
    """ORD-2, ORD-3, FUL-2"""
    for rule in ("orders.confirm", "orders.review", "fulfillment.ship"):
        clocks = Deadline.objects.filter(store=made, rule=rule)
        assert clocks.standing("overdue", at=MOMENT).exists(), rule
        assert clocks.standing("running", at=MOMENT).exists(), rule
    assert Deadline.objects.open().count() < 150
    assert Alert.objects.awake(MOMENT).count() < 100


def test_every_screen_has_something_to_show(made):
    orders = Order.objects.filter(store=made)
    for state in ("waiting", "reserved", "shipped", "delivered", "cancelled", "not_tracked"):
        assert orders.filter(fulfilment_state=state).exists(), state
    for state in ("unpaid", "paid", "refunded"):
        assert orders.filter(payment_state=state).exists(), state
    assert set(Alert.objects.values_list("state", flat=True)) == set(Alert.State.values)
    assert Alert.objects.filter(times_reopened__gt=0).exists()
    assert Alert.objects.filter(snoozed_until__gt=MOMENT).exists()
    codes = {"orders.shortage", "orders.unknown_sku", "catalog.low_stock", "manual"}
    codes |= {"catalog.slow", "catalog.overstock"}
    assert codes <= set(Alert.objects.open().values_list("check_code", flat=True))
    assert ClearancePlan.objects.open().filter(store=made).exists()
    assert DailySales.objects.filter(store=made, date=made.business_date(MOMENT)).exists()
    states = dict(ImportSession.objects.values_list("state", "rejected"))
    assert states == {"done": 3, "refused": 0}
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"sent", "parked"}
    assert MessageTemplate.objects.exists()


def test_the_warehouse_is_at_work(made):
    """FUL-1, FUL-3, FUL-5, FUL-7"""
    parcels = Parcel.objects.filter(store=made)
    assert {"packed", "handed_over", "delivered"} <= set(parcels.values_list("state", flat=True))
    assert parcels.values("carrier").distinct().count() == 4
    assert Manifest.objects.open().filter(parcels__isnull=False).exists()
    assert Wave.objects.filter(warehouse__store=made, state="picking").exists()
    assert Pick.objects.filter(wave__warehouse__store=made, state="picking").exists()
    assert ShortPick.objects.filter(line__pick__wave__warehouse__store=made).exists()
    assert Box.objects.filter(store=made).count() == 6
    assert BinStock.objects.filter(bin__warehouse__store=made).count() > 50
    told = TrackingEvent.objects.filter(parcel__store=made).values_list("state", flat=True)
    assert {"picked_up", "in_transit", "out_for_delivery", "delivered"} <= set(told)
    assert LateRisk.objects.filter(store=made, closed_at=None).exists()
    assert CarrierScore.objects.filter(service__carrier__store=made).exists()


def test_the_morning_s_inspection_found_something_by_every_check_that_could_look(made):
    """INS-1 … INS-9: and no check failed."""
    results = CheckResult.objects.filter(run__store=made)

    by_outcome = dict(results.values_list("outcome").annotate(codes=ArrayAgg("code")))
    # In so few days nothing lies there for long enough to be cleared out.
    assert by_outcome["passed"] == ["INS-9.measures"]
    unchecked = ["INS-1.payment", "INS-1.promotions", "INS-8.sales", "INS-9.training"]
    assert sorted(by_outcome["unchecked"]) == unchecked
    assert {code.partition(".")[0] for code in by_outcome["findings"]} == {
        f"INS-{number}" for number in range(1, 10)
    }
    failed = Alert.objects.filter(check_code="inspection.check_failed")
    assert [alert.evidence["error"] for alert in failed] == []
    assert InspectionRun.objects.get(store=made).state == "done"


@pytest.mark.parametrize("role", [Role.ORDER_REVIEWER, Role.WAREHOUSE, Role.ADMINISTRATOR])
def test_the_bell_has_rung_without_a_flood(made, role):
    notices = Notice.objects.on_the_bell(User.objects.get(username=role))

    assert 0 < notices.count() < 20


def test_two_rules_are_at_work_and_one_is_off(made):
    rules = Rule.objects.filter(store=made)

    assert sorted(rules.values_list("state", flat=True)) == ["off", "on", "on"]
    assert set(Firing.objects.filter(rule__in=rules).values_list("outcome", flat=True)) == {"done"}
    assert Firing.objects.values("rule").distinct().count() == 2
    assert RuleTrial.objects.filter(version__rule__in=rules, state="done").count() == 3
    assert Tag.objects.filter(store=made).exists()


def test_the_demonstration_has_nothing_to_send(made):
    assert not OutboundMessage.objects.unsettled().exists()


def test_stores_are_apart(made):
    abroad = Store.objects.get(code=demo.STORE_ABROAD)
    reviewer = User.objects.get(username=Role.ORDER_REVIEWER)
    reviewer_abroad = User.objects.get(username=demo.REVIEWER_ABROAD)

    assert set(reviewer.store_ids) == {made.pk}
    assert set(reviewer_abroad.store_ids) == {abroad.pk}
    assert Order.objects.visible_to(reviewer_abroad).exists()


def test_orders_have_a_past(made):
    """What happened on a day was learnt on that day, and rules were tried on it."""
    events = OrderEvent.objects.filter(order__store=made)

    assert not events.filter(recorded_at__gt=F("at")).exists()
    assert RuleTrial.objects.get(version__rule__name__contains="large").result["total"] > 0


def test_one_keeper_sees_one_warehouse(made):
    keeper = User.objects.get(username=demo.WAREHOUSE_SOUTH)

    assert [place.code for place in made.warehouses.visible_to(keeper)] == ["south"]


def test_a_number_of_the_procedure_has_a_history_and_a_future(made):
    douyin = made.channels.get(code="douyin")

    def hours(at):
        return procedure.value_of("fulfillment.ship_within", store=made, channel=douyin, at=at) / 60

    def review(at):
        return procedure.value_of("orders.review_within", store=made, at=at)

    assert hours(MOMENT) == 48
    assert review(MOMENT) == 30
    assert review(MOMENT + timedelta(days=5)) == 20


def test_what_takes_two_people_was_done_and_some_of_it_waits(made):
    finance = User.objects.get(username=Role.FINANCE)
    waiting = Approval.objects.to_decide(finance, MOMENT)

    kinds = {"catalog.adjustment", "catalog.large_price_change", "stores.limit"}
    assert set(waiting.values_list("kind", flat=True)) == kinds
    done = Approval.objects.filter(state="carried_out")
    assert sorted(done.values_list("kind", flat=True)) == [
        "catalog.adjustment",
        *["catalog.price_change"] * 4,
        *["catalog.purchase_order"] * 3,
    ]


def test_prices_changed_will_change_and_wait_for_a_yes(made):
    states = PriceChangeLine.objects.filter(change__store=made).values_list("state", flat=True)

    assert sorted(states) == ["applied"] * 3 + ["asked"] * 4 + ["dropped", "planned"]


def test_shares_add_up_and_the_big_day_is_in_the_period():
    first = MOMENT.date() - timedelta(days=90)
    weights = day_weights(first, MOMENT, Store(timezone="Asia/Shanghai").zone)

    counts = spread(6000, weights)

    assert sum(counts.values()) == 6000
    assert max(counts, key=counts.get) == big_day(first, MOMENT.date())
