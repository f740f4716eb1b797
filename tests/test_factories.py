"""Every factory makes a row that the database accepts."""

import pytest
from factory.django import DjangoModelFactory

from tests import factories

FACTORIES = sorted(
    (
        value
        for value in vars(factories).values()
        if isinstance(value, type)
        and issubclass(value, DjangoModelFactory)
        and value is not DjangoModelFactory
    ),
    key=lambda factory: factory.__name__,
)


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_a_factory_makes_rows(factory):
    assert factory().pk
    assert factory().pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", ["waiting", "reserved", "shipped", "delivered", "cancelled", "not_tracked"]
)
def test_an_order_can_be_made_in_every_fulfilment_state(state):
    assert factories.OrderFactory(fulfilment_state=state).fulfilment_state == state


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["running", "paused", "met", "cancelled"])
def test_a_clock_can_be_made_in_every_state(state):
    assert factories.DeadlineFactory(state=state).state == state


@pytest.mark.django_db
def test_a_person_made_with_a_role_works_for_the_store():
    store = factories.StoreFactory()

    person = factories.UserFactory(role="warehouse", store=store)

    assert person.roles_in(store.pk) == {"warehouse"}
