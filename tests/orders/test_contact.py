"""A contact in clear: for whom, why, how often, until when, and never twice unseen."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from opsdesk.audit.context import acting
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.models import SettingOverride
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services import contact
from orders.services.contact import OrderClosed, QuotaUsedUp, reveal_contact
from tests import factories
from tests.concurrency import run_together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PHONE = "13812345678"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def person(store):
    return factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store)


@pytest.fixture
def order(store):
    return factories.OrderFactory(store=store, phone=PHONE)


def look(order, person, *, reason="the parcel came back", at=None):
    with acting(via="page", user=person):
        return reveal_contact(
            order_id=order.pk, actor=person, reason=reason, at=at or timezone.now()
        )


def allow(number, store):
    SettingOverride.objects.create(
        key="orders.reveals_service",
        store=store,
        value=Decimal(number),
        valid_from=timezone.now() - DAY,
        reason="test",
    )


def test_a_look_is_on_record_with_its_reason_and_without_the_data(order, person, store):
    assert look(order, person).phone == PHONE

    entry = AuditEntry.objects.of(order).get()
    assert (entry.verb, entry.actor, entry.store) == ("revealed", person, store)
    assert (entry.reason, entry.roles) == ("the parcel came back", [Role.CUSTOMER_SERVICE])
    assert PHONE not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_shown(reason, order, person):
    with pytest.raises(DomainError, match="Say what you need"):
        look(order, person, reason=reason)


@pytest.mark.parametrize("role", sorted(set(Role) - set(contact.QUOTAS)))
def test_other_roles_see_no_contact(role, order, store):
    with pytest.raises(NotAllowed):
        look(order, factories.UserFactory(role=role, store=store))


def test_a_role_elsewhere_opens_nothing_here(order):
    with pytest.raises(NotAllowed):
        look(order, factories.UserFactory(role=Role.SERVICE_LEAD))


def test_so_many_a_day_and_not_one_more(order, person, store):
    allow(2, store)
    look(order, person)
    look(order, person)

    with pytest.raises(QuotaUsedUp):
        look(order, person)
    assert look(order, person, at=timezone.now() + 2 * DAY).phone == PHONE


def test_a_colleague_s_looks_are_not_counted(order, person, store):
    allow(1, store)
    look(order, factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store))

    assert look(order, person).phone == PHONE


@pytest.mark.django_db(transaction=True)
def test_looks_at_the_same_moment_share_the_quota(order, person, store):
    allow(2, store)

    answers = run_together([partial(look, order, person) for _ in range(6)])

    assert sum(isinstance(answer, QuotaUsedUp) for answer in answers) == 4
    assert AuditEntry.objects.filter(verb="revealed").count() == 2


@pytest.mark.parametrize("state", ["delivered", "cancelled"])
def test_an_order_that_is_long_over_stays_masked(state, store, person):
    order = factories.OrderFactory(store=store, fulfilment_state=state)
    over_at = order.delivered_at or order.cancelled_at

    assert look(order, person, at=over_at + contact.CLOSED_AFTER)
    with pytest.raises(OrderClosed):
        look(order, person, at=over_at + contact.CLOSED_AFTER + DAY)


def test_an_order_somebody_still_asks_about_opens(store, person):
    order = factories.OrderFactory(
        store=store,
        fulfilment_state="delivered",
        after_sales_state=Order.AfterSales.REQUESTED,
    )

    assert look(order, person, at=order.delivered_at + 90 * DAY)


def page_of(order, part="change"):
    return f"/admin/orders/order/{order.pk}/{part}/"


def test_the_page_shows_it_once_and_keeps_it_nowhere(client, order, person):
    client.force_login(person)
    assert PHONE not in client.get(page_of(order)).content.decode()

    response = client.post(page_of(order, "reveal"), {"reason": "address is not clear"})

    assert PHONE in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert 'http-equiv="refresh" content="60;' in response.content.decode()
    assert PHONE not in client.get(page_of(order)).content.decode()
    assert client.get(page_of(order, "reveal")).status_code == 405


def test_the_page_offers_it_only_to_whom_it_would_not_refuse(client, order, person, store):
    client.force_login(person)
    assert page_of(order, "reveal") in client.get(page_of(order)).content.decode()

    for other in (Role.FINANCE, Role.WAREHOUSE):
        client.force_login(factories.UserFactory(role=other, store=store))
        assert page_of(order, "reveal") not in client.get(page_of(order)).content.decode()
        assert client.post(page_of(order, "reveal"), {"reason": "x"}).status_code == 403


def test_another_store_s_contact_is_not_there(client, person):
    client.force_login(person)

    assert (
        client.post(page_of(factories.OrderFactory(), "reveal"), {"reason": "x"}).status_code == 404
    )
