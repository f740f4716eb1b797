"""What is sold is what was approved: prices, presales and live listings (INS-1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from catalog.checks import LISTINGS, PRESALES, PRICES
from catalog.models import Listing, ListingSampleItem, Price, PriceChangeLine, Sku
from catalog.services.price_effect import apply_due
from catalog.services.price_watch import look_at_prices
from marketing.checks import PROMOTIONS
from opsdesk.alerts.models import Alert
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.pricing import BEGINS, DAY, HOUR, agree, asked, file
from tests.factories import MOMENT
from tests.inspection.walked import found, inspected

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku():
    return factories.SkuFactory(cost=Decimal("34.00"), code="MUG-1")


@pytest.fixture
def store(sku):
    return sku.store


@pytest.fixture
def operator(store):
    return factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)


@pytest.fixture
def planned(operator, store):
    """Plans a price that a lead agreed on."""
    lead = factories.UserFactory(role=Role.MARKETING_LEAD, store=store)

    def plan(*lines):
        change = file(operator, *lines)
        assert agree(change, lead) == "carried_out"
        return change

    return plan


def whys(result):
    return [alert.evidence["why"] for alert in found(result)]


def test_prices_that_follow_their_plans_pass(sku, store, planned):
    """INS-1: lasting and for a time, before, during and after."""
    planned(asked(sku, until=BEGINS + DAY))
    for at in (MOMENT + HOUR, BEGINS + HOUR, BEGINS + 2 * DAY):
        apply_due(at=at)
        result = inspected(store, PRICES, at=at)
        assert (result.outcome, result.figures) == (
            "passed",
            {"wrong": 0, "missed": 0, "dropped": 0},
        )


def test_a_plan_whose_moment_was_missed_is_found_until_it_is_in_force(sku, store, planned):
    """INS-1: prices as approved, at their time; some minutes late is not missed."""
    planned(asked(sku))
    assert inspected(store, PRICES, at=BEGINS + timedelta(minutes=9)).outcome == "passed"

    result = inspected(store, PRICES, at=BEGINS + HOUR)

    assert (result.outcome, whys(result)) == ("findings", ["not_begun"])
    alert = found(result)[0]
    assert (alert.subject, alert.owner_role) == (sku, Role.MARKETING_LEAD)
    apply_due(at=BEGINS + HOUR)
    clear = inspected(store, PRICES, at=BEGINS + 2 * HOUR)
    assert (clear.outcome, clear.cleared) == ("passed", 1)


def test_a_price_for_a_time_that_goes_on_is_found(sku, store, planned):
    """INS-1: activity times."""
    planned(asked(sku, until=BEGINS + DAY))
    apply_due(at=BEGINS)

    result = inspected(store, PRICES, at=BEGINS + 2 * DAY)

    assert "not_ended" in whys(result)


def test_a_list_price_that_was_changed_past_the_requests_is_found(sku, store, planned):
    planned(asked(sku))
    apply_due(at=BEGINS)
    Sku.objects.filter(pk=sku.pk).update(list_price=Decimal("1.00"))

    result = inspected(store, PRICES, at=BEGINS + HOUR)

    assert whys(result) == ["list_price"]
    assert found(result)[0].evidence["approved"] == "95.00"
    assert found(result)[0].evidence["sells_for"] == "1.00"


def test_a_price_that_nobody_asked_for_or_agreed_to_is_found(sku, store):
    """INS-1: whoever wrote it into the database."""
    first = factories.PriceFactory(sku=sku)
    Price.objects.filter(pk=first.pk).update(valid=DateTimeTZRange(first.valid.lower, MOMENT))
    factories.PriceFactory(sku=sku, valid=DateTimeTZRange(MOMENT, None))
    other = factories.SkuFactory(store=store)
    line = factories.PriceChangeLineFactory(change__store=store, sku=other)
    factories.PriceFactory(sku=other, line=line, amount=other.list_price)

    result = inspected(store, PRICES, at=MOMENT + HOUR)

    assert sorted(whys(result)) == ["amount", "unapproved", "unasked"]
    assert result.figures["wrong"] == 3


def test_a_channel_s_price_is_looked_at_apart_from_the_store_s(sku, store, planned):
    channel = factories.ChannelFactory(store=store)
    planned(asked(sku, "90.00", channel=channel), asked(sku, "95.00"))
    apply_due(at=BEGINS)
    assert inspected(store, PRICES, at=BEGINS + HOUR).outcome == "passed"
    ended = DateTimeTZRange(BEGINS, BEGINS + HOUR)
    Price.objects.filter(sku=sku, channel=channel).update(valid=ended)

    result = inspected(store, PRICES, at=BEGINS + 2 * HOUR)

    assert whys(result) == ["gone"]
    assert found(result)[0].evidence["channel"] == channel.name


def test_a_price_that_was_dropped_is_found_until_another_is_agreed_on(sku, store, planned):
    """INS-1: the alert of the moment when it was dropped, also if somebody resolved it."""
    planned(asked(sku))
    Sku.objects.filter(pk=sku.pk).update(cost=Decimal("200.00"))
    apply_due(at=BEGINS)

    result = inspected(store, PRICES, at=BEGINS + HOUR)

    assert [alert.check_code for alert in found(result)] == ["catalog.price_not_applied"]
    Alert.objects.update(state="resolved", resolution="person", resolved_at=BEGINS + HOUR)
    assert inspected(store, PRICES, at=BEGINS + 2 * HOUR).new == 1
    line = factories.PriceChangeLineFactory(change__store=store, sku=sku, state="planned")
    assert line.pk > PriceChangeLine.objects.get(state="dropped").pk
    assert not look_at_prices(store, at=BEGINS + 3 * HOUR)["dropped"]
    assert not Alert.objects.open().filter(check_code="catalog.price_not_applied").exists()


def test_a_store_without_prices_can_t_be_checked():
    """INS-1: unchecked, with its reason."""
    sku = factories.SkuFactory(list_price=None)

    result = inspected(sku.store, PRICES)

    assert (result.outcome, result.reason) == ("unchecked", "No SKU of the store has a price.")


def test_another_store_s_prices_count_for_nothing(sku, planned):
    planned(asked(sku))
    elsewhere = factories.SkuFactory(store=factories.StoreFactory())

    assert inspected(elsewhere.store, PRICES, at=BEGINS + DAY).outcome == "passed"


def test_the_number_of_statements_does_not_grow(store, django_assert_num_queries):
    for number in (1, 9):
        for _sku in range(number):
            factories.PriceFactory(
                sku__store=store,
                amount=1,
                valid=DateTimeTZRange(MOMENT - DAY, None),
            )
        with django_assert_num_queries(7):
            look_at_prices(store, at=MOMENT)


def lot(store, **values):
    return factories.PresaleLotFactory(sku__store=store, **values)


def test_a_presale_that_goes_as_planned_passes(store):
    lot(store, is_open=True)

    result = inspected(store, PRESALES, at=MOMENT + HOUR)

    assert (result.outcome, result.figures["selling"]) == ("passed", 1)


@pytest.mark.parametrize(
    ("values", "at", "why"),
    [
        ({}, MOMENT + HOUR, "not_begun"),
        ({"is_open": True}, MOMENT + 6 * DAY, "not_ended"),
        ({"is_open": True, "price": Decimal(99)}, MOMENT + HOUR, "price"),
    ],
)
def test_a_presale_that_is_not_on_sale_as_planned_is_found(store, values, at, why):
    """INS-1: activity times and prices as agreed on."""
    presale = lot(store, **values)

    result = inspected(store, PRESALES, at=at)

    assert (whys(result), found(result)[0].subject) == ([why], presale)
    type(presale).objects.filter(pk=presale.pk).update(state="cancelled", closed_at=at, reason="no")
    assert inspected(store, PRESALES, at=at + HOUR).cleared == 1


def test_another_store_s_presales_count_for_nothing(store):
    lot(factories.StoreFactory())

    assert inspected(store, PRESALES, at=MOMENT + HOUR).outcome == "passed"


def drawn(store, verdict="", error="", answered_at=None):
    listing = factories.ListingFactory(store=store, state=Listing.State.LIVE, published_at=MOMENT)
    return factories.ListingSampleItemFactory(
        sample__store=store,
        listing=listing,
        verdict=verdict,
        error=error,
        answered_at=answered_at,
    )


def test_a_live_listing_that_was_found_wrong_is_found_until_it_is_right(store):
    """INS-1: what the weekly check knows of prices on channels; the same alert."""
    item = drawn(store, "wrong", "price", MOMENT)

    result = inspected(store, LISTINGS, at=MOMENT + HOUR)

    assert result.figures == {"live": 1, "wrong": 1}
    assert "catalog.listing_wrong" in {alert.check_code for alert in found(result)}
    ListingSampleItem.objects.filter(pk=item.pk).update(
        verdict="right", error="", answered_at=MOMENT + DAY
    )
    assert inspected(store, LISTINGS, at=MOMENT + DAY).outcome == "passed"


@pytest.mark.parametrize(
    ("answered_at", "reason"), [(None, "Nobody has compared"), (MOMENT, "were last compared")]
)
def test_listings_that_nobody_has_compared_lately_can_t_be_checked(store, answered_at, reason):
    """INS-1: unchecked, with its reason."""
    drawn(store, "right" if answered_at else "", answered_at=answered_at)

    result = inspected(store, LISTINGS, at=MOMENT + 11 * DAY)

    assert (result.outcome, reason in result.reason) == ("unchecked", True)


def test_a_store_without_live_listings_has_none_that_are_wrong(store):
    drawn(factories.StoreFactory(), "wrong", "price", MOMENT)

    assert inspected(store, LISTINGS).outcome == "passed"


def test_campaigns_and_coupons_are_said_to_be_unchecked(store):
    """INS-1: nobody records them, and that is said."""
    assert inspected(store, PROMOTIONS).outcome == "unchecked"
