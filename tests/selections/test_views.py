"""A selection of a list is kept under a name, for oneself or for roles of a store."""

import pytest

from opsdesk.selections.models import SavedView
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"


@pytest.fixture
def store():
    return factories.StoreFactory()


def sign_in(client, store, role=Role.ORDER_REVIEWER):
    person = factories.UserFactory(role=role, store=store)
    client.force_login(person)
    return person


def names(response):
    return [view.name for view, _chosen, _own in response.context["views"]]


def test_a_view_is_its_tab_and_filters_and_no_place(client, store):
    person = sign_in(client, store)

    answer = client.post(
        f"{LIST}views/?tab=unpaid&total_min=500&after=x&nonsense=1&phone=ab",
        {"name": "Unpaid, large"},
    )

    view = SavedView.objects.get(owner=person)
    assert (view.query, view.store) == ("tab=unpaid&total_min=500", None)
    assert answer.url == f"{LIST}?tab=unpaid&total_min=500"
    page = client.get(answer.url)
    assert [(v.name, chosen) for v, chosen, _own in page.context["views"]] == [
        ("Unpaid, large", True)
    ]


def test_the_same_name_again_replaces_one_s_own(client, store):
    sign_in(client, store)

    for tab in ("unpaid", "ship"):
        client.post(f"{LIST}views/?tab={tab}", {"name": "Mine"})

    assert SavedView.objects.get().query == "tab=ship"


def test_a_shared_view_is_there_for_its_roles_in_its_store_alone(client, store):
    sign_in(client, store, Role.OPERATIONS_LEAD)
    shared = {"name": "VIP", "roles": [Role.FINANCE], "store": store.pk}
    client.post(f"{LIST}views/?total_min=5000", shared)

    seen = {}
    for role, where in [
        (Role.FINANCE, store),
        (Role.ORDER_REVIEWER, store),
        (Role.FINANCE, factories.StoreFactory()),
    ]:
        sign_in(client, where, role)
        seen[role, where.pk == store.pk] = names(client.get(LIST))

    assert seen == {
        (Role.FINANCE, True): ["VIP"],
        (Role.ORDER_REVIEWER, True): [],
        (Role.FINANCE, False): [],
    }


def test_nobody_shares_where_they_may_not(client, store):
    sign_in(client, store, Role.WAREHOUSE)
    shared = {"name": "Ours", "roles": [Role.WAREHOUSE], "store": store.pk}

    refused = client.post(f"{LIST}views/?tab=ship", shared)
    client.post(f"{LIST}views/?tab=ship", {"name": "Mine"})

    assert refused.status_code == 403
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]


def test_only_its_owner_drops_a_view(client, store):
    view = factories.SavedViewFactory(store=store, roles=[Role.ORDER_REVIEWER])
    sign_in(client, store)

    assert client.post(f"{LIST}views/{view.pk}/drop/").status_code == 404
    client.force_login(view.owner)
    factories.MembershipFactory(user=view.owner, store=store)
    client.force_login(view.owner)
    assert client.post(f"{LIST}views/{view.pk}/drop/").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("query", "name"), [("", "All"), ("tab=ship", "")])
def test_a_view_has_a_name_and_something_to_say(query, name, client, store):
    sign_in(client, store)

    client.post(f"{LIST}views/?{query}", {"name": name}, HTTP_REFERER=LIST)

    assert not SavedView.objects.exists()
