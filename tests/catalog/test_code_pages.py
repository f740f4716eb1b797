"""CAT-1: what pages say of codes, and the list of SKUs as a file that goes out and comes back."""

import io

import openpyxl
import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from catalog import tabs
from catalog.models import CodePart, CodeScheme, Sku, SkuCode
from catalog.services.stock import receive_stock
from opsdesk.audit.models import AuditEntry
from opsdesk.exchange.services import preview
from opsdesk.stores.roles import Role
from tests import factories
from tests.exchange.files import import_file, stage_file
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
ADD = "/admin/catalog/sku/add/"
EXPORT = "/admin/catalog/sku/export/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def operator(client, store):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


@pytest.fixture
def sku(store):
    for kind, code, name in (("category", "TEA", "茶"), ("brand", "MUYU", "木语")):
        factories.CodePartFactory(scheme__store=store, kind=kind, code=code, name=name)
    factories.CodePartFactory(scheme__store=store, code="50G", name="50 g")
    product = factories.ProductFactory(store=store, name="-10 °C tea", brand="木语")
    return factories.SkuFactory(
        store=store, product=product, code="TEA-MUYU-50G-001", spec="50 g", barcode="0690"
    )


def page_of(sku):
    return reverse("admin:catalog_sku_change", args=[sku.pk])


def test_a_first_price_typed_in_is_held_to_the_floor(client, store, operator):
    """CAT-6: refused with its arithmetic; at the floor it needs nobody's yes."""
    product = factories.ProductFactory(store=store)
    given = {
        "store": store.pk,
        "product": product.pk,
        "code": "NEW-1",
        "cost": "40",
        "list_price": "45.99",
        "is_active": "on",
    }

    html = client.post(ADD, given).content.decode()

    assert "cost 40.00 × 1.15 = 46.00 &gt; 45.99" in html
    assert not Sku.objects.exists()
    assert client.post(ADD, given | {"list_price": "46"}).status_code == 302
    assert Sku.objects.get().list_price == 46


def content(response):
    return b"".join(response.streaming_content)


def test_what_breaks_the_scheme_is_a_filter_and_gets_another_code(client, operator, sku):
    """CAT-1"""
    listed = "/admin/catalog/sku/?scheme="
    wrong = factories.SkuFactory(store=sku.store, code="OLD-1")
    found = {state: client.get(f"{listed}{state}").context for state in ("breaks", "follows")}
    assert list(found["breaks"]["page"].rows) == [wrong]
    assert list(found["follows"]["page"].rows) == [sku]

    client.post(f"/admin/catalog/sku/{wrong.pk}/code/", {"code": "TEA-MUYU-50G-002"})

    assert list(client.get(f"{listed}breaks").context["page"].rows) == []
    assert list(client.get("/admin/catalog/sku/?code=OLD-1").context["page"].rows) == [wrong]


def test_the_page_of_a_sku_explains_its_code_and_says_where_it_went(client, store, sku):
    """CAT-1: traceable to every movement and order line."""
    client.force_login(factories.UserFactory(is_superuser=True))
    warehouse = factories.WarehouseFactory(store=store)
    receive_stock(sku_id=sku.pk, warehouse_id=warehouse.pk, quantity=7, actor=None, at=MOMENT)
    order = factories.OrderFactory(store=store, external_number="ORDER-77")
    factories.OrderLineFactory(order=order, sku=sku)

    text = client.get(page_of(sku)).content.decode()

    assert "茶, 木语, 50 g, no. 1" in text
    assert "/admin/catalog/stockmovement/?sku=TEA-MUYU-50G-001" in text
    assert "ORDER-77" in text
    assert reverse("admin:orders_order_change", args=[order.pk]) in text


def test_an_alias_is_added_on_the_page_and_found(client, operator, sku):
    """CAT-1"""
    client.post(f"/admin/catalog/sku/{sku.pk}/alias/", {"code": "K3-00001", "source": "Kingdee"})

    alias = SkuCode.objects.get(code="K3-00001")
    assert (alias.sku, alias.created_by, alias.source) == (sku, operator, "Kingdee")
    assert f"{sku.pk}/change/" in client.get("/admin/catalog/sku/?code=k3-0").content.decode()
    assert page_of(sku) in client.get("/admin/search/?s=K3-00").content.decode()


def test_a_code_that_was_used_is_refused_beside_its_field(client, operator, store, sku):
    factories.SkuCodeFactory(store=store, sku=sku, code="K3-00001")
    asked = {"store": store.pk, "product": sku.product_id, "code": "K3-00001", "is_active": "on"}

    response = client.post("/admin/catalog/sku/add/", asked)

    assert "K3-00001 belongs to the SKU TEA-MUYU-50G-001." in response.content.decode()
    assert Sku.objects.count() == 1


@pytest.mark.parametrize(("is_strict", "made"), [(True, 1), (False, 2)])
def test_a_code_against_the_scheme_is_refused_or_reported(
    is_strict, made, client, operator, store, sku
):
    CodeScheme.objects.update(is_strict=is_strict)
    asked = {"store": store.pk, "product": sku.product_id, "code": "free-style", "is_active": "on"}

    response = client.post("/admin/catalog/sku/add/", asked, follow=True)

    assert "It is not of the form CATEGORY-BRAND-SPEC-001." in response.content.decode()
    assert Sku.objects.count() == made


