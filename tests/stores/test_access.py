import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from catalog.services.opening import open_store
from opsdesk.errors import NotAllowed
from opsdesk.stores import roles
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from opsdesk.stores.services import grant_role
from orders.models import Order
from tests.factories import (
    MembershipFactory,
    OrderFactory,
    StockLevelFactory,
    StoreFactory,
    UserFactory,
    WarehouseAssignmentFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db


def again(user):
    """The person as the next request sees them."""
    return User.objects.get(pk=user.pk)


def test_people_see_the_rows_of_their_stores_only():
    mine, other = OrderFactory(), OrderFactory()
    user = UserFactory(role=Role.ORDER_REVIEWER, store=mine.store)

    assert list(Order.objects.visible_to(user)) == [mine]
    assert other not in Order.objects.visible_to(user)
    assert list(Store.objects.visible_to(user)) == [mine.store]


def test_a_disabled_person_sees_nothing():
    user = UserFactory(role=Role.ORDER_REVIEWER, store=OrderFactory().store, is_active=False)

    assert not Order.objects.visible_to(user).exists()


def test_a_closed_store_is_seen_by_nobody_but_the_superuser():
    order = OrderFactory(store__is_active=False)
    user = UserFactory(role=Role.ORDER_REVIEWER, store=order.store)

    assert not Order.objects.visible_to(user).exists()
    assert Order.objects.visible_to(UserFactory(is_superuser=True)).exists()


def test_a_right_is_asked_for_a_store():
    mine, other = OrderFactory(), OrderFactory()
    user = UserFactory(role=Role.ORDER_REVIEWER, store=mine.store)

    assert user.has_perm("orders.review_order", mine)
    assert user.has_perm("orders.review_order", mine.store)
    assert user.has_perm("orders.review_order")
    assert not user.has_perm("orders.review_order", other)
    assert not user.has_perm("orders.ship_order", mine)


def test_a_right_is_asked_for_the_store_a_row_hangs_on():
    mine, other = StockLevelFactory(), StockLevelFactory()
    clerk = UserFactory(role=Role.WAREHOUSE, store=mine.sku.store)

    assert clerk.has_perm("catalog.receive_stock", mine)
    assert not clerk.has_perm("catalog.receive_stock", other)


def test_a_role_taken_away_is_gone_with_the_next_request():
    membership = MembershipFactory(role=Role.ORDER_REVIEWER)
    order = OrderFactory(store=membership.store)
    assert membership.user.has_perm("orders.review_order", order)

    membership.delete()

    assert not again(membership.user).has_perm("orders.review_order", order)


def test_asking_many_rights_costs_two_queries(django_assert_num_queries):
    orders = OrderFactory.create_batch(3, store=StoreFactory())
    user = again(UserFactory(role=Role.ORDER_REVIEWER, store=orders[0].store))

    with django_assert_num_queries(2):
        for order in orders:
            user.has_perm("orders.review_order", order)
            user.has_perm("orders.ship_order", order)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_is_a_group_with_what_the_code_grants(role, django_assert_num_queries):
    user = UserFactory(role=role)
    store = user.memberships.get().store

    for permission in roles.granted()[role]:
        assert user.has_perm(permission, store), permission


def test_granting_an_undeclared_permission_is_an_error(monkeypatch):
    monkeypatch.setitem(roles._granted, Role.ANALYST, {"orders.eat_order"})

    with pytest.raises(roles.UnknownPermission, match="eat_order"):
        roles.sync_roles()


def test_nobody_grants_a_role_to_themselves():
    store = StoreFactory()
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=store)

    with pytest.raises(NotAllowed, match="themselves"):
        grant_role(
            user=administrator,
            store=store,
            role=Role.FINANCE,
            actor=administrator,
            at=timezone.now(),
        )


def test_an_administrator_grants_roles_in_their_own_store_only():
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=StoreFactory())

    with pytest.raises(NotAllowed):
        grant_role(
            user=UserFactory(),
            store=StoreFactory(),
            role=Role.FINANCE,
            actor=administrator,
            at=timezone.now(),
        )


def test_a_warehouse_person_bound_to_one_warehouse_sees_that_one():
    assignment = WarehouseAssignmentFactory()
    membership, mine = assignment.membership, assignment.warehouse
    WarehouseFactory(store=membership.store)

    assert list(type(mine).objects.visible_to(again(membership.user))) == [mine]


def test_a_second_unbound_role_in_the_store_opens_all_its_warehouses():
    assignment = WarehouseAssignmentFactory()
    user, store = assignment.membership.user, assignment.membership.store
    other = WarehouseFactory(store=store)
    MembershipFactory(user=user, store=store, role=Role.OPERATIONS_LEAD)

    assert set(type(other).objects.visible_to(again(user))) == {assignment.warehouse, other}


def test_whoever_is_bound_sees_no_other_warehouse_from_then_on():
    person = UserFactory(role=Role.WAREHOUSE, store=StoreFactory())
    mine, other = WarehouseFactory.create_batch(2, store=person.memberships.get().store)
    assert set(type(mine).objects.visible_to(person)) == {mine, other}

    WarehouseAssignmentFactory(membership=person.memberships.get(), warehouse=mine)

    assert list(type(mine).objects.visible_to(person)) == [mine]


def test_a_request_asks_once_whether_somebody_is_bound(django_assert_num_queries):
    warehouse = WarehouseFactory()
    person = again(UserFactory(role=Role.WAREHOUSE, store=warehouse.store))

    with django_assert_num_queries(4):  # roles, bindings, and two lists
        assert list(type(warehouse).objects.visible_to(person)) == [warehouse]
        assert list(type(warehouse).objects.visible_to(person)) == [warehouse]


def test_an_opened_store_has_its_channel_and_a_warehouse():
    store = open_store(code="t1", platform="tmall", timezone="Asia/Shanghai", currency="CNY")

    assert store.channels.get().platform == "tmall"
    assert store.warehouses.get().code == "main"


@pytest.mark.parametrize(
    ("field", "value"), [("timezone", "Mars/Base"), ("currency", "cny"), ("code", "no spaces")]
)
def test_a_store_with_senseless_data_is_not_opened(field, value):
    fields = {"code": "t1", "platform": "tmall", "timezone": "Asia/Shanghai", "currency": "CNY"} | {
        field: value
    }

    with pytest.raises(ValidationError):
        open_store(**fields)
    assert not Store.objects.exists()


def test_a_role_is_held_once_per_store():
    membership = MembershipFactory()

    with pytest.raises(IntegrityError, match="membership_unique_user_store_role"):
        MembershipFactory(user=membership.user, store=membership.store, role=membership.role)
