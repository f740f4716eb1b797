"""A store with a row of everything, and the address of every page there is about it.

The addresses are those of the permission table, which no address of the site is missing from: a
new page is walked without being named here.
"""

from __future__ import annotations

import re

from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from tests import factories
from tests.permissions import NOBODY, OWNER, ROUTES, Rule
from tests.test_permissions import MAKE

# Answered to programs, to the page that asks for them, or with a file.
NO_PAGES = {
    "language/",
    "health/live",
    "health/ready",
    "health/jobs",
    "metrics",
    "api/v1/schema/",
    "admin/jsi18n/",
    "admin/search/",
    "admin/badges/",
    "admin/desk/rows/",
    "admin/audit/auditentry/export/",
    "admin/catalog/sku/export/",
    "admin/catalog/slowstock/export/",
    "admin/catalog/keyword/export/<int:store_id>/",
    "admin/catalog/keyword/title/check/",
    "admin/catalog/purchaseorder/<int:object_id>/file/",
    "admin/fulfillment/manifest/<int:object_id>/file/",
    "admin/catalog/wordlist/<int:object_id>/export/",
    "admin/catalog/product/picture/<int:picture_id>/",
    "admin/catalog/qualification/<int:object_id>/scan/",
    "admin/fulfillment/carrier/<int:object_id>/scores/",
    "admin/fulfillment/carrier/paper/<int:paper_id>/file/",
    "admin/orders/contract/<int:object_id>/file/",
    "admin/orders/invoice/<int:object_id>/document/",
    "admin/catalog/listingsample/answer/<int:answer_id>/photo/",
    "admin/catalog/knowledgeentry/<int:object_id>/file/",
    "admin/exchange/importsession/<int:pk>/rejects/",
    "admin/exchange/importsession/<int:pk>/remarks/",
    "admin/exchange/importsession/<int:pk>/file/",
    "admin/selections/listexport/<int:object_id>/file/",
    "admin/bulk/bulktask/<int:object_id>/results/",
    "admin/inspection/inspectionsheet/photo/<int:photo_id>/",
    "admin/inspection/inspectionsheet/<int:object_id>/pdf/",
}
# One template for all models: one of its pages stands for the others.
HISTORY = "admin/orders/order/<path:object_id>/history/"
# The longest first: each is walked by a test of its own, several at once.
PARTS = {
    "goods": ("admin/catalog/",),
    "orders": ("admin/orders/",),
    "fulfilment": ("admin/fulfillment/",),
    "desk": (
        "admin/alerts/",
        "admin/approvals/",
        "admin/automation/",
        "admin/deadlines/",
        "admin/inspection/",
        "admin/notices/",
    ),
    "figures": ("admin/analytics/", "admin/bulk/", "admin/selections/"),
    "exchange": ("admin/exchange/", "admin/tokens/", "admin/schedule/", "admin/audit/"),
    "stores": ("admin/stores/",),
    "rest": (),
}


def everybody_at_once(store: Store) -> User:
    """A person who holds every role."""
    person = factories.UserFactory(store=store, role=Role.ADMINISTRATOR, first_name="欣怡")
    for role in set(Role.values) - {Role.ADMINISTRATOR}:
        factories.MembershipFactory(user=person, store=store, role=role)
    return person


def part_of(route: str) -> str:
    return next((part for part, begins in PARTS.items() if route.startswith(begins)), "rest")


def routes(part: str) -> list[str]:
    """The pages of this part, as the URL configuration writes their addresses."""
    return [
        route
        for route, rule in ROUTES.items()
        if rule.method == "GET"
        and rule.openness != NOBODY
        and route not in NO_PAGES
        and not route.endswith("<path:object_id>/")  # leads to the row's page
        and (not route.endswith("/history/") or route == HISTORY)
        and part_of(route) == part
    ]


def addresses(part: str, store: Store, person: User) -> list[str]:
    """With a row in each place where one is named."""
    made: dict[str, int] = {}

    def address(route: str, rule: Rule) -> str:
        if rule.row and rule.row not in made:
            made[rule.row] = _row(rule, store, person)
        return "/" + re.sub(r"<[^>]+>", str(made.get(rule.row, rule.key)), route)

    return [address(route, ROUTES[route]) for route in routes(part)]


def _row(rule: Rule, store: Store, person: User) -> int:
    if rule.openness != OWNER:
        return MAKE[rule.row](store).pk
    own = {
        "bulk.bulktask": lambda: factories.BulkTaskFactory(started_by=person),
        "selections.listexport": lambda: factories.ListExportFactory(requested_by=person),
        "notices.notice": lambda: factories.NoticeFactory(
            person=person, alert=MAKE["alerts.alert"](store)
        ),
        "notices.subscription": lambda: factories.SubscriptionFactory(person=person, store=store),
    }
    return own[rule.row]().pk
