"""Customers are told of a delay before it happens, once of each (FUL-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import LateRisk
from opsdesk import wording
from opsdesk.bulk.services import Done
from opsdesk.db import retrying
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel
from opsdesk.stores.procedure import Setting, Unit
from orders.models import CustomerMessage, Order
from orders.services import telling
from orders.services.telling import Note

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

TELL = "fulfillment.tell_delay"
KIND = CustomerMessage.Kind.DELAY
BATCH = 200

TELLS = Setting(
    key="fulfillment.tells_of_delays",
    clause="FUL-2",
    title=gettext_lazy("Customers are told of delays without being asked"),
    default=Decimal(0),
    unit=Unit.SWITCH,
    maximum=Decimal(1),
    platforms=telling.SPEAK_THEMSELVES,
)


def tell_of_delays(ids: Sequence[int], actor: User, at: datetime, _note: str = "") -> Done:
    """A message is on its way to the customer of each of these orders, once a delay.

    For a verb of the list: those that can't be told are refused with the reason, which is on record
    with the order. Locks the orders, then the rows.
    """
    rows = LateRisk.objects.visible_to(actor).filter(pk__in=ids)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(TELL))
    return retrying(partial(_tell, list(rows.order_by("pk").values_list("pk", flat=True)), at=at))


def tell_by_itself(_slot: Slot, at: datetime) -> dict[str, Any]:
    """Where the procedure says so, all whose delay is certain are told, but not at night.

    What can't be said is on record and not tried again.
    """
    told = 0
    for channel in Channel.objects.filter(store__is_active=True).select_related("store"):
        if not procedure.value_of(TELLS.key, store=channel.store, channel=channel, at=at):
            continue
        if telling.is_quiet(channel.store, at=at):
            continue
        here = Order.objects.not_gone().filter(channel=channel)
        waiting = LateRisk.objects.certain(at).unsaid().filter(order__in=here)
        while ids := list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH]):
            told += len(retrying(partial(_tell, ids, at=at)).changed)
            if len(ids) < BATCH:
                break
    return {"told": told}


@transaction.atomic
def _tell(risk_ids: list[int], *, at: datetime) -> Done:
    order_ids = LateRisk.objects.filter(pk__in=risk_ids).values("order")
    orders = Order.objects.select_related("store", "channel").filter(pk__in=order_ids)
    here = {order.pk: order for order in orders.not_gone().locked()}
    risks = list(LateRisk.objects.untold().filter(pk__in=risk_ids, order__in=here).locked())
    notes = [_note_of(risk, here[risk.order_id]) for risk in risks]
    telling.tell_customers(notes, at=at)
    said = CustomerMessage.objects.filter(order__in=here, kind=KIND)
    why = {(row.order_id, row.turn): row for row in said}
    refused = {
        risk.pk: telling.why_untold(why[risk.order_id, risk.delay])
        for risk in risks
        if why[risk.order_id, risk.delay].withheld
    }
    changed = [risk.pk for risk in risks if risk.pk not in refused]
    LateRisk.objects.filter(pk__in=changed).update(told_at=at)
    return Done(changed, refused)


def _note_of(risk: LateRisk, order: Order) -> Note:
    zone = order.store.zone
    with translation.override(order.store.language):
        soon = _("as soon as we can")
        values = {
            "store": str(order.store),
            "number": order.external_number,
            "due": wording.moment(risk.due_at, zone),
            "expected": wording.moment(risk.expected_at, zone) if risk.expected_at else soon,
        }
    return Note(order, KIND, values, turn=risk.delay)
