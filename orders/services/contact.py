"""Who an order goes to, in clear: one order at a time, with a reason, so many a day, on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.audit import services as audit
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from orders.contacts import Contact
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

REVEAL = "orders.reveal_contact"
# Role → the number that says how many orders a day it may see so.
QUOTAS = {
    Role.OPERATIONS_LEAD: "orders.reveals_lead",
    Role.ORDER_REVIEWER: "orders.reveals_reviewer",
    Role.CUSTOMER_SERVICE: "orders.reveals_service",
    Role.SERVICE_LEAD: "orders.reveals_service_lead",
}
# Whoever is still asked about an order later has an after-sales case open.
CLOSED_AFTER = timedelta(days=30)


class QuotaUsedUp(DomainError):
    code = "quota_used_up"


class OrderClosed(DomainError):
    code = "order_closed"


def reveal_contact(*, order_id: int, actor: User, reason: str, at: datetime) -> Contact:
    """The order's contact in clear; that it was seen, by whom and why is in the audit trail.

    Raises NotAllowed, OrderClosed, QuotaUsedUp, and DomainError without a reason. Locks the person,
    so that looks at the same moment are counted one after the other.
    """
    if not reason.strip():
        raise DomainError(_("Say what you need the contact for."))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        order = Order.objects.select_related("store").get(pk=order_id)
        if not _holds_right(actor, order):
            raise NotAllowed(_("You may not see contacts in %(store)s.") % {"store": order.store})
        if is_closed(order, at):
            raise OrderClosed(
                _("The order is over for more than %(days)s days: its contact stays masked.")
                % {"days": CLOSED_AFTER.days}
            )
        left = reveals_left(actor, order.store, at=at)
        if left < 1:
            raise QuotaUsedUp(_("You have seen as many contacts today as your role may."))
        audit.record(
            AuditEntry.Verb.REVEALED,
            model=Order,
            subject_id=order.pk,
            label=order.external_number,
            store=order.store,
            reason=reason.strip(),
        )
    return order.contact


def may_reveal(user: User, order: Order, at: datetime) -> bool:
    """Would a look be granted, if today's are not used up?"""
    return _holds_right(user, order) and not is_closed(order, at)


def _holds_right(user: User, order: Order) -> bool:
    """By a role that has a quota: a superuser without one has every right, and no need to look."""
    return user.has_perm(REVEAL, order) and not QUOTAS.keys().isdisjoint(
        user.roles_in(order.store_id)
    )


def is_closed(order: Order, at: datetime) -> bool:
    """Over for long, and nobody asks for anything any more."""
    over_at = order.cancelled_at or order.delivered_at
    is_asked_about = order.after_sales_state == Order.AfterSales.REQUESTED
    return over_at is not None and over_at < at - CLOSED_AFTER and not is_asked_about


def reveals_left(actor: User, store: Store, *, at: datetime) -> int:
    """How many contacts the person may still see in this store on its business day."""
    keys = [QUOTAS[role] for role in QUOTAS if role in actor.roles_in(store.pk)]
    if not keys:
        return 0
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    allowed = max(number.value for number in numbers.values())
    day = store.business_date(at)
    midnight = datetime(day.year, day.month, day.day, tzinfo=store.zone)
    seen = AuditEntry.objects.filter(
        store=store,
        actor=actor,
        verb=AuditEntry.Verb.REVEALED,
        model=Order._meta.label_lower,
        at__gte=midnight,
    )
    return int(allowed) - seen.count()