def test_a_part_is_added_on_the_scheme_and_keeps_its_code(client, operator, store):
    part = factories.CodePartFactory(scheme__store=store, code="RED", name="红")
    scheme = part.scheme
    asked = {
        "pattern": "category-brand",
        "separator": "_",
        "serial_width": "4",
        "parts-TOTAL_FORMS": "2",
        "parts-INITIAL_FORMS": "1",
        "parts-0-id": part.pk,
        "parts-0-kind": "spec",
        "parts-0-code": "OTHER",
        "parts-0-name": "红色",
        "parts-0-axis": "颜色",
        "parts-0-is_active": "on",
        "parts-1-kind": "brand",
        "parts-1-code": "APPLE",
        "parts-1-name": "苹果",
        "parts-1-is_active": "on",
    }

    response = client.post(reverse("admin:catalog_codescheme_change", args=[scheme.pk]), asked)

    assert response.status_code == 302
    scheme.refresh_from_db()
    assert (scheme.pattern, scheme.separator, scheme.serial_width) == ("category-brand", "_", 4)
    found = CodePart.objects.order_by("pk").values_list("kind", "code", "name", "axis")
    assert list(found) == [("spec", "RED", "红色", "颜色"), ("brand", "APPLE", "苹果", "")]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_goes_out_and_comes_back_unchanged(kind, client, operator, store, sku, tmp_path):
    factories.SkuCodeFactory(store=store, sku=sku, code="K3-00001")
    factories.SkuFactory(store=store, code="PLAIN", cost="3.10", is_active=False)
    data = content(client.get(EXPORT, {"as": kind}))

    session = import_file(store, tmp_path / f"p.{kind}", data, importer="products")

    assert (session.created, session.changed, session.duplicate) == (0, 0, 2)
    assert AuditEntry.objects.get(verb="exported").after["rows"] == 2


def test_what_was_changed_in_the_file_is_shown_before_it_is_taken(
    client, operator, store, sku, tmp_path
):
    book = openpyxl.load_workbook(io.BytesIO(content(client.get(EXPORT, {"as": "xlsx"}))))
    sheet = book.active
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("cost") + 1, 12.5)
    sheet.cell(2, header.index("list_price") + 1, 1)
    changed = io.BytesIO()
    book.save(changed)

    session = stage_file(store, tmp_path / "products.xlsx", changed.getvalue(), importer="products")
    preview.record(session)

    ((row,),) = [each.changes for each in preview.changed_rows(session)]
    assert (str(row.title), row.before, row.after) == ("cost", "", "12.5")
    assert session.dialect["preview"]["remarks"][0]["column"] == "list_price"


def test_a_file_holds_the_skus_of_one_store(client, operator, store, sku):
    other = factories.MembershipFactory(user=operator, role=Role.CATALOG_OPERATOR).store
    client.force_login(operator)
    factories.SkuFactory(store=other)

    refused = client.get(EXPORT, follow=True)
    taken = client.get(EXPORT, {"store": store.pk})

    assert "choose the store first" in refused.content.decode()
    assert b"TEA-MUYU-50G-001" in content(taken)


def test_products_are_uploaded_by_who_may_and_nothing_else(client, operator, store):
    """A catalog operator brings in products and no orders."""
    page = client.get("/admin/exchange/importsession/upload/")

    offered = {name for name, _title in page.context["form"].fields["importer"].choices}
    assert offered == {
        "prices-generic",
        "products",
        "stock.compare",
        "stock.generic",
        "taobao-products",
    }


def test_the_tab_of_a_product_explains_its_codes(operator, store, sku):
    request = RequestFactory().get("/")
    request.user = operator
    (tab,) = [tab for tab in tabs.tabs_for(request, sku.product) if tab.code == "codes"]

    context = tab.context(request, sku.product)

    assert [reading.sentence for _sku, reading, _aliases in context["readings"]] == [
        "茶, 木语, 50 g, no. 1"
    ]
    html = render_to_string(tab.template, context)
    assert f"/admin/catalog/sku/matrix/{sku.product_id}/" in html
    assert context["may_add"]


def test_remarks_are_shown_and_leave_as_a_file(client, operator, store, tmp_path):
    session = import_file(store, tmp_path / "p.csv", "code,name\nA1,x\n", importer="products")
    page = reverse("admin:exchange_importsession_change", args=[session.pk])

    shown = client.get(page).content.decode()
    file = content(client.get(reverse("admin:exchange_importsession_remarks", args=[session.pk])))

    assert "Taken, with a remark" in shown
    assert "2,code,It is not of the form CATEGORY-BRAND-SPEC-001.,A1" in file.decode("utf-8-sig")


def test_an_import_of_orders_is_none_of_a_catalog_operators_affair(client, operator, store):
    session = factories.ImportSessionFactory(store=store)

    for name in ("rejects", "remarks"):
        address = reverse(f"admin:exchange_importsession_{name}", args=[session.pk])
        assert client.get(address).status_code == 403
    run = reverse("admin:exchange_importsession_run", args=[session.pk])
    assert client.post(run).status_code == 403
