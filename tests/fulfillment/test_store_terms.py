"""What a store promises its buyers: freight, days, insurance of the way back (FUL-8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from fulfillment.models import ParcelPromise
from fulfillment.services import expecting, insuring, promises
from fulfillment.services.freight import Line, freight_for
from fulfillment.services.promises import Promises
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.shipping import LATER, Shop
from tests.fulfillment.test_packing import handed_over, packed

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = MOMENT.date()


@pytest.fixture
def store():
    return factories.StoreFactory()


def freight(store, *, pieces=4, grams=0, amount="50.00", region="33", channel=None, at=MOMENT):
    lines = [Line(pieces, grams, Decimal(amount))]
    return freight_for(lines, store=store, channel=channel, region=region, at=at)


def template(store, **more):
    row = more.pop("row", {})
    made = factories.FreightTemplateFactory(store=store, **more)
    factories.FreightRowFactory(template=made, **row)
    return made


def test_freight_is_so_much_for_the_first_and_for_each_further_piece(store):
    """FUL-8: four pieces of 8.00 and 2.00 each are 8 + 3 × 2 = 14.00."""
    template(store)

    found = freight(store)

    assert found.amount == Decimal("14.00")
    assert found.words == "first 1: 8.00, then 3 × 1 at 2.00"
    assert freight(store, pieces=1).amount == Decimal("8.00")


def test_freight_by_weight_counts_begun_steps(store):
    """FUL-8: 2.1 kg, first kilogram 8.00, each further begun 2.00."""
    template(store, by="weight", row={"first": 1_000, "step": 1_000})

    assert freight(store, grams=2_100).amount == Decimal("12.00")


def test_goods_of_a_certain_amount_travel_free(store):
    """FUL-8: free above an amount, which a region may say otherwise."""
    made = template(store, free_from=Decimal("99.00"))
    factories.FreightRowFactory(template=made, region="54", free_from=Decimal("500.00"))

    assert freight(store, amount="99.00").amount == 0
    assert freight(store, amount="98.99").amount == Decimal("14.00")
    assert freight(store, amount="99.00", region="540100").amount == Decimal("14.00")


def test_the_smallest_region_counts_and_some_are_not_sent_to(store):
    made = template(store)
    factories.FreightRowFactory(template=made, region="33", first_price=Decimal(5))
    factories.FreightRowFactory(template=made, region="3301", is_delivered=False)

    assert freight(store, pieces=1, region="330200").amount == Decimal("5.00")
    refused = freight(store, region="330106")
    assert (refused.amount, refused.words) == (None, "not sent to 浙江省 杭州市 西湖区")


def test_a_channel_s_template_goes_before_the_store_s_and_the_default_is_last(store):
    """FUL-8: per store and channel, with validity, one default."""
    channel = factories.ChannelFactory(store=store)
    default = template(store, is_default=True, row={"first_price": 9})
    general = template(store, row={"first_price": 8}, valid_until=TODAY)
    own = template(store, channel=channel, row={"first_price": 7}, valid_until=TODAY)

    assert freight(store, channel=channel).template == own
    assert freight(store).template == general
    assert freight(store, channel=channel, at=MOMENT + 2 * DAY).template == default


def test_a_store_without_a_template_says_so(store):
    assert freight(store).amount is None


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_the_database_keeps_terms_apart(store):
    channel = factories.ChannelFactory(store=store)
    strange = factories.ChannelFactory()
    for made, more in (
        (factories.FreightTemplateFactory, {}),
        (factories.DeliveryPromiseFactory, {"region": "33"}),
        (factories.FreightInsuranceFactory, {}),
    ):
        made(store=store, valid_until=TODAY, **more)
        refused(lambda made=made, more=more: made(store=store, valid_from=TODAY, **more))
        made(store=store, valid_from=TODAY + DAY, **more)
        made(store=store, channel=channel, **more)
        refused(lambda made=made, more=more: made(store=store, channel=strange, **more))
    factories.FreightTemplateFactory(store=store, is_default=True)
    refused(lambda: factories.FreightTemplateFactory(store=store, is_default=True))


def promised(order):
    return Promises.of(order.store).deliver_by(order)


def test_an_order_is_promised_so_many_hours_after_it_was_paid(store):
    """FUL-8: per store, channel and region; the closest promise counts."""
    order = factories.OrderFactory(store=store, paid_at=MOMENT, region="浙江省杭州市西湖区")
    assert promised(order) is None

    for hours, more in (
        (96, {}),
        (72, {"region": "33"}),
        (48, {"region": "3301"}),
        (60, {"channel": order.channel}),
        (24, {"region": "54"}),
        (12, {"region": "330106", "valid_until": TODAY - DAY}),
    ):
        factories.DeliveryPromiseFactory(store=store, hours=hours, **more)

    assert promised(order) == MOMENT + 60 * HOUR
    elsewhere = factories.ChannelFactory(store=store)
    other = factories.OrderFactory(
        store=store, channel=elsewhere, paid_at=MOMENT, region="浙江杭州"
    )
    assert promised(other) == MOMENT + 48 * HOUR
    unpaid = factories.OrderFactory(store=store, payment_state="unpaid", paid_at=None)
    assert promised(unpaid) is None


def test_a_parcel_that_left_has_its_promise_on_record():
    """FUL-8: the deliver-by of parcels, as it was when they left."""
    shop = Shop()
    row = factories.DeliveryPromiseFactory(store=shop.store, hours=72)
    factories.CoverageAreaFactory(service=shop.service, region="33", extra_days=1)
    order = shop.order(1, region="浙江省杭州市")
    parcel = packed(shop, order)

    handed_over(shop, parcel)
    assert expecting.expect_new(shop.store, at=LATER) == 1

    told = ParcelPromise.objects.get(parcel=parcel)
    assert (told.region, told.deliver_by) == ("3301", order.paid_at + 72 * HOUR)
    parcel.refresh_from_db()
    left = shop.store.business_date(parcel.handed_over_at)
    assert shop.store.business_date(told.expected_by - HOUR) == left + 4 * DAY

    row.hours = 24
    row.save()
    assert promises.promise_parcels([parcel.pk]) == 0
    assert ParcelPromise.objects.get(parcel=parcel).deliver_by == told.deliver_by
    with pytest.raises(DatabaseError, match="kept|[Cc]annot"):
        ParcelPromise.objects.update(deliver_by=MOMENT)


def test_what_left_before_is_caught_up_with():
    shop = Shop()
    parcel = packed(shop, shop.order(1))
    handed_over(shop, parcel)
    ParcelPromise.objects.all().delete()

    assert expecting.expect_new(shop.store, at=LATER, since=LATER) == 0
    assert expecting.expect_new(shop.store, at=LATER) == 1
    assert expecting.expect_new(shop.store, at=LATER) == 0


def test_an_order_is_covered_by_what_held_when_it_was_placed(store):
    """FUL-8: freight insurance per store."""
    order = factories.OrderFactory(store=store, placed_at=MOMENT)
    assert insuring.cover_of(order) is None

    factories.FreightInsuranceFactory(store=store, valid_until=TODAY)
    own = factories.FreightInsuranceFactory(
        store=store, channel=order.channel, premium=Decimal("0.50")
    )

    found = insuring.cover_of(order)
    assert (found.insurance, found.premium, found.amount) == (own, Decimal("0.50"), 12)
    elsewhere = factories.ChannelFactory(store=store)
    assert insuring.cover_at(store, elsewhere, at=MOMENT) is not None
    assert insuring.cover_at(store, elsewhere, at=MOMENT + 2 * DAY) is None


def test_a_premium_follows_the_store_s_refund_rate(store):
    """FUL-8: one order of four was given back: 25 %."""
    insurance = factories.FreightInsuranceFactory(store=store, premium=None)
    for rate, premium in ((0, "0.30"), (10, "0.80"), (30, "2.00")):
        factories.InsuranceBandFactory(insurance=insurance, rate_from=rate, premium=premium)
    for _order in range(3):
        factories.OrderFactory(store=store, placed_at=MOMENT - DAY)
    assert insuring.premium_of(insurance, at=MOMENT) == Decimal("0.30")

    factories.OrderFactory(
        store=store,
        placed_at=MOMENT - DAY,
        payment_state="refunded",
        refunded_amount=Decimal("1.00"),
    )

    assert insuring.refund_rate(store, at=MOMENT) == Decimal("25.00")
    assert insuring.premium_of(insurance, at=MOMENT) == Decimal("0.80")
