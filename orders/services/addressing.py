"""Whom an order goes to is changed before it leaves (ORD-5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.schedule.hints import hint
from orders import tasks
from orders.contacts import LABELS
from orders.models import FormerContact, Order
from orders.services import channel_word, parcels
from orders.services.editing import open_order, reason_of, record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CHANGE_ADDRESS = "orders.change_address"


@dataclass(frozen=True)
class Recipient:
    """What is to be put in place of what is there; an empty part stays as it is."""

    recipient: str = ""
    phone: str = ""
    region: str = ""
    address: str = ""


def change_address(
    *, order_id: int, version: int, to: Recipient, reason: str, actor: User, at: datetime
) -> Order:
    """The order goes to somebody or somewhere else; the timeline says which parts were changed,
    and what was there before is kept, sealed, for as long as the contact itself.

    A later copy of the channel does not bring the old ones back. The order leaves a shipment with
    others: their recipient is another now. Raises NotAllowed, TooLate, Conflict for an order that
    was changed meanwhile, and DomainError where nothing is to change or no reason is given. Locks
    the order.
    """
    reason = reason_of(reason)
    work = partial(_change, order_id, version, to, reason, actor=actor, at=at)
    return retrying(work)


@transaction.atomic
def _change(
    order_id: int, version: int, to: Recipient, reason: str, *, actor: User, at: datetime
) -> Order:
    order = open_order(order_id, right=CHANGE_ADDRESS, version=version, actor=actor)
    if order.contact_cleared_at is not None:
        raise DomainError(_("The contact of this order was removed: it is nobody's any more."))
    now = order.contact
    given = {name: value.strip() for name, value in asdict(to).items() if value.strip()}
    changed = {
        name: value
        for name, value in given.items()
        if value != getattr(now if name in LABELS else order, name)
    }
    if not changed:
        raise DomainError(_("Nothing would change: enter what is to be replaced."))
    channel_word.keep_contact(order, changed)
    FormerContact.objects.create(
        order=order,
        region=order.region,
        sealed_contact=order.sealed_contact,
        until=at,
        replaced_by=actor,
    )
    order.contact = replace(now, **{k: v for k, v in changed.items() if k in LABELS})
    order.region = changed.get("region", order.region)
    record_change(
        order,
        "address",
        actor=actor,
        at=at,
        reason=reason,
        columns=["region", "sealed_contact", "phone_digest"],
        # Of personal data the timeline, which outlives them, only says that they changed.
        fields={name: [None, None] for name in changed},
    )
    parcels.leave([order.pk], at=at)
    # What it is held for may be mended by this.
    hint(tasks.review_orders, [order.pk])
    return order
