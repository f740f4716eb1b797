"""Screens of carriers: their page, their papers, prices compared, what stores promise."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from fulfillment.models import CarrierDocument, CarrierService, CoverageArea, FreightTemplate
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.carriers import Carriers

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Carriers()


@pytest.fixture
def lead(client, shop):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=shop.store)
    client.force_login(person)
    return client


def licensed(shop, **more):
    """A service that carries today."""
    service = shop.service(**more)
    today = shop.store.business_date(timezone.now())
    factories.CarrierDocumentFactory(
        carrier=service.carrier,
        number="LIC-NOW",
        valid_from=today - timedelta(days=9),
        valid_until=today + timedelta(days=900),
    )
    return service


def page_of(row, name="change"):
    return reverse(f"admin:fulfillment_{row._meta.model_name}_{name}", args=[row.pk])


def test_a_paper_is_handed_in_downloaded_and_withdrawn(lead, shop):
    """FUL-5: contract and licence on the carrier's page."""
    carrier = shop.service().carrier
    told = {
        "kind": "contract",
        "number": "C-2026-7",
        "valid_from": "2026-01-01",
        "valid_until": "2030-12-31",
        "signed_on": "2025-12-20",
        "notes": "Rates of the year",
    }
    file = SimpleUploadedFile("contract.pdf", b"%PDF-1.7 contract")

    answer = lead.post(page_of(carrier, "paper"), told | {"file": file})
    assert answer.status_code == 302, answer.context["form"].errors

    paper = CarrierDocument.objects.get(number="C-2026-7")
    page = lead.get(page_of(carrier)).content.decode()
    assert "C-2026-7" in page
    assert paper.sha256 in page
    loaded = lead.get(reverse("admin:fulfillment_carrier_file", args=[paper.pk]))
    assert b"".join(loaded.streaming_content) == b"%PDF-1.7 contract"

    lead.post(
        reverse("admin:fulfillment_carrier_withdraw", args=[paper.pk]), {"reason": "Wrong year"}
    )
    assert "Wrong year" in lead.get(page_of(carrier)).content.decode()


def test_a_paper_that_is_refused_is_said_beside_the_form(lead, shop):
    carrier = shop.service().carrier
    told = {
        "kind": "licence",
        "number": "L",
        "valid_from": "2026-01-01",
        "valid_until": "2025-01-01",
    }

    answer = lead.post(
        page_of(carrier, "paper"), told | {"file": SimpleUploadedFile("l.pdf", b"%PDF-1.7")}
    )

    assert "It can&#x27;t end before it begins." in answer.content.decode()


def test_the_page_of_a_carrier_shows_papers_services_and_record(
    lead, shop, django_assert_max_num_queries
):
    """FUL-5: one look tells what it may, where it goes, what it costs, how good it is."""
    service = licensed(shop)
    today = shop.store.business_date(timezone.now())
    factories.CarrierDocumentFactory(
        carrier=service.carrier, kind="cold", valid_until=today + timedelta(days=9)
    )
    factories.CarrierScoreFactory(service=service, month=today.replace(day=1))
    other = factories.CarrierServiceFactory(carrier=service.carrier, code="other", name="Other")
    factories.CarrierScoreFactory(
        service=other,
        month=today.replace(day=1),
        **dict.fromkeys(["parcels", "picked_up", "picked_up_in_time", "judged"], 5),
        on_time=4,
    )

    with django_assert_max_num_queries(45):
        page = lead.get(page_of(service.carrier)).content.decode()

    assert "LIC-NOW" in page
    assert "all of China" in page
    assert "96.0 %" in page
    assert "5 only" in page
    assert "95.2 %" in page  # together: 100 of 105
    assert "runs out soon" in page


def test_the_scorecard_is_exported(lead, shop):
    service = licensed(shop)
    factories.CarrierScoreFactory(service=service)

    file = b"".join(lead.get(page_of(service.carrier, "scores")).streaming_content).decode()

    assert f"{service.code},2026-03,100,100,98,100,96,100,1,0,2" in file


def test_the_list_of_carriers_takes_the_same_few_queries(lead, shop, django_assert_max_num_queries):
    today = shop.store.business_date(timezone.now())
    for _carrier in range(5):
        service = licensed(shop)
        factories.CarrierDocumentFactory(
            carrier=service.carrier, kind="cold", valid_until=today + timedelta(days=9)
        )

    with django_assert_max_num_queries(25):
        page = lead.get(reverse("admin:fulfillment_carrier_changelist")).content.decode()

    assert "runs out soon" in page


