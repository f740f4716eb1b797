"""Customers are told what is wrong with their parcel, and where they can follow it (FUL-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment import public_tracking
from fulfillment.models import ParcelCase
from fulfillment.services import cases
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from orders.models import CustomerMessage, Order
from orders.services import telling
from orders.services.telling import Note

if TYPE_CHECKING:
    from opsdesk.stores.models import User

KIND = CustomerMessage.Kind.PARCEL
Kind = ParcelCase.Kind

_WHAT: Mapping[Kind, Promise] = {
    Kind.STALLED: gettext_lazy("There has been no news of it for a while."),
    Kind.FAILED: gettext_lazy("The carrier could not deliver it."),
    Kind.TROUBLE: gettext_lazy("The carrier has reported a problem on the way."),
    Kind.DAMAGED: gettext_lazy("It was damaged on the way."),
    Kind.RETURNED: gettext_lazy("It is on its way back to us."),
    Kind.LOST: gettext_lazy("The carrier has reported it lost."),
    Kind.NOT_RECEIVED: gettext_lazy("You told us that it has not come."),
}


class NobodyToldOf(Conflict):
    """None of the parcel's customers can be written to; the message says why."""

    code = "nobody_told"


def can_write(case: ParcelCase, orders: Iterable[Order]) -> bool:
    """Whether the store has somebody who sends messages, and a customer's number of its own."""
    reachable = any(not order.channel.masks_recipients for order in orders)
    return reachable and telling.provider_of(case.store) is not None


def write_to_customer(*, case_id: int, actor: User | None, at: datetime) -> ParcelCase:
    """The customers of the parcel's orders are told, once a case; the case knows that they were.

    Raises NotAllowed, Conflict where the case is closed or they know already, NobodyToldOf where
    none of them can be reached: then nothing is recorded. Locks the orders, then the case.
    """
    return retrying(partial(_write, case_id, actor=actor, at=at))


@transaction.atomic
def _write(case_id: int, *, actor: User | None, at: datetime) -> ParcelCase:
    orders = Order.objects.filter(parcel_orders__parcel__cases=case_id)
    held = list(orders.select_related("store", "channel").locked())
    case = cases.hold_case(case_id, actor)
    if case.told_at is not None:
        raise Conflict(_("The customer knows of it already."))
    before = CustomerMessage.objects.filter(order__in=held, kind=KIND).values_list("order")
    turns = dict(before.annotate(last=Max("turn")).order_by())
    notes = [_note_of(case, order, turns.get(order.pk, 0) + 1) for order in held]
    if not telling.tell_customers(notes, at=at):
        said = CustomerMessage.objects.filter(order__in=held, kind=KIND).order_by("-turn", "pk")
        raise NobodyToldOf(telling.why_untold(said.first()))
    return cases.mark_customer_told(case_id=case_id, actor=actor, at=at)


def _note_of(case: ParcelCase, order: Order, turn: int) -> Note:
    with translation.override(order.store.language):
        values = {
            "store": str(order.store),
            "number": order.external_number,
            "what": str(_WHAT[Kind(case.kind)]),
            "link": public_tracking.link_for(case.parcel),
        }
    return Note(order, KIND, values, turn=turn)
