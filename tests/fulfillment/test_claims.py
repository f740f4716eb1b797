"""What freight insurance covers of an order, and what is claimed of it (FUL-7, FUL-8)."""

from decimal import Decimal

import pytest
from django.urls import reverse

from fulfillment.models import ParcelCase
from fulfillment.services import cases
from fulfillment.services.claims import Stage, claim_of, cover_of_parcel
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.shipping import LATER, Shop

pytestmark = pytest.mark.django_db
Kind = ParcelCase.Kind


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def order(shop):
    return shop.order(1, placed_at=MOMENT)


@pytest.fixture
def insured(shop, order):
    """Up to 12.00."""
    return factories.FreightInsuranceFactory(
        store=shop.store, provider="PICC", premium=Decimal("0.50"), cover=Decimal("12.00")
    )


def coming_back(shop, order, kind=Kind.RETURNED):
    parcel = shop.packed(order)
    shop.handed_over(parcel)
    return ParcelCase.objects.create(
        store=shop.store, parcel=parcel, kind=kind, cause_at=LATER, opened_at=LATER
    )


def test_an_order_without_insurance_has_no_claim(order):
    assert claim_of(order) is None
    assert cover_of_parcel([order]) is None


def test_what_is_claimed_for_the_way_back_meets_the_cover(shop, order, insured):
    """FUL-8: the insurer pays up to the cover, and no more."""
    case = coming_back(shop, order)
    assert claim_of(order).stage == Stage.NONE

    cases.claim_value(case_id=case.pk, amount=Decimal("15.00"), actor=None, at=LATER)

    claim = claim_of(order)
    assert (claim.claimed, claim.insured, claim.beyond) == (
        Decimal("15.00"),
        Decimal("12.00"),
        Decimal("3.00"),
    )
    assert claim.stage == Stage.OPEN
    assert cover_of_parcel([order]) == Decimal("12.00")


def test_a_claim_is_settled_with_its_case(shop, order, insured):
    case = coming_back(shop, order)
    cases.claim_value(case_id=case.pk, amount=Decimal("8.00"), actor=None, at=LATER)
    cases.close_case(case_id=case.pk, result="Paid", actor=None, at=LATER)

    claim = claim_of(order)

    assert (claim.stage, claim.insured, claim.beyond) == (Stage.SETTLED, Decimal(8), Decimal(0))


def test_what_a_carrier_lost_is_no_claim_on_it(shop, order, insured):
    """FUL-8: insured is the way back, not the goods."""
    case = coming_back(shop, order, Kind.LOST)
    cases.claim_value(case_id=case.pk, amount=Decimal("90.00"), actor=None, at=LATER)

    assert claim_of(order).claimed == 0


def pages(shop, order):
    parcel = order.parcel_orders.get().parcel
    return [
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:fulfillment_parcel_change", args=[parcel.pk]),
    ]


def test_order_and_parcel_show_cover_and_claim(shop, order, insured, client):
    """FUL-8: what is covered, the premium, how the claim stands."""
    case = coming_back(shop, order)
    cases.claim_value(case_id=case.pk, amount=Decimal("15.00"), actor=None, at=LATER)
    client.force_login(shop.person(Role.SERVICE_LEAD))

    for address in pages(shop, order):
        page = client.get(address).content.decode()
        assert "PICC" in page
        assert "12.00" in page
        assert "3.00" in page
        assert reverse("admin:fulfillment_parcelcase_change", args=[case.pk]) in page


def test_who_may_not_see_insurance_sees_none(shop, order, insured, client):
    coming_back(shop, order)
    client.force_login(shop.person(Role.ORDER_REVIEWER))

    assert "PICC" not in client.get(pages(shop, order)[0]).content.decode()


def test_the_case_says_up_to_how_much_the_way_back_is_insured(shop, order, insured, client):
    case = coming_back(shop, order)
    cases.claim_value(case_id=case.pk, amount=Decimal("15.00"), actor=None, at=LATER)
    client.force_login(shop.person(Role.SERVICE_LEAD))

    page = client.get(reverse("admin:fulfillment_parcelcase_change", args=[case.pk]))

    assert "12.00" in page.content.decode()
    assert page.context["cover"] == Decimal("12.00")
