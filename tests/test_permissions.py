"""The permission table, tried: every address × every role × our store and another one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from opsdesk.api import router
from opsdesk.audit.context import acting
from opsdesk.stores.roles import Role, granted
from opsdesk.tokens import scopes
from tests import factories
from tests.factories import MOMENT
from tests.permissions import ELSEWHERE, EVERYBODY, NOBODY, OWNER, ROUTES, Rule
from tests.test_admin import ROWS
from tests.test_api import RESOURCES
from tests.tokens.programs import client_with, program, secret_for

pytestmark = pytest.mark.django_db


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address as the URL configuration writes it."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, f"{before}{pattern.pattern}")
        else:
            yield f"{before}{pattern.pattern}"


ADDRESSES = set(addresses(get_resolver().url_patterns))
# Asked with tokens, below.
ROW = "(?P<pk>[0-9]{1,18})/"
# What is done with a row, or with several, besides reading and making it.
ACTIONS = [
    (name, viewset, each)
    for _prefix, viewset, name in router.registry
    for each in viewset.get_extra_actions()
]
RESOURCES_HERE = {
    f"api/v1/^{prefix}/{row}$" for prefix, _viewset, _name in router.registry for row in ("", ROW)
} | {f"api/v1/^{name}/{ROW if each.detail else ''}{each.url_path}/$" for name, _v, each in ACTIONS}
# An app's own page lists its screens, which have their lines.
OF_APPS = {address for address in ADDRESSES if "(?P<app_label>" in address}


def entry_of_a_colleague(store):
    """The database says who acted: without a name of their own, whoever asked for a page last."""
    with acting(via="page", user=factories.UserFactory(role=Role.WAREHOUSE, store=store)):
        return ROWS["audit.auditentry"](store)


def picture_in(store):
    return factories.ProductPictureFactory(
        store=store, file=ContentFile(b"picture", "x"), small=ContentFile(b"small", "x")
    )


def product_with_all(store):
    """A product whose page has something to show in each of its parts."""
    product = picture_in(store).product
    sku = factories.SkuFactory(store=store, product=product)
    factories.StockLevelFactory(sku=sku)
    for make in (
        factories.ListingFactory,
        factories.QualificationFactory,
        factories.KnowledgeEntryFactory,
    ):
        make(store=store, product=product)
    return product


MAKE = ROWS | {
    "catalog.product": product_with_all,
    "catalog.productpicture": picture_in,
    "catalog.listingsampleitem": lambda store: factories.ListingSampleItemFactory(
        sample__store=store
    ),
    "catalog.listingsampleanswer": lambda store: factories.ListingSampleAnswerFactory(
        item__sample__store=store, photo=ContentFile(b"picture", "x"), photo_format="png"
    ),
    "inspection.answerphoto": lambda store: factories.AnswerPhotoFactory(
        answer=factories.ManualAnswerFactory(item__store=store),
        file=ContentFile(b"picture", "x"),
        small=ContentFile(b"small", "x"),
    ),
    "inspection.checkresult": lambda store: ROWS["inspection.inspectionrun"](store).results.get(),
    "fulfillment.lanetime": lambda store: factories.LaneTimeFactory(warehouse__store=store),
    "fulfillment.carrierdocument": lambda store: factories.CarrierDocumentFactory(
        carrier__store=store
    ),
    "approvals.approval": lambda store: factories.ApprovalFactory(
        store=store, filed_at=timezone.now()
    ),
    "approvals.approvalpolicy": lambda store: factories.ApprovalPolicyFactory(store=store),
    "catalog.stockmovement": RESOURCES["stock-movements"],
    "audit.auditentry": entry_of_a_colleague,
    "stores.settingoverride": lambda store: factories.SettingOverrideFactory(store=store),
    "bulk.bulktask": lambda store: factories.BulkTaskFactory(),
    "selections.listexport": lambda store: factories.ListExportFactory(
        state="ready", file="exports/none", finished_at=MOMENT, expires_at=MOMENT
    ),
    "selections.savedview": lambda store: factories.SavedViewFactory(),
    "selections.savedview of alerts": lambda store: factories.SavedViewFactory(
        screen="alerts.alert"
    ),
    "selections.savedview of firings": lambda store: factories.SavedViewFactory(
        screen="automation.firing"
    ),
    "notices.notice": lambda store: factories.NoticeFactory(alert=ROWS["alerts.alert"](store)),
    "notices.subscription": lambda store: factories.SubscriptionFactory(store=store),
}


def test_every_address_has_its_line():
    assert ROUTES.keys() | ELSEWHERE == ADDRESSES - RESOURCES_HERE - OF_APPS


def outcome(response) -> str:
    """in, out (asked to sign in), no (403) or absent (404)."""
    status = response.status_code
    if status == 401 or (status == 302 and "/login/?next=" in response.url):
        return "out"
    return {403: "no", 404: "absent"}.get(status, "in")


def ask(client: Client, address: str, store) -> str:
    rule = ROUTES[address]
    key = _row(rule, store) if rule.row else rule.key
    path = "/" + re.sub(r"<[^>]+>", key, address)
    response = getattr(client, rule.method.lower())(path, rule.data)
    response.getvalue()  # A download keeps its file open until it is read.
    return outcome(response)


def _row(rule: Rule, store) -> str:
    """Id of a row of the store; looking at one does not wear it out."""
    rows = vars(store).setdefault("_rows", {})
    if rule.method == "POST" or rule.row not in rows:
        rows[rule.row] = MAKE[rule.row](store).pk
    return str(rows[rule.row])


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def other():
    return factories.StoreFactory()


# What roles decide on; the rest is its owner's.
TABLE = {address: rule for address, rule in ROUTES.items() if rule.openness != OWNER}

# A right to look and one to upload, export or tag: two roles that hold one each open it together.
OF_TWO_RIGHTS = {
    "admin/exchange/importsession/upload/",
    "admin/automation/firing/export/",
    "admin/orders/order/<int:object_id>/tag/",
}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def again_and_again(person) -> Iterator[tuple[Client, str]]:
    """Every address, for somebody who comes back: one of the addresses signs out."""
    client = signed_in(person)
    for address in ROUTES:
        if not client.cookies[settings.SESSION_COOKIE_NAME].value:
            client = signed_in(person)
        yield client, address


@pytest.fixture
def nothing_is_drawn(monkeypatch):
    """Whether a page opens is settled before it is drawn. A superuser's are, and in the browser."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def holding(roles, store):
    person = factories.UserFactory()
    for role in roles:
        factories.MembershipFactory(user=person, store=store, role=role)
    return person


