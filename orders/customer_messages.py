"""What an order's page says of messages to the customer: sent, withheld, and what is to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import wording
from opsdesk.exchange.models import OutboundMessage
from orders.models import CustomerMessage, LapsedOrder, Order, PresaleOrder
from orders.services import unpaid

if TYPE_CHECKING:
    from opsdesk.stores.models import User

_TONES = {
    OutboundMessage.State.SENT: "good",
    OutboundMessage.State.PARKED: "danger",
    OutboundMessage.State.UNKNOWN: "warning",
}
WITHHELD = gettext_lazy("not sent")


@dataclass(frozen=True)
class Told:
    """A message to the customer; `why` it was not sent, `link` to what was tried."""

    kind: str
    at: datetime
    state: str | Promise
    tone: str
    why: str = ""
    link: str = ""


@dataclass(frozen=True)
class Panel:
    told: list[Told]
    to_come: list[str]


def panel_of(order: Order, user: User, *, at: datetime) -> Panel:
    """Oldest first. Two queries, two more while the order is unpaid."""
    rows = order.customer_messages.select_related("message").order_by("at", "pk")
    may_look = user.has_perm("exchange.view_outboundmessage", order)
    return Panel([_told(row, may_look) for row in rows], _to_come(order, at))


def _told(row: CustomerMessage, may_look: bool) -> Told:
    if row.withheld:
        why = str(row.get_withheld_display())
        return Told(row.get_kind_display(), row.at, WITHHELD, "warning", why)
    message = row.message
    if message is None:
        return Told(row.get_kind_display(), row.at, WITHHELD, "warning")
    link = reverse("admin:exchange_outboundmessage_change", args=[message.pk]) if may_look else ""
    return Told(
        row.get_kind_display(),
        message.finished_at or row.at,
        message.get_state_display(),
        _TONES.get(OutboundMessage.State(message.state), "info"),
        message.error,
        link,
    )


def _to_come(order: Order, at: datetime) -> list[str]:
    """What happens by itself while nobody pays."""
    here = order.fulfilment_state in (Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED)
    if order.payment_state != Order.Payment.UNPAID or not here:
        return _lapse(order)
    presale: PresaleOrder | None = getattr(order, "presale", None)
    if presale is not None and presale.deposit_paid_at is not None:
        return _balance(presale, order)
    limits = unpaid.Limits.of(order.channel, at=at)
    lines = []
    if not limits.reminds:
        lines.append(_("The channel reminds its buyers itself."))
    elif not order.customer_messages.filter(kind=CustomerMessage.Kind.REMINDER).exists():
        due = wording.moment(order.placed_at + limits.reminds_after, order.store.zone)
        lines.append(_("Payment reminder from %(moment)s.") % {"moment": due})
    if limits.cancels_after is None:
        lines.append(_("The channel cancels unpaid orders itself."))
    else:
        due = wording.moment(order.placed_at + limits.cancels_after, order.store.zone)
        lines.append(_("Cancelled by itself at %(moment)s, if unpaid.") % {"moment": due})
    return lines


def _balance(presale: PresaleOrder, order: Order) -> list[str]:
    """With its deposit paid an order waits for the end of the time for its balance, if there is."""
    if presale.balance_until is None:
        return []
    due = wording.moment(presale.balance_until, order.store.zone)
    return [_("Cancelled by itself at %(moment)s, if the balance is unpaid.") % {"moment": due}]


def _lapse(order: Order) -> list[str]:
    if order.fulfilment_state != Order.Fulfilment.CANCELLED:
        return []
    lapse = LapsedOrder.objects.filter(order=order).first()
    return [str(lapse.get_cause_display())] if lapse else []
