"""Stock is looked at and received; its counts and its ledger are edited by nobody."""

import pytest
from django.urls import reverse

from catalog.models import Product, Sku, StockLevel, StockMovement
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
RECEIVE = "/admin/catalog/stocklevel/receive/"


@pytest.fixture
def store():
    return factories.StoreFactory()


def sign_in(client, store, role):
    person = factories.UserFactory(role=role, store=store)
    client.force_login(person)
    return person


def received(sku, warehouse, quantity="5"):
    return {"sku": sku.code, "warehouse": warehouse.pk, "quantity": quantity}


def test_received_goods_are_in_the_ledger(client, store):
    """CAT-7"""
    person = sign_in(client, store, Role.WAREHOUSE)
    sku, warehouse = factories.SkuFactory(store=store), factories.WarehouseFactory(store=store)

    response = client.post(RECEIVE, received(sku, warehouse))

    assert response.status_code == 302
    assert StockLevel.objects.get(sku=sku).available == 5
    assert StockMovement.objects.get().actor == person


@pytest.mark.parametrize("quantity", ["0", "-3", "1.5", "a lot", ""])
def test_a_wrong_quantity_is_refused_beside_its_field(quantity, client, store):
    sign_in(client, store, Role.WAREHOUSE)
    sku, warehouse = factories.SkuFactory(store=store), factories.WarehouseFactory(store=store)

    response = client.post(RECEIVE, received(sku, warehouse, quantity))

    assert "quantity" in response.context["form"].errors
    assert StockMovement.objects.count() == 0


def test_another_stores_sku_or_warehouse_takes_nothing(client, store):
    sign_in(client, store, Role.WAREHOUSE)
    theirs = factories.WarehouseFactory()
    ours = factories.WarehouseFactory(store=store)
    their_sku = factories.SkuFactory(store=theirs.store)

    for data in (received(their_sku, theirs), received(their_sku, ours)):
        assert client.post(RECEIVE, data).context["form"].errors
    assert StockMovement.objects.count() == 0


def test_who_is_bound_to_a_warehouse_receives_only_there(client, store):
    person = sign_in(client, store, Role.WAREHOUSE)
    here, elsewhere = factories.WarehouseFactory.create_batch(2, store=store)
    factories.WarehouseAssignmentFactory(membership=person.memberships.get(), warehouse=here)
    sku = factories.SkuFactory(store=store)

    assert client.post(RECEIVE, received(sku, elsewhere)).context["form"].errors
    assert client.post(RECEIVE, received(sku, here)).status_code == 302


def test_receiving_needs_its_right(client, store):
    sign_in(client, store, Role.FINANCE)
    factories.StockLevelFactory(sku=factories.SkuFactory(store=store))

    assert RECEIVE not in client.get("/admin/catalog/stocklevel/").content.decode()
    assert client.get(RECEIVE).status_code == 403


@pytest.mark.parametrize("path", ["stocklevel/add/", "stockmovement/add/"])
def test_counts_and_ledger_have_no_form(path, client):
    client.force_login(factories.UserFactory(is_superuser=True))

    assert client.get(f"/admin/catalog/{path}").status_code == 403


def test_the_ledger_is_deleted_by_nobody(client):
    client.force_login(factories.UserFactory(is_superuser=True))
    movement = factories.StockMovementFactory()

    response = client.post(f"/admin/catalog/stockmovement/{movement.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert StockMovement.objects.count() == 1


def test_a_sku_is_added_in_a_store_where_they_may(client, store):
    sign_in(client, store, Role.CATALOG_OPERATOR)
    product = factories.ProductFactory(store=store)

    client.post(
        "/admin/catalog/sku/add/",
        {"store": store.pk, "product": product.pk, "code": "NEW-1", "is_active": "on"},
    )

    assert Sku.objects.get().product == product


def test_a_sku_is_not_tied_to_another_stores_product(client):
    """The person works in both stores; the rows still don't mix."""
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=factories.StoreFactory())
    other = factories.MembershipFactory(user=person, role=Role.CATALOG_OPERATOR).store
    client.force_login(person)
    product = factories.ProductFactory(store=other)

    response = client.post(
        "/admin/catalog/sku/add/",
        {"store": person.store_ids[0], "product": product.pk, "code": "X", "is_active": "on"},
    )

    assert "This belongs to another store." in response.content.decode()
    assert Sku.objects.count() == 0


def test_a_product_is_not_added_where_they_only_look(client, store):
    person = sign_in(client, store, Role.CATALOG_OPERATOR)
    looked_at = factories.MembershipFactory(user=person, role=Role.ANALYST).store
    client.force_login(person)

    response = client.post(
        "/admin/catalog/product/add/",
        {"store": looked_at.pk, "code": "P", "name": "P", "is_active": "on"},
    )

    assert response.status_code == 200
    assert Product.objects.count() == 0


def test_a_sku_code_never_changes(client, store):
    """CAT-1"""
    sign_in(client, store, Role.CATALOG_OPERATOR)
    sku = factories.SkuFactory(store=store, code="OLD")

    client.post(
        reverse("admin:catalog_sku_change", args=[sku.pk]),
        {
            "product": sku.product_id,
            "code": "NEW",
            "spec": "red",
            "is_active": "on",
            "parts-TOTAL_FORMS": 0,
            "parts-INITIAL_FORMS": 0,
        },
    )

    sku.refresh_from_db()
    assert (sku.code, sku.spec) == ("OLD", "red")


def test_a_role_is_bound_only_to_warehouses_of_its_own_store(client, store):
    """Also by somebody who looks after both stores."""
    administrator = sign_in(client, store, Role.ADMINISTRATOR)
    theirs = factories.MembershipFactory(user=administrator, role=Role.ADMINISTRATOR).store
    client.force_login(administrator)
    warehouse = factories.WarehouseFactory(store=store)
    here = factories.MembershipFactory(store=store, role=Role.WAREHOUSE)
    elsewhere = factories.MembershipFactory(store=theirs, role=Role.WAREHOUSE)
    page = reverse("admin:catalog_warehouse_change", args=[warehouse.pk])
    row = {
        "code": warehouse.code,
        "name": warehouse.name,
        "priority": 1,
        "is_active": "on",
        "assignments-TOTAL_FORMS": "1",
        "assignments-INITIAL_FORMS": "0",
    }

    refused = client.post(page, row | {"assignments-0-membership": elsewhere.pk})
    taken = client.post(page, row | {"assignments-0-membership": here.pk})

    assert "This belongs to another store." in refused.content.decode()
    assert taken.status_code == 302
    assert [bound.membership for bound in warehouse.assignments.all()] == [here]