def telling_roles(rule: Rule) -> list[str]:
    """Of the roles that open an address as many as tell whether it asks for more than it says.

    What all of them hold, all roles that open it do: a right that only some of these hold, and the
    page asked for all the same, one of them lacks.
    """
    rights = {role: held for role, held in granted().items() if rule.allows(held)}
    told = min(rights, key=lambda role: len(rights[role]), default=None)
    if told is None:
        return []
    chosen, shared, common = [told], rights[told], set.intersection(*rights.values())
    while shared != common:
        chosen.append(min(rights, key=lambda role: len(shared & rights[role])))
        shared = shared & rights[chosen[-1]]
    return chosen


@pytest.mark.usefixtures("nothing_is_drawn")
@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_what_the_table_says(role, store):
    client = signed_in(holding([role], store))
    table = [address for address, rule in TABLE.items() if role in telling_roles(rule)]

    found = {address: ask(client, address, store) for address in table}

    assert found == dict.fromkeys(table, "in")


@pytest.mark.usefixtures("nothing_is_drawn")
def test_what_the_table_does_not_say_stays_shut(store):
    """Also to whoever holds all the roles at once that it leaves out: roles only ever add."""
    left_out = defaultdict(list)
    for address, rule in TABLE.items():
        outside = frozenset(role for role in Role.values if not rule.allows(granted()[role]))
        people = [{role} for role in outside] if address in OF_TWO_RIGHTS else [outside]
        for roles in people:
            left_out[frozenset(roles)].append(address)
    assert len(left_out) > len(Role.values)

    for roles, table in left_out.items():
        client = signed_in(holding(roles, store)) if roles else None
        found = {address: ask(client, address, store) for address in table if client}

        assert "in" not in found.values(), found


@pytest.mark.usefixtures("nothing_is_drawn")
def test_a_row_of_another_store_or_person_is_not_there(store, other):
    """Not even to whoever holds every role in their own."""
    client = signed_in(holding(Role.values, store))
    table = {address: rule for address, rule in ROUTES.items() if rule.row}

    found = {address: ask(client, address, other) for address in table}

    assert set(found.values()) <= {"absent", "no"}, found
    held = set().union(*granted().values())
    hidden = {name for name, rule in table.items() if rule.allows(held) or rule.openness == OWNER}
    assert {found[address] for address in hidden} <= {"absent"}, found


def test_nobody_at_all_is_led_to_the_log_in(store):
    found = {address: ask(Client(), address, store) for address in ROUTES}

    assert found == {
        address: "in" if rule.openness == EVERYBODY else "out" for address, rule in ROUTES.items()
    }


def test_somebody_without_a_store_is_led_to_the_log_in(store):
    """But for the description of the interface, which is of no store."""
    person = factories.UserFactory()

    found = {address: ask(client, address, store) for client, address in again_and_again(person)}

    assert found == {
        address: "in" if rule.openness == EVERYBODY or address.startswith("api/v1/") else "out"
        for address, rule in ROUTES.items()
    }


