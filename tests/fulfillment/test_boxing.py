"""Boxes are chosen by size, packaging rules hold, labels say what they have to (FUL-6)."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from fulfillment.models import Box
from fulfillment.services.boxing import MOST_PIECES, for_parcel, propose
from fulfillment.services.packaging import Mark, marks_for, rules_for
from fulfillment.services.packing import pack_item
from tests import factories
from tests.fulfillment.shipping import LATER, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def boxes(shop):
    return [
        factories.BoxFactory(
            store=shop.store,
            code="S",
            inner_length_mm=200,
            inner_width_mm=150,
            inner_height_mm=100,
            most_grams=2_000,
            cost=1,
        ),
        factories.BoxFactory(store=shop.store, code="L"),
    ]


def sku(shop, side=50, grams=100, **values):
    size = {"length_mm": side, "width_mm": side, "height_mm": side, "weight_grams": grams}
    return factories.SkuFactory(store=shop.store, **{**size, **values})


def proposed(shop, *pieces):
    """(box code, contents) of each."""
    wanted = Counter({one.pk: count for one, count in pieces})
    told = propose(wanted, warehouse=shop.warehouse)
    return told, [(filled.carton.code, told.contents(filled)) for filled in told.boxes]


def test_a_parcel_s_goods_get_the_cheapest_box_that_holds_them(shop, boxes):
    """FUL-6: what is in it already and what still belongs into it."""
    order = shop.order(2, 1)
    for line in order.lines.select_related("sku"):
        type(line.sku).objects.filter(pk=line.sku_id).update(
            length_mm=50, width_mm=50, height_mm=50, weight_grams=100
        )
    first, second = (line.sku.code for line in order.lines.select_related("sku"))
    parcel = shop.opened(order)
    pack_item(parcel_id=parcel.pk, code=first, actor=shop.packer, at=LATER)

    told = for_parcel(parcel.pk)

    assert told.is_complete
    [filled] = told.boxes
    assert (filled.carton.code, told.contents(filled)) == ("S", sorted([(first, 2), (second, 1)]))


def test_what_nobody_measured_is_named(shop, boxes):
    """FUL-6: the others get their box all the same."""
    known, unsized, unweighed = sku(shop), sku(shop, width_mm=None), sku(shop, weight_grams=None)

    told, found = proposed(shop, (known, 1), (unsized, 1), (unweighed, 1))

    assert told.unknown == sorted([unsized.code, unweighed.code])
    assert not told.is_complete
    assert found == [("S", [(known.code, 1)])]


def test_what_fits_no_box_is_named_and_many_pieces_are_left_to_people(shop, boxes):
    huge = sku(shop, 500)

    assert proposed(shop, (huge, 1))[0].too_large == [huge.code]
    assert proposed(shop, (sku(shop), MOST_PIECES + 1))[0].is_too_many


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"used_up": True}, {"warehouse": "another"}, {"store": "another"}],
)
def test_only_boxes_that_are_here_are_proposed(change, shop, boxes):
    if "warehouse" in change:
        change = {"warehouse": factories.WarehouseFactory(store=shop.store)}
    if "store" in change:
        change = {"store": factories.StoreFactory()}
    if change.pop("used_up", False):
        small = Box.objects.get(code="S")
        factories.BoxStockFactory(box=small, warehouse=shop.warehouse)
    Box.objects.filter(code="S").update(**change or {"is_active": True})

    assert proposed(shop, (sku(shop), 1))[1][0][0] == "L"


def test_a_product_s_rule_comes_before_its_category_s(shop):
    """FUL-6: of categories the longest that it is in; another store's say nothing."""
    cup = sku(shop, product__category="Home/Glass/Cups")
    make = factories.PackagingRuleFactory
    make(store=factories.StoreFactory(), category="Home/Glass/Cups")
    make(store=shop.store, category="Home/Gla")
    wide, narrow = (make(store=shop.store, category=name) for name in ("Home", "Home/Glass"))

    assert rules_for([cup]) == {cup.pk: narrow}
    own = make(store=shop.store, category="", product=cup.product)
    assert rules_for([cup]) == {cup.pk: own}
    own.delete()
    narrow.delete()
    assert rules_for([cup]) == {cup.pk: wide}


def test_padding_upright_and_keeping_apart_hold(shop, boxes):
    """FUL-6: shock takes padding, a bottle stands, soap does not go with tea."""
    rule = factories.PackagingRuleFactory
    cup, bottle = sku(shop, 80), sku(shop, 50, height_mm=180)
    rule(store=shop.store, category="", product=cup.product, padding_mm=15, material="Foam")
    rule(store=shop.store, category="", product=bottle.product, upright=True)
    assert proposed(shop, (cup, 1))[1][0][0] == "L"
    assert proposed(shop, (cup, 1))[0].materials == ["Foam"]
    assert proposed(shop, (bottle, 1))[1][0][0] == "L"

    soap, tea = sku(shop), sku(shop)
    rule(store=shop.store, category="", product=soap.product, group="scented")
    rule(store=shop.store, category="", product=tea.product, not_with="scented, raw")
    assert len(proposed(shop, (soap, 1), (tea, 1))[1]) == 2


def test_the_label_says_what_the_goods_ask_for(shop):
    """FUL-6: label content, in one order."""
    order = shop.order(1, 1)
    first, second = (line.sku for line in order.lines.select_related("sku__product"))
    rule = factories.PackagingRuleFactory
    rule(store=shop.store, category="", product=first.product, cold=True, shock=False)
    rule(store=shop.store, category="", product=second.product, upright=True)
    parcel = shop.packed(order)

    assert marks_for(parcel.pk) == [Mark.FRAGILE, Mark.THIS_SIDE_UP, Mark.KEEP_COLD]
    assert marks_for(shop.packed(shop.order(1), "SF1000000028").pk) == []


def test_its_cost_does_not_grow_with_the_goods(shop, boxes, django_assert_num_queries):
    parcel = shop.opened(shop.order(1, 1, 1, 1))

    with django_assert_num_queries(8):
        for_parcel(parcel.pk)


def test_the_database_keeps_boxes_and_rules_sound(shop):
    for values in ({"outer_length_mm": 399}, {"inner_width_mm": 0}, {"most_grams": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.BoxFactory(store=shop.store, **values)
    rule = factories.PackagingRuleFactory(store=shop.store, category="Tea")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.PackagingRuleFactory(store=shop.store, category="Tea")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.PackagingRuleFactory(store=shop.store, category="")
    rule.group, rule.not_with = "tea", "soap,tea"
    with pytest.raises(ValidationError):
        rule.clean()
