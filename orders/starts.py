"""What the orders chapter brings to start pages: reviewers, service and finance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.desk import starts
from opsdesk.desk.starts import Looker, Shown, Telling, Tile, clock_tile, findings_tile
from opsdesk.navigation import MOST, shown
from opsdesk.stores.roles import Role
from orders.models import ChannelDifference, Hold, Invoice, MoneyDifference, Order
from orders.review import registry

LIST = "admin:orders_order_changelist"
REVIEW = "admin:orders_order_review"
VIEW = "orders.view_order"
REVIEWER = (Role.ORDER_REVIEWER,)
SERVICE = (Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD)
FINANCE = (Role.FINANCE,)


def _orders(looker: Looker) -> QuerySet[Order]:
    return Order.objects.viewable_by(looker.user).in_stores(looker.store_ids)


def _differences(looker: Looker) -> QuerySet[MoneyDifference]:
    return MoneyDifference.objects.viewable_by(looker.user).in_stores(looker.store_ids)


def _held(looker: Looker) -> Iterator[Shown]:
    """How many holds stand, by their most frequent reasons. One statement."""
    holds = Hold.objects.open().viewable_by(looker.user).in_stores(looker.store_ids)
    codes = list(holds.order_by().values_list("code", flat=True)[: 10 * MOST])
    reasons = Counter(codes).most_common(3)
    yield Shown(
        "held",
        _("Held"),
        shown(min(len(codes), MOST + 1)) or "0",
        " · ".join(f"{registry.title_of(code)} {count}" for code, count in reasons),
        tone="warning" if codes else "good",
        link=f"{reverse(LIST)}?tab=held",
    )


PARTS = (
    clock_tile(
        "to-review",
        gettext_lazy("To review"),
        REVIEWER,
        "orders.review",
        permission="orders.review_order",
        view=REVIEW,
        rank=10,
    ),
    clock_tile(
        "to-contact",
        gettext_lazy("Customers to contact"),
        (*REVIEWER, *SERVICE),
        "orders.contact",
        permission=VIEW,
        view=LIST,
        query="?tab=held",
        rank=20,
    ),
    Telling("held", (*REVIEWER, *SERVICE), "orders.view_hold", _held, rank=30),
    clock_tile(
        "to-confirm",
        gettext_lazy("Stock to confirm"),
        REVIEWER,
        "orders.confirm",
        permission=VIEW,
        view=LIST,
        query="?tab=stock",
        rank=35,
    ),
    Tile(
        "waiting-for-stock",
        gettext_lazy("Waiting for stock"),
        (*REVIEWER, Role.CATALOG_OPERATOR),
        VIEW,
        LIST,
        lambda looker: _orders(looker).waiting_for_stock(),
        query="?tab=stock",
        first="placed_at",
        rank=40,
    ),
    Tile(
        "channels-differ",
        gettext_lazy("Channels know other orders"),
        REVIEWER,
        "orders.view_channeldifference",
        "admin:orders_channeldifference_changelist",
        lambda looker: (
            ChannelDifference.objects.viewable_by(looker.user).in_stores(looker.store_ids).open()
        ),
        query="?tab=open",
        rank=60,
    ),
    Tile(
        "money-differs",
        gettext_lazy("Differences of money"),
        FINANCE,
        "orders.view_moneydifference",
        "admin:orders_moneydifference_changelist",
        lambda looker: _differences(looker).open(),
        query="?tab=open",
        first="opened_at",
        rank=10,
    ),
    Tile(
        "funds-late",
        gettext_lazy("Late or missing funds"),
        FINANCE,
        "orders.view_moneydifference",
        "admin:orders_moneydifference_changelist",
        lambda looker: _differences(looker).late_funds(),
        query="?tab=funds",
        first="at",
        tone="danger",
        rank=15,
    ),
    findings_tile(
        "settlements-missing",
        gettext_lazy("Days without their money"),
        FINANCE,
        "orders.funds_late",
        tone="danger",
        rank=16,
    ),
    Tile(
        "to-invoice",
        gettext_lazy("Invoices to issue"),
        FINANCE,
        "orders.view_invoice",
        "admin:orders_invoice_changelist",
        lambda looker: (
            Invoice.objects.viewable_by(looker.user).in_stores(looker.store_ids).to_issue()
        ),
        query="?tab=requested",
        first="requested_at",
        rank=30,
    ),
    findings_tile(
        "red-invoices",
        gettext_lazy("Red invoices due"),
        FINANCE,
        "orders.red_invoice_due",
        rank=35,
        hides_zero=True,
    ),
    findings_tile(
        "deposits-to-return",
        gettext_lazy("Deposits to send back"),
        FINANCE,
        "orders.deposit_to_return",
        rank=40,
        hides_zero=True,
    ),
    findings_tile(
        "paid-after-lapse",
        gettext_lazy("Paid after it was cancelled"),
        FINANCE,
        "orders.paid_after_lapse",
        rank=41,
        hides_zero=True,
    ),
)


def register() -> None:
    starts.register(*PARTS)
