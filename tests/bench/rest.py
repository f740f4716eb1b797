"""Lists by REST at a million orders, beside a plain endpoint of Django REST framework."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from rest_framework import generics, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from fulfillment.models import Carrier, CarrierService, Parcel, ParcelItem, ParcelOrder
from fulfillment.shipments_api import ShipmentViewSet
from fulfillment.shipments_shapes import ShipmentSerializer
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


class PlainShipmentOrder(serializers.ModelSerializer):
    external_number = serializers.CharField(source="order.external_number", read_only=True)

    class Meta:
        model = ParcelOrder
        fields = ["order", "external_number"]


class PlainShipmentItem(serializers.ModelSerializer):
    order = serializers.IntegerField(source="line.order_id", read_only=True)
    sku_code = serializers.CharField(source="sku.code", read_only=True)

    class Meta:
        model = ParcelItem
        fields = ["order", "sku", "sku_code", "quantity"]


class PlainShipment(serializers.ModelSerializer):
    number = serializers.CharField(read_only=True)
    carrier = serializers.CharField(source="carrier.code", read_only=True)
    service = serializers.CharField(source="service.code", read_only=True)
    expected_from = serializers.DateTimeField(source="eta.earliest", read_only=True)
    expected_until = serializers.DateTimeField(source="eta.latest", read_only=True)
    orders = PlainShipmentOrder(source="parcel_orders", many=True, read_only=True)
    items = PlainShipmentItem(many=True, read_only=True)

    class Meta:
        model = Parcel
        fields = ShipmentSerializer.Meta.fields


class PlainShipmentPages(CursorPagination):
    page_size = 50
    ordering = "-pk"


class PlainShipments(generics.ListAPIView):
    pagination_class = PlainShipmentPages
    serializer_class = PlainShipment
    renderer_classes = [JSONRenderer]
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        parcels = Parcel.objects.select_related("carrier", "service", "eta")
        parcels = parcels.prefetch_related("parcel_orders__order", "items__line", "items__sku")
        return parcels.viewable_by(self.request.user)


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    store = big_store(quick=quick)
    secret = _secret(store)
    return [*_orders(store, secret, quick=quick), *_shipments(store, secret, quick=quick)]


def _orders(store: Store, secret: str, *, quick: bool) -> list[Figure]:
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


def _shipments(store: Store, secret: str, *, quick: bool) -> list[Figure]:
    newest, count = _parcels(store, 1_000 if quick else 200_000)
    deep = newest - count + 100
    ours, plain = ShipmentViewSet.as_view({"get": "list"}), PlainShipments.as_view()
    asked = {
        "first": (ours, _request(secret)),
        "plain": (plain, _request(secret)),
        "deep": (ours, _request(secret, cursor=cursor_to("a", Place(deep, deep)))),
    }
    rates = _side_by_side(asked, QUICK_SECONDS if quick else SECONDS)
    return [
        Figure("REST, list of shipments", rates["first"], "pages/s", 2, rates["plain"]),
        Figure("REST, list of shipments at depth", rates["deep"], "pages/s", 0.8, rates["first"]),
    ]


# A parcel for each of so many orders, with all of it inside and a day on which it is expected.
_SHIP = """
WITH parcels AS (
    INSERT INTO fulfillment_parcel (
        store_id, warehouse_id, state, carrier_id, service_id, waybill, weight_grams, freight_cost,
        opened_at, packed_at, handed_over_at, cancelled_because, version
    )
    SELECT o.store_id, %(warehouse)s, 'handed_over', %(carrier)s, %(service)s, 'B' || o.id, 500, 8,
        o.placed_at, o.placed_at, o.placed_at, '', 1
    FROM orders_order o WHERE o.store_id = %(store)s ORDER BY o.id LIMIT %(count)s
    RETURNING id, substr(waybill, 2)::bigint AS order_id, handed_over_at
), linked AS (
    INSERT INTO fulfillment_parcelorder (parcel_id, order_id) SELECT id, order_id FROM parcels
), expected AS (
    INSERT INTO fulfillment_parceleta (parcel_id, earliest, latest, basis, sample)
    SELECT id, handed_over_at, handed_over_at, 'promise', 0 FROM parcels
), filled AS (
    INSERT INTO fulfillment_parcelitem (parcel_id, line_id, sku_id, quantity)
    SELECT p.id, l.id, l.sku_id, l.quantity
    FROM parcels p JOIN orders_orderline l ON l.order_id = p.order_id WHERE l.sku_id IS NOT NULL
)
SELECT max(id), count(*) FROM parcels
"""


def _parcels(store: Store, count: int) -> tuple[int, int]:
    """The newest one's id, and how many there are now."""
    carrier = Carrier.objects.create(store=store, code="house", name="House courier")
    service = CarrierService.objects.create(carrier=carrier, code="standard", name="Standard")
    facts = {"store": store.pk, "carrier": carrier.pk, "service": service.pk, "count": count}
    with connection.cursor() as cursor:
        cursor.execute(_SHIP, facts | {"warehouse": store.warehouses.first().pk})
        newest, made = cursor.fetchone()
        cursor.execute(
            "VACUUM ANALYZE fulfillment_parcel, fulfillment_parcelorder, fulfillment_parcelitem"
        )
    return newest, made


def _secret(store: Store) -> str:
    person = User.objects.create(username="bench-program")
    stores.grant_role(user=person, store=store, role=Role.OPERATIONS_LEAD, actor=None, at=AT)
    now = timezone.now()
    issued = issue_token(
        user=person,
        store=store,
        name="bench",
        scopes=["orders:read", "fulfilment:read"],
        expires_at=now + timedelta(days=1),
        actor=None,
        at=now,
    )
    ApiToken.objects.update(requests_per_minute=1_000_000)
    return issued.secret


def _request(secret: str, **parameters: str) -> Any:
    return APIRequestFactory().get(
        "/api/v1/", parameters, headers={"Authorization": f"Bearer {secret}"}
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
