"""Orders nobody pays, and what customers are told (ORD-6, ORD-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import checks
from opsdesk.exchange import texts as kinds_of_text
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role, grant
from orders import texts
from orders.services import balances, confirming, opting_out, telling, unpaid

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

# Who speaks with customers, and who answers for what they are sent.
SPEAKERS = [
    Role.ORDER_REVIEWER,
    Role.CUSTOMER_SERVICE,
    Role.SERVICE_LEAD,
    Role.OPERATIONS_LEAD,
]


def chase_unpaid(_slot: Slot, at: datetime) -> dict[str, Any]:
    """Reminded, cancelled, and money that came too late is told of."""
    stores = list(Store.objects.active().order_by("pk"))
    return {
        "reminded": unpaid.remind_unpaid(at=at),
        "cancelled": unpaid.cancel_unpaid(at=at),
        "balances_reminded": balances.remind_of_balances(at=at),
        "balances_missed": balances.cancel_missed(at=at),
        "paid_after_all": sum(unpaid.look_for_late_money(store, at=at) for store in stores),
        "deposits_to_return": sum(balances.look_for_deposits(store, at=at) for store in stores),
    }


def confirm_orders(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {
        "confirmed": confirming.confirm_orders(at=at),
        "corrected": confirming.correct_confirmations(at=at),
    }


JOBS = (
    Job(
        "orders.confirm_to_customers",
        _("Customers get confirmations of their orders"),
        confirm_orders,
        every=timedelta(minutes=1),
    ),
    Job(
        "orders.chase_unpaid",
        _("Unpaid orders are reminded of, then cancelled"),
        chase_unpaid,
        every=timedelta(minutes=1),
    ),
)


def register() -> None:
    procedure.register(
        unpaid.REMINDS,
        unpaid.REMIND_AFTER,
        unpaid.CANCEL_AFTER,
        telling.QUIET_FROM,
        telling.QUIET_UNTIL,
        confirming.CONFIRMS,
        balances.REMIND_BEFORE,
    )
    kinds_of_text.register(*texts.OF_KIND.values())
    checks.register(unpaid.PAID_AFTER_ALL, balances.TO_RETURN)
    jobs.register(*JOBS)
    grant(["orders.view_presaleorder"], to=[*SPEAKERS, Role.CATALOG_OPERATOR, Role.FINANCE])
    grant([balances.RECORD], to=[Role.FINANCE, Role.ORDER_REVIEWER])
    grant(["orders.view_optout"], to=[*SPEAKERS, Role.ADMINISTRATOR])
    grant([opting_out.ADD, opting_out.END], to=[Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD])
