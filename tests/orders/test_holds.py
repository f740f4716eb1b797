"""What passes all checks passes by itself; what fails is held, released once, and looked at."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Hold, Order, OrderEvent, ReviewResult
from orders.review import people, registry
from orders.rules.holds import review_what_waits
from orders.services import holding, lifecycle, review_rules
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    HoldFactory,
    MembershipFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db
LATER = MOMENT + timedelta(minutes=5)


def good_order(store=None, **fields) -> Order:
    """An order to which no check has anything to say."""
    order = OrderFactory(store=store or StoreFactory(), fulfilment_state="reserved", **fields)
    sku = SkuFactory(store=order.store, list_price=Decimal(100))
    OrderLineFactory(order=order, sku=sku)
    return order


def held_order(**fields) -> Order:
    order = good_order(recipient="测试", **fields)
    holding.review([order.pk], at=LATER)
    return order


def open_codes(order) -> list[str]:
    return sorted(Hold.objects.open().of_orders([order.pk]).values_list("code", flat=True))


def reviewer(store):
    return MembershipFactory(store=store, role=Role.ORDER_REVIEWER).user


def test_what_passes_all_checks_passes_by_itself():
    """ORD-4"""
    order = good_order()

    done = holding.review([order.pk], at=LATER)

    order.refresh_from_db()
    assert (done.passed, order.review_state, order.reviewed_at) == (1, "passed", LATER)
    assert order.version == 1, "an import of it can still be undone"
    result = ReviewResult.objects.get(order=order)
    assert result.has_passed
    assert [(code, verdict) for code, _version, verdict in result.verdicts] == [
        (check.code, "passed") for check in registry.all_checks()
    ]


def test_what_fails_is_held_with_its_reasons_and_nobodys_name():
    """ORD-4, ORD-5"""
    order = good_order(recipient="测试", phone="123")

    holding.review([order.pk], at=LATER)
    holding.review([order.pk], at=LATER)

    order.refresh_from_db()
    assert (order.review_state, open_codes(order)) == ("held", ["consignee", "phone"])
    hold = Hold.objects.get(order=order, code="consignee")
    assert hold.evidence == {"problem": "test", "recipient": "测*"}
    assert hold.rule.version == 1
    assert ReviewResult.objects.filter(order=order).count() == 1
    clock = Deadline.objects.get(rule="orders.contact", subject_id=order.pk)
    assert clock.due_at == LATER + timedelta(hours=1)
    told = OrderEvent.objects.get(order=order, kind="held").data
    assert told == {"holds": ["consignee", "phone"]}


def test_an_order_has_one_open_hold_per_reason():
    hold = HoldFactory()

    with pytest.raises(IntegrityError, match="hold_one_open_per_order_and_code"):
        HoldFactory(order=hold.order)


def test_after_the_last_hold_the_order_is_looked_at_again_and_passes():
    """ORD-5"""
    order = held_order()
    person = reviewer(order.store)

    released = holding.release_hold(
        order.holds.get().pk, outcome="passed", note="Called", actor=person, at=LATER
    )

    order.refresh_from_db()
    assert released.order_has_passed
    assert (order.review_state, released.hold.released_by) == ("passed", person)
    assert Deadline.objects.get(rule="orders.contact").state == "met"
    last = ReviewResult.objects.filter(order=order).latest("pk")
    assert ["consignee", 1, "accepted"] in last.verdicts


def test_what_was_to_be_mended_and_was_not_is_held_again():
    """ORD-5"""
    order = held_order()

    released = holding.release_hold(order.holds.get().pk, outcome="mended", actor=None, at=LATER)

    assert not released.order_has_passed
    assert open_codes(order) == ["consignee"]


def test_a_hold_ends_by_itself_when_its_cause_is_gone():
    """ORD-4"""
    order = held_order()
    order.refresh_from_db()
    order.contact = type(order.contact)("王小明", "13812345678", "世纪大道 100 号")
    order.save()

    review_what_waits(None, LATER)

    order.refresh_from_db()
    assert order.review_state == "passed"
    assert order.holds.get().outcome == "gone"


def test_a_stranger_releases_nothing():
    hold = HoldFactory()

    with pytest.raises(NotAllowed):
        holding.release_hold(hold.pk, outcome="passed", actor=reviewer(StoreFactory()), at=LATER)

    assert open_codes(hold.order) == ["quantity"]


def test_a_call_meets_the_clock_of_a_held_order():
    """ORD-5"""
    order = held_order()

    assert holding.contacted([order.pk], at=LATER) == 1
    assert holding.contacted([order.pk], at=LATER) == 0
    assert Deadline.objects.get(rule="orders.contact").state == "met"


def test_what_another_service_holds_is_not_passed_by_the_review():
    """ORD-5"""
    registry.register(OTHER)
    order = good_order()
    assert holding.raise_hold([order.pk], code="test_other", evidence={"why": "so"}, at=LATER) == 1
    assert holding.raise_hold([order.pk], code="test_other", evidence={"why": "so"}, at=LATER) == 0

    done = holding.review([order.pk], at=LATER)

    order.refresh_from_db()
    assert (done.held, order.review_state) == (1, "held")


OTHER = registry.HoldReason("test_other", "Something else", Role.FINANCE)


def test_a_cancelled_order_is_held_no_longer():
    """ORD-5"""
    order = held_order()

    lifecycle.cancel_orders(order_ids=[order.pk], reason="Changed mind", actor=None, at=LATER)

    assert order.holds.get().outcome == "cancelled"


def test_a_rule_that_crashes_holds_its_order_and_no_other_and_is_told(monkeypatch):
    """ORD-4: fail closed"""
    store = StoreFactory()
    bad, good = good_order(store, recipient="Bad"), good_order(store)
    names = people._wrong_name

    def crash(facts, name, words):
        return 1 / 0 if name == "Bad" else names(facts, name, words)

    monkeypatch.setattr(people, "_wrong_name", crash)

    done = review_what_waits(None, LATER)

    assert done == {"passed": 1, "held": 1, "crashed": 1}
    assert Hold.objects.get(order=bad).evidence == {"crashed": "ZeroDivisionError"}
    good.refresh_from_db()
    assert good.review_state == "passed"
    assert Alert.objects.get(check_code="orders.review_rule_crashed").key == "consignee"
    monkeypatch.undo()
    review_what_waits(None, LATER + timedelta(hours=1))
    assert Alert.objects.get(check_code="orders.review_rule_crashed").state == "resolved"


def test_more_orders_take_no_more_statements():
    """ORD-3"""
    store = StoreFactory()
    review_rules.in_force([store.pk], at=MOMENT)

    def statements(number):
        orders = [good_order(store, phone=f"138123{number}{i:04d}").pk for i in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert holding.review(orders, at=LATER).passed == number
        return len(captured)

    statements(1)
    assert statements(2) == statements(6)


def test_who_comes_late_to_a_passed_order_is_told_who_let_it_pass():
    """ORD-5"""
    order = held_order()
    one, other = reviewer(order.store), reviewer(order.store)
    holding.release_hold(order.holds.get().pk, outcome="passed", actor=one, at=LATER)

    with pytest.raises(Conflict) as refused:
        holding.approve_order(order_id=order.pk, actor=other, at=LATER)

    assert refused.value.facts["winner"] == str(one)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["release", "approve", "cancel"])
def test_of_two_who_decide_one_wins_and_the_other_is_told_who(second, monkeypatch):
    """ORD-5"""
    order = held_order()
    hold = order.holds.get()
    one, other = reviewer(order.store), reviewer(order.store)
    monkeypatch.setattr(holding, "retrying", slowly(holding.retrying))

    def cancel():
        if not lifecycle.cancel_orders(
            order_ids=[order.pk], reason="Asked to", actor=other, at=LATER
        ):
            raise holding.moved_on(order.pk)

    ways = {
        "release": partial(holding.release_hold, hold.pk, outcome="passed", actor=other, at=LATER),
        "approve": partial(holding.approve_order, order_id=order.pk, actor=other, at=LATER),
        "cancel": cancel,
    }
    release = partial(holding.release_hold, hold.pk, outcome="refunded", actor=one, at=LATER)

    results = run_together([release, ways[second]])

    refused = [result for result in results if isinstance(result, Exception)]
    hold.refresh_from_db()
    if len(refused) == 1:
        assert isinstance(refused[0], Conflict)
        assert refused[0].facts["winner"] == str(hold.released_by)
    else:
        # The release came first, and its order was held again: both did what they said.
        assert second != "release"
        assert hold.released_by == one
    assert OrderEvent.objects.filter(order=order, kind="let_go").count() <= 1