def asked(client, shop, **more):
    told = {"warehouse": shop.warehouse.pk, "region": "浙江杭州", "weight": 2_300}
    address = reverse("admin:fulfillment_pricetable_quote")
    return client.get(address, told | more)


def test_offers_are_compared_with_their_reasons(lead, shop):
    """FUL-5: the breakdown in words, and who can't carry it."""
    licensed(shop)
    unlicensed = factories.CarrierServiceFactory(carrier__store=shop.store, name="Slow")

    page = asked(lead, shop).content.decode()

    assert "17.50" in page
    assert "2.3 kg: first 1 kg 10.00, then 3 × 500 g at 2.50" in page
    assert "recommended" in page
    assert str(unlicensed) in page
    assert "no courier licence on record" in page


def test_a_parcel_that_can_t_be_asked_for_is_said_beside_the_field(lead, shop):
    answer = asked(lead, shop, region="Atlantis", weight=0, length=3)

    errors = answer.context["form"].errors
    assert set(errors) == {"region", "weight", "__all__"}


def test_nobody_to_ask_is_said(lead, shop):
    assert "Nobody carries this parcel" in asked(lead, shop).content.decode()


def test_another_store_s_warehouse_is_no_choice(lead, shop):
    assert "warehouse" in asked(lead, Carriers()).context["form"].errors


def test_regions_are_typed_by_name_and_kept_by_code(lead, shop):
    """330000 and 浙江省 are one region."""
    service = shop.service()
    rows = {
        "coverage-TOTAL_FORMS": 3,
        "coverage-INITIAL_FORMS": 1,
        "coverage-0-id": service.coverage.get().pk,
        "coverage-0-service": service.pk,
        "coverage-0-region": "CN",
        "coverage-0-is_delivered": "on",
        "coverage-0-extra_days": 0,
        "coverage-1-service": service.pk,
        "coverage-1-region": "西藏自治区",
        "coverage-1-extra_days": 0,
        "coverage-2-service": service.pk,
        "coverage-2-region": "650000",
        "coverage-2-is_delivered": "on",
        "coverage-2-extra_days": 4,
    }
    told = {"code": service.code, "name": service.name, "usual_days": 2, "is_active": "on"}

    answer = lead.post(page_of(service), told | rows)

    assert answer.status_code == 302, answer.context["errors"]
    areas = CoverageArea.objects.filter(service=service).order_by("region")
    assert [(area.region, area.is_delivered) for area in areas] == [
        ("54", False),
        ("65", True),
        ("CN", True),
    ]
    assert CarrierService.objects.get(pk=service.pk).usual_days == 2
    CoverageArea.objects.filter(region="54").update(region="330000")
    assert CoverageArea.objects.filter(service=service, region="33").exists()


def test_an_overlapping_price_table_is_refused_with_words(lead, shop):
    table = shop.service().price_tables.get()
    told = {
        "service": table.service_id,
        "name": "Again",
        "currency": "CNY",
        "valid_from": "2026-06-01",
        **{
            f"{prefix}-{name}_FORMS": 0
            for prefix in ("rows", "surcharges")
            for name in ("TOTAL", "INITIAL")
        },
    }

    page = lead.post(reverse("admin:fulfillment_pricetable_add"), told).content.decode()

    assert "Another price table of this service holds at that time" in page


def test_what_buyers_pay_can_be_tried(lead, shop):
    """FUL-8: freight, promise and insurance of an order, before anybody places it."""
    channel = factories.ChannelFactory(store=shop.store)
    template = factories.FreightTemplateFactory(store=shop.store, free_from=Decimal("99.00"))
    factories.FreightRowFactory(template=template)
    factories.DeliveryPromiseFactory(store=shop.store, hours=72)
    factories.FreightInsuranceFactory(store=shop.store)
    told = {"channel": channel.pk, "region": "33", "pieces": 4, "amount": "50.00"}
    address = reverse("admin:fulfillment_freighttemplate_try")

    page = lead.get(address, told).content.decode()

    assert "14.00" in page
    assert "within 72 hours of payment" in page
    assert "Pacific Insurance" in page
    assert "free from 99.00" in lead.get(address, told | {"amount": "99.00"}).content.decode()
    assert FreightTemplate.objects.count() == 1


def test_who_may_not_see_costs_sees_no_papers_and_no_prices(client, shop):
    service = licensed(shop)
    client.force_login(factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=shop.store))

    page = client.get(page_of(service.carrier)).content.decode()

    assert "LIC-NOW" not in page
    assert service.price_tables.get().name not in page
    assert asked(client, shop).status_code == 403
