"""Lists by REST at a million orders, beside a plain endpoint of Django REST framework."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import generics, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from opsdesk.api.pages import cursor_to
from opsdesk.embedded import Postgres
from opsdesk.keyset import Place
from opsdesk.privacy import mask_address
from opsdesk.stores import services as stores
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken
from opsdesk.tokens.services import issue_token
from orders.api import OrderSerializer, OrderViewSet
from orders.models import Order, OrderLine
from tests.bench.report import Figure
from tests.bench.volume import AT, big_store

SECONDS, QUICK_SECONDS = 6.0, 0.3
ROUND = 5


class PlainLine(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = ["id", "position", "sku", "sku_code", "title", "quantity", "unit_price", "amount"]


class PlainOrder(serializers.ModelSerializer):
    """The same fields, as the framework's documentation would have them written."""

    recipient = serializers.CharField(source="masked_contact.recipient", read_only=True)
    phone = serializers.CharField(source="masked_contact.phone", read_only=True)
    address = serializers.SerializerMethodField()
    lines = PlainLine(many=True, read_only=True)

    class Meta:
        model = Order
        fields = OrderSerializer.Meta.fields

    def get_address(self, order: Order) -> str:
        return mask_address(order.region, order.masked_contact.address)


class PlainPages(CursorPagination):
    page_size = 50
    ordering = ("-placed_at", "-pk")


class PlainOrders(generics.ListAPIView):
    """Signed in to and narrowed as ours is; pages, serializers and JSON are the framework's."""

    pagination_class = PlainPages
    serializer_class = PlainOrder
    renderer_classes = [JSONRenderer]
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        return Order.objects.prefetch_related("lines").viewable_by(self.request.user)


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    store = big_store(quick=quick)
    secret = _secret(store)
    deep = Order.objects.filter(store=store).order_by("placed_at", "pk")[1_000 if quick else 60_000]
    ours, plain = OrderViewSet.as_view({"get": "list"}), PlainOrders.as_view()
    asked = {
        "first": (ours, _request(secret)),
        "plain": (plain, _request(secret)),
        "deep": (ours, _request(secret, cursor=cursor_to("a", Place(deep.placed_at, deep.pk)))),
    }
    rates = _side_by_side(asked, QUICK_SECONDS if quick else SECONDS)
    return [
        Figure("REST, list of orders", rates["first"], "pages/s", 2, rates["plain"]),
        Figure("REST, list of orders at depth", rates["deep"], "pages/s", 0.8, rates["first"]),
    ]


def _secret(store: Store) -> str:
    person = User.objects.create(username="bench-program")
    stores.grant_role(user=person, store=store, role=Role.OPERATIONS_LEAD, actor=None, at=AT)
    now = timezone.now()
    issued = issue_token(
        user=person,
        store=store,
        name="bench",
        scopes=["orders:read"],
        expires_at=now + timedelta(days=1),
        actor=None,
        at=now,
    )
    ApiToken.objects.update(requests_per_minute=1_000_000)
    return issued.secret


def _request(secret: str, **parameters: str) -> Any:
    return APIRequestFactory().get(
        "/api/v1/orders/", parameters, headers={"Authorization": f"Bearer {secret}"}
    )


def _side_by_side(asked: dict[str, tuple[Any, Any]], seconds: float) -> dict[str, float]:
    """Pages per second of each, a few requests of one after a few of the other."""
    spent, pages = dict.fromkeys(asked, 0.0), dict.fromkeys(asked, 0)
    for view, request in asked.values():
        _page(view, request)
    while sum(spent.values()) < seconds * len(asked):
        for name, (view, request) in asked.items():
            started = time.perf_counter()
            for _ in range(ROUND):
                _page(view, request)
            spent[name] += time.perf_counter() - started
            pages[name] += ROUND
    return {name: pages[name] / spent[name] for name in asked}


def _page(view: Any, request: Any) -> None:
    response = view(request).render()
    assert response.status_code == 200, response.content
