import pytest

from opsdesk.deadlines.models import Deadline
from opsdesk.stores.roles import Role
from orders.models import Order, OrderEvent
from orders.services.lifecycle import review_orders
from orders.services.undo import remove_imported_orders
from tests.factories import MOMENT, ImportSessionFactory, MembershipFactory, StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db


def test_undoing_an_import_removes_untouched_orders_and_keeps_the_others():
    store = StoreFactory()
    stock(store, A=5)
    session = ImportSessionFactory(store=store)
    place(store, draft("T1"), draft("T2"), session_id=session.pk)
    touched = Order.objects.get(external_number="T2")
    person = MembershipFactory(store=store, role=Role.ORDER_REVIEWER).user
    review_orders(order_ids=[touched.pk], actor=person, at=MOMENT)
    ids = list(Order.objects.values_list("pk", flat=True))

    removed = remove_imported_orders(session_id=session.pk, order_ids=ids, actor=None, at=MOMENT)

    assert len(removed) == 1
    assert list(Order.objects.all()) == [touched]
    level = store.skus.get().stock_levels.get()
    assert (level.available, level.reserved) == (4, 1)
    assert not Deadline.objects.open().filter(subject_id__in=removed).exists()
    assert_invariants_hold()


def test_orders_of_another_import_are_left_alone():
    store = StoreFactory()
    session = ImportSessionFactory(store=store)
    place(store, draft("T1"))

    removed = remove_imported_orders(
        session_id=session.pk,
        order_ids=Order.objects.values_list("pk", flat=True),
        actor=None,
        at=MOMENT,
    )

    assert removed == []
    assert OrderEvent.objects.exists()