def test_a_superuser_opens_what_anybody_may(store):
    person = factories.UserFactory(is_superuser=True)

    found = {
        address: ask(client, address, store) == "in" for client, address in again_and_again(person)
    }

    assert found == {
        address: rule.superuser and rule.openness != NOBODY for address, rule in ROUTES.items()
    }


# By token: what each resource asks for.
READ = {
    "stores": "stores.view_store",
    "products": "catalog.view_product",
    "skus": "catalog.view_sku",
    "prices": "catalog.view_price",
    "warehouses": "catalog.view_warehouse",
    "stock-levels": "catalog.view_stocklevel",
    "stock-movements": "catalog.view_stockmovement",
    "stock-counts": "catalog.view_countsession",
    "stock-differences": "catalog.view_stockdifference",
    "purchase-orders": "catalog.view_purchaseorder",
    "purchase-receipts": "catalog.view_purchasereceipt",
    "orders": "orders.view_order",
    "shipments": "fulfillment.view_parcel",
    "carriers": "fulfillment.view_carrier",
    "waves": "fulfillment.view_wave",
    "picks": "fulfillment.view_pick",
    "short-picks": "fulfillment.view_shortpick",
    "readings": "readings.view_reading",
    "alerts": "alerts.view_alert",
    "inspections": "inspection.view_inspectionrun",
    "automation-rules": "automation.view_rule",
    "automation-runs": "automation.view_firing",
    "automation-trials": "automation.view_ruletrial",
}
WRITE = {
    "orders": "orders.add_order",
    "stock-movements": "catalog.receive_stock",
    "stock-counts": "catalog.count_stock",
    "stock-differences": "catalog.compare_stock",
    "purchase-receipts": "catalog.receive_stock",
    "shipments": "fulfillment.hand_over_parcel",
    "waves": "fulfillment.plan_wave",
    "quotes": "fulfillment.view_pricetable",
    "readings": "readings.take_reading",
    "automation-trials": "automation.try_rule",
}
CALLS = [
    *(("get", resource, permission) for resource, permission in READ.items()),
    *(("post", resource, permission) for resource, permission in WRITE.items()),
]


def test_every_resource_has_its_line():
    assert READ.keys() == {
        basename for _p, viewset, basename in router.registry if hasattr(viewset, "list")
    }
    assert WRITE.keys() == {
        basename for _p, viewset, basename in router.registry if hasattr(viewset, "create")
    }


def call(client: Client, method: str, resource: str) -> str:
    path = reverse(f"{resource}-list")
    headers = {"Idempotency-Key": f"{timezone.now().timestamp()}"}
    if method == "get":
        return outcome(client.get(path))
    return outcome(client.post(path, {}, "application/json", headers=headers))


@pytest.mark.parametrize("role", Role.values)
def test_a_token_opens_what_its_persons_role_does(role, store):
    client = program(store, role=role)
    for method, resource, permission in CALLS:
        expected = "in" if permission in granted()[role] else "no"
        assert call(client, method, resource) == expected, (method, resource)


@pytest.mark.parametrize(
    ("name", "viewset", "each"),
    ACTIONS,
    ids=[f"{name} {each.url_path}" for name, _v, each in ACTIONS],
)
def test_what_else_is_done_takes_the_right_to(name, viewset, each, store):
    path = reverse(f"{name}-{each.url_name}", args=["1"] if each.detail else [])
    method = "post" if "post" in each.mapping else "get"
    needed = each.kwargs.get("write_permission") or viewset.permission_for(method.upper())
    headers = {"Idempotency-Key": "key"}

    def call(client: Client) -> int:
        if method == "get":
            return client.get(path).status_code
        return client.post(path, {}, "application/json", headers=headers).status_code

    for role in Role.values:
        may = needed in granted()[role]
        assert (call(program(store, role=role)) != 403) == may, role
    assert call(Client()) == 401


@pytest.mark.parametrize("scope", [scope.code for scope in scopes.all_scopes()])
def test_a_token_opens_what_its_scope_does(scope, store):
    """For a person who holds every role, so that only the scope stands in the way."""
    person = holding(Role.values, store)
    client = client_with(secret_for(person, store, scope))
    opened = scopes.permissions_of([scope])
    for method, resource, permission in CALLS:
        expected = "in" if permission in opened else "no"
        assert call(client, method, resource) == expected, (method, resource)


@pytest.mark.parametrize("resource", READ)
def test_a_token_finds_no_row_of_another_store(resource, store, other):
    client = program(store)
    ours, theirs = RESOURCES[resource](store), RESOURCES[resource](other)

    found = [client.get(reverse(f"{resource}-detail", args=[row.pk])) for row in (ours, theirs)]

    assert [response.status_code for response in found] == [200, 404]


@pytest.mark.parametrize(("method", "resource", "permission"), CALLS)
def test_without_a_token_there_is_nothing(method, resource, permission, store):
    session = signed_in(factories.UserFactory(is_superuser=True))

    assert call(Client(), method, resource) == "out"
    assert call(session, method, resource) == "out"
