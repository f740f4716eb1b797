"""CAT-1: colours × sizes of a product become SKUs in one go."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from catalog.coding import WrongCode
from catalog.models import CodePart, Sku
from catalog.services import matrix
from catalog.services.matrix import Plan, TooMany, lay_matrix, make_matrix
from catalog.services.price_checks import PriceRefused
from opsdesk.errors import NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold


def parts(store, kind, **names):
    return [
        factories.CodePartFactory(scheme__store=store, kind=kind, code=code, name=name)
        for code, name in names.items()
    ]


def a_plan(product, **changes):
    store = product.store
    given = {
        "category": parts(store, "category", SHIRT="衬衫")[0],
        "brand": parts(store, "brand", MUYU="木语")[0],
        "first": parts(store, "spec", WHITE="白色", NAVY="藏青"),
        "second": parts(store, "spec", S="S", M="M", L="L"),
        "list_price": 129,
    }
    return Plan(product, **{**given, **changes})


@pytest.fixture
def plan(db):
    return a_plan(factories.ProductFactory())


def make(plan, actor=None):
    return make_matrix(plan, actor=actor, at=MOMENT)


def test_every_combination_becomes_a_sku_with_a_code_of_its_own(plan):
    """CAT-1"""
    cells = make(plan)

    assert [cell.is_new for cell in cells] == [True] * 6
    assert (cells[4].sku.code, cells[4].spec) == ("SHIRT-MUYU-NAVY-M-001", "藏青 M")
    assert set(Sku.objects.values_list("list_price", flat=True)) == {129}
    assert_invariants_hold()


def test_looking_at_a_matrix_makes_nothing(plan):
    assert len(lay_matrix(plan, at=MOMENT)) == 6
    assert not Sku.objects.exists()


def test_a_first_price_is_held_to_the_floor(plan):
    """CAT-6: cost 120 and 15 % on it are 138."""
    with pytest.raises(PriceRefused) as refused:
        make(replace(plan, cost=Decimal(120)))

    assert "cost 120.00 × 1.15 = 138.00 > 129.00" in str(refused.value)
    assert not Sku.objects.exists()
    assert make(replace(plan, cost=Decimal(120), list_price=Decimal(138)))


def test_what_is_there_already_stays(plan):
    """By the words of its spec, as a file wrote them, or by what its code begins with."""
    store, product = plan.product.store, plan.product
    by_words = factories.SkuFactory(store=store, product=product, code="OLD-1", spec="白色 S")
    by_code = factories.SkuFactory(store=store, product=product, code="SHIRT-MUYU-NAVY-L-004")

    cells = make(plan)

    assert sum(cell.is_new for cell in cells) == 4
    assert (cells[0].sku, cells[5].sku) == (by_words, by_code)
    assert [cell.is_new for cell in make(plan)] == [False] * 6


def test_a_part_is_not_combined_with_itself(plan):
    twice = Plan(plan.product, plan.category, plan.brand, plan.second, plan.second)

    cells = lay_matrix(twice, at=MOMENT)

    assert len(cells) == 6


def test_another_product_of_the_same_words_goes_on_counting(plan):
    other = factories.ProductFactory(store=plan.product.store)
    make(plan)

    cells = make(Plan(other, plan.category, plan.brand, plan.first))

    assert [cell.sku.code for cell in cells] == ["SHIRT-MUYU-WHITE-001", "SHIRT-MUYU-NAVY-001"]
    again = make(Plan(plan.product, plan.category, plan.brand, plan.first))
    assert [cell.sku.code for cell in again] == ["SHIRT-MUYU-WHITE-002", "SHIRT-MUYU-NAVY-002"]


def test_there_is_an_end_to_a_matrix(plan, monkeypatch):
    monkeypatch.setattr(matrix, "MOST_CELLS", 5)

    with pytest.raises(TooMany) as refusal:
        make(plan)

    assert refusal.value.facts == {"cells": 6, "most": 5}


def test_without_a_brand_nothing_is_made(plan):
    with pytest.raises(WrongCode, match="brand"):
        make(Plan(plan.product, plan.category, None, plan.first))


def test_making_skus_needs_its_right(plan):
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=plan.product.store)

    with pytest.raises(NotAllowed):
        make(plan, actor=clerk)


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_matrix_make_it_once():
    plan = a_plan(factories.ProductFactory())

    results = run_together([partial(make, plan)] * 4)

    assert sorted(sum(cell.is_new for cell in cells) for cells in results) == [0, 0, 0, 6]
    assert Sku.objects.count() == 6


def page(product):
    return f"/admin/catalog/sku/matrix/{product.pk}/"


def given(plan, **more):
    return {
        "category": plan.category.pk,
        "brand": plan.brand.pk,
        "first": [part.pk for part in plan.first],
        "second": [part.pk for part in plan.second],
        **more,
    }


def test_the_page_shows_what_would_be_made_and_makes_it(client, plan):
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=plan.product.store))

    looked = client.post(page(plan.product), given(plan))
    assert "SHIRT-MUYU-WHITE-S…" in looked.content.decode()
    assert not Sku.objects.exists()
    made = client.post(page(plan.product), given(plan, make="1"))

    assert made.status_code == 302
    assert Sku.objects.count() == 6


def test_the_page_knows_the_products_own_words(client, plan):
    product = plan.product
    product.category, product.brand = "衬衫 Shirts", "MUYU"
    product.save()
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=product.store))

    form = client.get(page(product)).context["form"]

    assert form["category"].value() == plan.category.pk
    assert form["brand"].value() == plan.brand.pk


def test_parts_of_another_store_are_not_offered(client, plan):
    theirs = parts(factories.StoreFactory(), CodePart.Kind.SPEC, RED="red")
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=plan.product.store))

    response = client.post(page(plan.product), given(plan, first=[theirs[0].pk]))

    assert "first" in response.context["form"].errors
