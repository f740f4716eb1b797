"""What was agreed on for a delay reaches the customer, once, and it is on record how (FUL-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from fulfillment.models import Compensation, CompensationKind
from opsdesk.bulk.services import Done
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from orders.models import Order
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User

GRANT = "fulfillment.grant_compensation"
MOST_WORDS = 200
State = Compensation.State


def grant_compensations(ids: Sequence[int], actor: User, at: datetime, how: str = "") -> Done:
    """Each of these was given to its customer, and is settled.

    `how` is what proves it: the coupon's code, the number of the payment. Money is never paid by
    who proposed it. For a verb of the list: what can't be granted is refused with the reason.
    Raises DomainError without `how`. Locks the orders, then the rows.
    """
    if not how.strip():
        raise DomainError(_("Say how the customers got it: a coupon's code, a payment's number."))
    rows = Compensation.objects.visible_to(actor).filter(pk__in=ids)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(GRANT))
    found = list(rows.values_list("pk", flat=True))
    return retrying(partial(_grant, found, how.strip()[:MOST_WORDS], actor=actor, at=at))


@transaction.atomic
def _grant(ids: list[int], how: str, *, actor: User, at: datetime) -> Done:
    of_rows = Compensation.objects.filter(pk__in=ids)
    orders = Order.objects.filter(pk__in=of_rows.values("order")).locked()
    list(orders.values_list("pk", flat=True))
    waiting = list(of_rows.waiting().select_for_update(of=("self",)).order_by("pk"))
    own = [row for row in waiting if row.kind == CompensationKind.MONEY and row.is_by(actor)]
    refused = {row.pk: _("Who proposed it doesn't pay it.") for row in own}
    granted = [row for row in waiting if row.pk not in refused]
    changed = [row.pk for row in granted]
    Compensation.objects.filter(pk__in=changed).update(
        state=State.GRANTED, granted_at=at, granted_by=actor, granted_how=how
    )
    lifecycle.touch_orders([row.order_id for row in granted])
    return Done(changed, refused)
