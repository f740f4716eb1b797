"""CAT-6: a launch price below the average, and what is left of a price, step by step."""

from decimal import Decimal

import pytest

from catalog.services.offers import Offer, margin_left, propose_launch_price
from tests import factories
from tests.factories import MOMENT


@pytest.fixture
def propose(db):
    store = factories.StoreFactory()

    def call(*competitors, cost=None):
        return propose_launch_price(
            competitors=[Decimal(price) for price in competitors],
            cost=cost and Decimal(cost),
            margin=Decimal(15),
            store=store,
            channel=None,
            at=MOMENT,
        )

    return call


def test_a_launch_price_is_ten_percent_below_the_average(propose):
    """CAT-6: launch −10 %."""
    proposal = propose("39.90", "45", "52.50", cost="30")

    assert (proposal.amount, proposal.margin) == (Decimal("41.22"), Decimal("27.2"))
    assert [(step.reckoning, step.amount) for step in proposal.steps] == [
        ("137.40 ÷ 3", Decimal("45.80")),
        ("45.80 × 0.9", Decimal("41.22")),
    ]
    assert not proposal.is_below_floor


def test_a_launch_price_below_the_floor_says_so(propose):
    proposal = propose("40", cost="34")

    assert proposal.is_below_floor
    assert proposal.why_not == "cost 34.00 × 1.15 = 39.10 > 36.00"


def test_without_a_cost_no_floor_is_claimed(propose):
    proposal = propose("40")

    assert (proposal.is_below_floor, proposal.floor.amount, proposal.margin) == (False, None, None)


def test_what_is_left_is_reckoned_in_the_order_of_a_checkout():
    """CAT-6: discounts, then the threshold, the coupon, the commission, freight and cost."""
    left = margin_left(
        Offer(
            price=Decimal(100),
            cost=Decimal(34),
            pieces=3,
            percent_off=Decimal(10),
            amount_off=Decimal(5),
            threshold=Decimal(200),
            threshold_off=Decimal(30),
            coupon=Decimal(10),
            commission=Decimal(5),
            freight=Decimal(8),
        )
    )

    assert [step.amount for step in left.steps] == [
        Decimal(each) for each in (300, -30, -5, -30, -10, 225, "-11.25", -8, -102, "103.75")
    ]
    assert (left.paid, left.amount, left.share) == (225, Decimal("103.75"), Decimal("46.1"))


def test_a_threshold_counts_after_the_discounts():
    offer = {"price": Decimal(100), "cost": Decimal(0), "threshold_off": Decimal(20)}

    reached = margin_left(Offer(**offer, threshold=Decimal(90), amount_off=Decimal(10)))
    missed = margin_left(Offer(**offer, threshold=Decimal(91), amount_off=Decimal(10)))

    assert (reached.paid, missed.paid) == (70, 90)


def test_no_discount_makes_an_order_cheaper_than_nothing():
    left = margin_left(Offer(price=Decimal(10), cost=Decimal(4), coupon=Decimal(25)))

    assert (left.paid, left.amount, left.share) == (0, -4, None)
