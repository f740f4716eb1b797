"""What the orders chapter brings to the sidebar, the desk and the command search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from opsdesk import command, navigation
from opsdesk.desk import cards
from opsdesk.desk.cards import Comparison, Figure
from opsdesk.estimates import capped_counts
from opsdesk.navigation import MOST, Screen, shown
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from opsdesk.wording import whole_money
from orders import extras, rule_starters, starts
from orders.filters import NumberFilter
from orders.models import Customer, Order
from orders.screens import tagging

VIEW = "orders.view_order"
LIST = "admin:orders_order_changelist"

# Whose mornings begin with what is sold; the others' desks show their own work.
SELLERS = (Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.FINANCE, Role.ANALYST)

# One index range per store and window; the orders of a day lie side by side.
_SALES = """
SELECT w.currency, w.name, coalesce(sum(o.paid), 0), coalesce(sum(o.orders), 0)
FROM unnest(
    %(currencies)s::text[], %(names)s::text[], %(stores)s::bigint[],
    %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) AS w (currency, name, store_id, start_at, end_at)
CROSS JOIN LATERAL (
    SELECT sum(paid_amount) AS paid, count(*) FILTER (WHERE split_from_id IS NULL) AS orders
    FROM orders_order
    WHERE store_id = w.store_id AND placed_at >= w.start_at AND placed_at < w.end_at
      AND paid_at IS NOT NULL
) o
GROUP BY w.currency, w.name
"""


@dataclass(frozen=True)
class Sales:
    gmv: Decimal = Decimal(0)
    orders: int = 0


def sales_so_far(stores: list[Store], at: datetime) -> dict[str, dict[str, Sales]]:
    """Currency → "today", "yesterday" and "week" (a week ago) → paid sales up to this time of day.

    By the store's own business day, of orders placed in it; currencies are never added up.
    """
    windows = [
        (store.currency, name, store.pk, *_so_far(store, at, days_ago))
        for store in stores
        for name, days_ago in (("today", 0), ("yesterday", 1), ("week", 7))
    ]
    columns = [list(column) for column in zip(*windows, strict=True)] or [[], [], [], [], []]
    parameters = dict(
        zip(("currencies", "names", "stores", "starts", "ends"), columns, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(_SALES, parameters)
        found: dict[str, dict[str, Sales]] = {}
        for currency, name, gmv, orders in cursor.fetchall():
            found.setdefault(currency, {})[name] = Sales(gmv, int(orders))
    return found


def _so_far(store: Store, at: datetime, days_ago: int) -> tuple[datetime, datetime]:
    """From midnight to this time of day, that many business days ago."""
    local = at.astimezone(store.zone)
    day = local.date() - timedelta(days=days_ago)
    start = datetime.combine(day, time.min, tzinfo=store.zone)
    return start, datetime.combine(day, local.time(), tzinfo=store.zone)


def sales_figures(request: HttpRequest, stores: list[Store], at: datetime) -> list[Figure]:
    by_currency = sorted(sales_so_far(stores, at).items())
    several = len(by_currency) > 1
    cards_ = []
    for currency, sales in by_currency:
        today = sales["today"]
        unit = currency if several else ""
        cards_.append(
            Figure(
                label=_("GMV today"),
                value=whole_money(today.gmv, currency),
                comparisons=[
                    _against(today.gmv, sales["yesterday"].gmv, _("vs yesterday")),
                    _against(today.gmv, sales["week"].gmv, _("vs last week")),
                ],
            )
        )
        cards_.append(
            Figure(
                label=_("Paid orders today"),
                value=str(today.orders),
                unit=unit,
                comparisons=[
                    _against(today.orders, sales["yesterday"].orders, _("vs yesterday")),
                    _against(today.orders, sales["week"].orders, _("vs last week")),
                ],
            )
        )
    return cards_


def _against(now: Decimal | int, then: Decimal | int, against: object) -> Comparison:
    if not then:
        return Comparison("–", against)
    percent = round(100 * (Decimal(now) - then) / then)
    tone = "good" if percent > 0 else ("danger" if percent < 0 else "")
    return Comparison(f"{percent:+d} %", against, tone)


def work_figures(request: HttpRequest, stores: list[Store], _at: datetime) -> list[Figure]:
    base = Order.objects.viewable_by(request.user).in_stores(store.pk for store in stores)
    counts = capped_counts(
        {"stock": base.waiting_for_stock(), "review": base.to_review(), "ship": base.to_ship()},
        MOST,
    )
    return [
        _work(_("Waiting for stock"), counts["stock"], "stock", "warning"),
        _work(_("To review"), counts["review"], "review", ""),
        _work(_("To ship"), counts["ship"], "ship", ""),
    ]


def _work(label: object, count: int, tab: str, tone: str) -> Figure:
    return Figure(
        label=label,
        value=shown(count) or "0",
        tone=tone if count else "",
        link=f"{reverse(LIST)}?tab={tab}",
    )


def find_orders(request: HttpRequest, words: str) -> list[SearchResult]:
    """By the number or a part of it, as in the list of orders; newest first."""
    anywhere = len(words) >= NumberFilter.ANYWHERE
    lookup = "icontains" if anywhere else "istartswith"
    rows = (
        Order.objects.viewable_by(request.user)
        .filter(**{f"external_number__{lookup}": words})
        .select_related("store")
        .only("external_number", "store__name", "store__code", "fulfilment_state")
    )
    return [
        SearchResult(
            title=order.external_number,
            description=gettext("Order · %(store)s · %(state)s")
            % {"store": order.store, "state": order.get_fulfilment_state_display()},
            link=reverse("admin:orders_order_change", args=[order.pk]),
            icon="receipt_long",
        )
        for order in rows[: command.EACH]
    ]


def find_customers(request: HttpRequest, words: str) -> list[SearchResult]:
    rows = (
        Customer.objects.viewable_by(request.user)
        .filter(external_id__istartswith=words)
        .select_related("store")
    )
    return [
        SearchResult(
            title=str(customer),
            description=gettext("Customer · %(store)s") % {"store": customer.store},
            link=reverse("admin:orders_customer_change", args=[customer.pk]),
            icon="person",
        )
        for customer in rows[: command.EACH]
    ]


def register() -> None:
    """Called once, when the admin's screens are made."""
    rule_starters.register()
    extras.register_panel(extras.Panel("orders/rules_panel.html", tagging.panel_of))
    navigation.register(
        "orders",
        Screen(_("Review desk"), "rate_review", "admin:orders_order_review", "orders.review_order"),
        Screen(
            _("To review"),
            "fact_check",
            LIST,
            "orders.review_order",
            query="?tab=review",
            waiting=lambda request: Order.objects.viewable_by(request.user).to_review(),
        ),
        Screen(
            _("Waiting for stock"),
            "hourglass_top",
            LIST,
            VIEW,
            query="?tab=stock",
            waiting=lambda request: Order.objects.viewable_by(request.user).waiting_for_stock(),
            tone="warning",
        ),
        Screen(_("All orders"), "receipt_long", LIST, VIEW),
        Screen(_("Customers"), "group", "admin:orders_customer_changelist", "orders.view_customer"),
    )
    navigation.register(
        "fulfillment",
        Screen(
            _("To ship"),
            "local_shipping",
            LIST,
            "orders.ship_order",
            query="?tab=ship",
            waiting=lambda request: Order.objects.viewable_by(request.user).to_ship(),
        ),
    )
    cards.register_figures(VIEW, sales_figures, on_desks_of=SELLERS)
    cards.register_figures(VIEW, work_figures)
    starts.register()
    command.register(VIEW, find_orders)
    command.register("orders.view_customer", find_customers)
