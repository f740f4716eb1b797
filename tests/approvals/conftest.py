import pytest

from opsdesk.stores.roles import Role
from tests import factories


@pytest.fixture
def store(db):
    return factories.StoreFactory()


@pytest.fixture
def order(store):
    return factories.OrderFactory(store=store, region="")


@pytest.fixture
def clerk(store):
    """Who files."""
    return factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store)


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.SERVICE_LEAD, store=store)


@pytest.fixture
def finance(store):
    return factories.UserFactory(role=Role.FINANCE, store=store)
