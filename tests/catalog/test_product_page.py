"""The page of a product: one tab at a time, each in a fixed number of questions."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Product
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.goods import complete_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def operator(client, store):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_overview_has_everything_on_one_page(client, operator, store):
    """CAT-2, CAT-3, CAT-14, CAT-15"""
    listing = complete_listing(store)
    product = listing.product
    paper = factories.QualificationFactory(store=store, product=product)
    entry = factories.KnowledgeEntryFactory(store=store, product=product)
    type(listing).objects.update(freight=None)

    page = client.get(page_of(product)).content.decode()

    for words in (
        product.code,
        "MUYU",
        product.skus.get().code,
        "¥39.00",
        "Freight is missing",
        "3 pass, 3 needed, 6 better",
        paper.number,
        entry.title,
    ):
        assert words in page, words


@pytest.mark.parametrize("tab", ["overview", "pictures", "papers", "knowledge"])
def test_a_tab_asks_as_many_questions_of_many_rows_as_of_few(tab, client, operator, store):
    product = complete_listing(store).product

    def more():
        picture = factories.ProductPictureFactory(store=store, product=product)
        factories.PictureReviewFactory(picture=picture, reviewed_by=operator)
        factories.SkuFactory(store=store, product=product)
        factories.QualificationFactory(store=store, product=product)
        factories.KnowledgeEntryFactory(store=store, product=product)
        factories.ListingFactory(store=store, product=product)

    more()
    address = f"{page_of(product)}?tab={tab}"
    statements(client, address)
    few = statements(client, address)
    for _ in range(5):
        more()

    assert statements(client, address) == few <= 40


def test_a_tab_is_fetched_alone(client, operator, store):
    product = factories.ProductFactory(store=store)

    tab = client.get(f"{page_of(product)}?tab=knowledge", headers={"HX-Request": "true"})

    assert "<html" not in tab.content.decode()
    assert 'id="od-tab-knowledge"' in tab.content.decode()
    assert 'aria-current="page"' in tab.content.decode()


def test_stock_is_shown_to_who_may_look_at_it(client, store):
    """Customer service sees the goods, not the shelves."""
    sku = factories.SkuFactory(store=store)
    factories.StockLevelFactory(sku=sku, available=417)
    seen = {}
    for role in (Role.CUSTOMER_SERVICE, Role.CATALOG_OPERATOR):
        client.force_login(factories.UserFactory(role=role, store=store))
        seen[role] = "417" in client.get(page_of(sku.product)).content.decode()

    assert seen == {Role.CUSTOMER_SERVICE: False, Role.CATALOG_OPERATOR: True}


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.CATALOG_OPERATOR, True), (Role.CUSTOMER_SERVICE, False)]
)
def test_what_goods_cost_is_shown_to_who_works_with_it(role, sees, client, store):
    """On the product's page and the SKU's, by the server and not by the style sheet."""
    sku = factories.SkuFactory(store=store, cost=Decimal("31.07"), list_price=Decimal(39))
    client.force_login(factories.UserFactory(role=role, store=store))
    addresses = [page_of(sku.product), reverse("admin:catalog_sku_change", args=[sku.pk])]

    pages = [client.get(address).content.decode() for address in addresses]

    assert [("31.07" in page) for page in pages] == [sees, sees]


def test_what_a_supplier_asks_for_is_hidden_from_the_warehouse(client, store):
    item = factories.SupplierItemFactory(
        supplier__store=store, sku__store=store, cost=Decimal("31.07")
    )
    address = reverse("admin:catalog_supplier_change", args=[item.supplier_id])

    for role, sees in ((Role.FINANCE, True), (Role.WAREHOUSE, False)):
        client.force_login(factories.UserFactory(role=role, store=store))
        assert ("31.07" in client.get(address).content.decode()) == sees


def test_the_form_is_a_page_of_its_own_and_leads_back(client, operator, store):
    product = factories.ProductFactory(store=store)
    edit = reverse("admin:catalog_product_edit", args=[product.pk])
    inlines = {
        f"{prefix}-{name}": "0"
        for prefix in ("skus", "videos")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    given = {"code": product.code, "name": "Renamed", "brand": "MUYU", "category": "Cups"}
    film = {"title": "In use", "url": "video.example/1", "seconds": "45", "is_subtitled": "on"}
    inlines |= {"videos-TOTAL_FORMS": "1"} | {f"videos-0-{k}": v for k, v in film.items()}

    shown = client.get(edit)
    saved = client.post(edit, {**given, **inlines, "is_active": "on"})

    assert shown.status_code == 200
    assert saved.url == page_of(product)
    assert Product.objects.get().name == "Renamed"
    assert product.videos.get().url == "https://video.example/1"


def test_a_chosen_tab_that_is_not_there_is_the_first(client, operator, store):
    product = factories.ProductFactory(store=store)

    assert client.get(f"{page_of(product)}?tab=nowhere").context["tab"].code == "overview"
