"""Waves may take the orders of one carrier service only (FUL-1, FUL-5)."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.services import likely_services
from fulfillment.services.drafting import groups_of, to_pick
from fulfillment.services.offers import for_parcel
from tests import factories
from tests.fulfillment.carriers import priced
from tests.fulfillment.picking import LATER, Shelves

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """Two services: one is cheap and delivers to Zhejiang only, one goes everywhere."""
    shop = Shelves()
    shop.near = priced(shop.warehouse, "5.00")
    shop.near.coverage.all().delete()
    factories.CoverageAreaFactory(service=shop.near, region="33")
    shop.far = priced(shop.warehouse, "10.00")
    return shop


def order_to(shop, region, grams=500, **values):
    sku = shop.sku(weight_grams=grams)
    shop.lay(sku, shop.bin(), 5)
    return shop.ordered((sku, 2), region=region, **values)


def foreseen(shop):
    rows = list(to_pick(shop.warehouse).values("pk", "channel_id", "ship_by"))
    groups = groups_of(shop.warehouse, rows)
    likely_services.foresee(shop.warehouse, groups, at=LATER)
    return {group.orders[0]: group.service_id for group in groups}


def test_a_rule_of_a_service_takes_the_orders_it_would_be_offered_for(shop):
    """FUL-1: a wave that leaves with one courier has what that courier carries."""
    rule = factories.WaveRuleFactory(
        warehouse=shop.warehouse, priority=1, service=shop.near, carrier=shop.near.carrier
    )
    rest = factories.WaveRuleFactory(warehouse=shop.warehouse, priority=2)
    near, far = order_to(shop, "浙江杭州"), order_to(shop, "北京")

    waves = shop.plan()

    found = {
        wave.rule: (list(wave.wave_orders.values_list("order", flat=True)), wave.carrier)
        for wave in waves
    }
    assert found == {rule: ([near.pk], shop.near.carrier), rest: ([far.pk], None)}


def test_what_is_foreseen_is_what_its_parcel_is_offered(shop):
    """FUL-5"""
    orders = [order_to(shop, "浙江杭州"), order_to(shop, "北京"), order_to(shop, "浙江宁波", 9_000)]

    found = foreseen(shop)

    for order in orders:
        best = for_parcel(shop.opened(order).pk, at=LATER).best
        assert found[order.pk] == best.price.service.pk


def test_an_order_of_which_too_little_is_known_is_nobody_s(shop):
    nowhere, weightless = order_to(shop, ""), order_to(shop, "北京", grams=None)

    assert foreseen(shop) == {nowhere.pk: None, weightless.pk: None}


def test_many_orders_take_as_many_statements_as_one(shop):
    counts = []
    for regions in (["北京"], ["浙江杭州", "上海", "四川成都", "北京"]):
        for number, region in enumerate(regions, start=1):
            order_to(shop, region, grams=100 * number)
        rows = list(to_pick(shop.warehouse).values("pk", "channel_id", "ship_by"))
        groups = groups_of(shop.warehouse, rows)
        with CaptureQueriesContext(connection) as captured:
            likely_services.foresee(shop.warehouse, groups, at=LATER)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 20


def test_nobody_is_asked_where_no_rule_wants_a_service(shop, monkeypatch):
    monkeypatch.delattr(likely_services, "foresee")
    order_to(shop, "北京")

    assert len(shop.plan()) == 1


def test_a_rule_s_service_is_its_carrier_s_and_its_store_s(shop):
    rule = factories.WaveRuleFactory(warehouse=shop.warehouse, service=shop.near)
    rule.full_clean()
    assert rule.carrier == shop.near.carrier

    rule.carrier = shop.far.carrier
    with pytest.raises(ValidationError, match="carrier above"):
        rule.full_clean()
    rule.carrier, rule.service = None, factories.CarrierServiceFactory()
    with pytest.raises(ValidationError, match="no such"):
        rule.full_clean()
