"""Which carrier a parcel is given to, and why (FUL-5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fulfillment.intervals import Share
from fulfillment.services import offers
from fulfillment.services.offers import for_parcel, recommend
from fulfillment.services.packing import close_parcel, open_parcel, pack_item
from fulfillment.services.quoting import Wish
from fulfillment.tariff import Load
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.carriers import Carriers, priced
from tests.fulfillment.shipping import Shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop():
    return Carriers()


def recommended(shop, deliver_by=None):
    wish = Wish(shop.warehouse, "33", Load(1_000))
    return recommend(wish, deliver_by=deliver_by, at=MOMENT)


def test_the_cheapest_is_offered_first_among_equals_and_it_is_said_why(shop):
    """FUL-5: the reasons are shown."""
    dear, cheap = shop.service("20.00"), shop.service("10.00")

    found = recommended(shop)

    assert [offer.price.service for offer in found.offers] == [cheap, dear]
    assert found.best.reasons == ("cheapest of 2", "quickest of 2", "no record yet")
    assert found.best.points == Decimal("90.0")  # 50 + 30 + half of 20
    assert found.offers[1].points == Decimal("65.0")  # twice as dear: 25 + 30 + 10


def test_who_arrives_after_the_promise_loses_points_by_the_day(shop):
    """FUL-5, FUL-8: two yuan saved are not worth two days of lateness."""
    slow, quick = shop.service("10.00", usual_days=5), shop.service("12.00", usual_days=2)

    found = recommended(shop, deliver_by=MOMENT + 3 * DAY)

    assert [offer.price.service for offer in found.offers] == [quick, slow]
    assert "arrives as promised" in found.best.reasons
    assert "2 days after the promise" in found.offers[1].reasons
    assert [offer.is_in_time for offer in found.offers] == [True, False]


def test_a_good_record_counts(shop):
    """FUL-5: recommended by cost, promise and score."""
    bad, good = shop.service(), shop.service()
    factories.CarrierScoreFactory(service=bad, on_time=40)
    factories.CarrierScoreFactory(service=good, on_time=96)

    found = recommended(shop)

    assert found.best.price.service == good
    assert "on time 96 % of 100 parcels" in found.best.reasons


def test_months_long_past_don_t_count(shop):
    service = shop.service()
    factories.CarrierScoreFactory(service=service, month=MOMENT.date().replace(year=2025, day=1))

    assert recommended(shop).best.score.judged == 0


def test_what_counts_how_much_is_the_store_s_to_say(shop):
    shop.service("10.00", usual_days=5)
    quick = shop.service("20.00", usual_days=1)
    for setting, value in ((offers.COST, 0), (offers.SCORE, 0), (offers.SPEED, 100)):
        factories.SettingOverrideFactory(
            store=shop.store, key=setting.key, value=value, valid_from=MOMENT - DAY
        )

    assert recommended(shop).best.price.service == quick


def test_weights_of_nothing_leave_the_order_of_cost(shop):
    dear, cheap = shop.service("20.00"), shop.service("10.00")
    for setting in (offers.COST, offers.SCORE, offers.SPEED):
        factories.SettingOverrideFactory(
            store=shop.store, key=setting.key, value=0, valid_from=MOMENT - DAY
        )

    assert [offer.price.service for offer in recommended(shop).offers] == [cheap, dear]


def test_nobody_to_ask_is_no_offer(shop):
    assert recommended(shop).best is None


class Packed(Shop):
    """A parcel with an order to Hangzhou in it."""

    def __init__(self, **values):
        super().__init__()
        self.own = priced(self.warehouse)
        self.packed_order = self.order(2, **({"region": "浙江省杭州市西湖区"} | values))
        self.sku = self.packed_order.lines.get().sku

    def parcel(self, weight=None, size=None):
        known = {"actor": self.packer, "at": MOMENT}
        parcel = open_parcel(order_id=self.packed_order.pk, warehouse_id=self.warehouse.pk, **known)
        pack_item(parcel_id=parcel.pk, code=self.sku.code, pieces=2, **known)
        if weight:
            close_parcel(parcel_id=parcel.pk, weight_grams=weight, size_mm=size, **known)
        return parcel


def test_the_station_is_told_offers_of_a_parcel():
    """FUL-5: by the parcel's own weight and its order's region."""
    shop = Packed()

    found = for_parcel(shop.parcel(2_300).pk, at=MOMENT)

    assert (found.problem, found.region) == ("", "330106")
    assert found.best.price.service == shop.own
    assert found.best.price.cost == Decimal("17.50")


def test_a_parcel_that_is_not_weighed_is_estimated_by_its_articles():
    shop = Packed()
    shop.sku.weight_grams = None
    shop.sku.save(update_fields=["weight_grams"])
    parcel = shop.parcel()
    assert for_parcel(parcel.pk, at=MOMENT).problem == "Weigh the parcel first."

    shop.sku.weight_grams = 600
    shop.sku.save(update_fields=["weight_grams"])

    assert for_parcel(parcel.pk, at=MOMENT).best.price.charge.grams == 1_200


def test_an_address_nobody_recognises_is_said():
    shop = Packed(region="Atlantis")

    assert "not recognised" in for_parcel(shop.parcel(500).pk, at=MOMENT).problem


def test_what_is_in_the_parcel_says_which_permits_are_needed():
    """FUL-5: “no cold chain permit: excluded”."""
    shop = Packed()
    shop.sku.product.category = "Frozen"
    shop.sku.product.save()
    factories.RequiredPermitFactory(store=shop.store, category="Frozen", kind="cold")

    found = for_parcel(shop.parcel(500).pk, at=MOMENT)

    assert found.offers == []
    assert "cold chain permit" in str([each.reason for each in found.refused])


def test_offers_of_a_parcel_take_the_same_few_queries_for_many_services(
    django_assert_max_num_queries,
):
    shop = Packed()
    for _service in range(6):
        priced(shop.warehouse)
    parcel = shop.parcel(500)

    with django_assert_max_num_queries(18):
        assert len(for_parcel(parcel.pk, at=MOMENT).offers) == 7


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(9, 10, 0.596, 0.982), (900, 1_000, 0.880, 0.917), (0, 0, 0.0, 1.0), (0, 5, 0.0, 0.434)],
)
def test_a_share_of_few_is_told_with_how_little_that_says(hits, of, low, high):
    share = Share(hits, of)

    assert share.low == pytest.approx(low, abs=0.001)
    assert share.high == pytest.approx(high, abs=0.001)
