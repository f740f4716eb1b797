"""After placing, customers check what they ordered, where it goes and what it costs (ORD-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import orjson
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import privacy, sealing, wording
from opsdesk.sealing import Unreadable
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel
from opsdesk.stores.procedure import Setting, Unit
from orders.contacts import NOBODY, Contact
from orders.models import CustomerMessage, Order
from orders.services import telling
from orders.services.telling import Note

if TYPE_CHECKING:
    from orders.models import OrderQuerySet

BATCH = 200
# An order that was paid, or changed, longer ago came from a file: its customer knows.
NEWS_FOR = timedelta(days=1)
MOST_GOODS = 3
CONFIRMED = [CustomerMessage.Kind.CONFIRMATION, CustomerMessage.Kind.CORRECTION]

CONFIRMS = Setting(
    key="orders.confirms_to_customer",
    clause="ORD-11",
    title=gettext_lazy("Customers get a confirmation of paid orders"),
    default=Decimal(1),
    unit=Unit.SWITCH,
    maximum=Decimal(1),
    platforms=telling.SPEAK_THEMSELVES,
)


def confirm_orders(*, at: datetime) -> int:
    """Who paid lately has a confirmation, once an order. Returns how many go now.

    Two at once share the work. Safe to repeat.
    """
    told = 0
    for channel in _channels(at):
        while batch := _confirm(channel, at=at):
            told += batch[1]
            if batch[0] < BATCH:
                break
    return told


def correct_confirmations(*, at: datetime) -> int:
    """Where goods, address or amount changed since they were confirmed, the customer is told again,
    marked as a change. Returns how many go now. Safe to repeat."""
    told = 0
    for channel in _channels(at):
        while batch := _correct(channel, at=at):
            told += batch[1]
            if batch[0] < BATCH:
                break
    return told


def _channels(at: datetime) -> list[Channel]:
    """Those that confirm."""
    channels = Channel.objects.filter(store__is_active=True).select_related("store")
    return [
        channel
        for channel in channels.order_by("pk")
        if procedure.value_of(CONFIRMS.key, store=channel.store, channel=channel, at=at)
    ]


@transaction.atomic
def _confirm(channel: Channel, *, at: datetime) -> tuple[int, int]:
    """How many were looked at, and how many are told."""
    said = CustomerMessage.objects.filter(
        order=OuterRef("pk"), kind=CustomerMessage.Kind.CONFIRMATION
    )
    orders = _held(
        _still_here(channel).filter(
            ~Exists(said), paid_at__gt=at - NEWS_FOR, paid_at__lte=at, is_amount_only=False
        )
    )
    notes = [_note(order, CustomerMessage.Kind.CONFIRMATION, turn=1) for order in orders]
    return len(orders), telling.tell_customers(notes, at=at)


@transaction.atomic
def _correct(channel: Channel, *, at: datetime) -> tuple[int, int]:
    later = CustomerMessage.objects.filter(
        order=OuterRef("order"), kind__in=CONFIRMED, turn__gt=OuterRef("turn")
    )
    newest = CustomerMessage.objects.filter(~Exists(later), kind__in=CONFIRMED)
    outdated = newest.exclude(version=F("order__version"))
    changed = outdated.filter(order=OuterRef("pk"))
    orders = _held(_still_here(channel).filter(Exists(changed), updated_at__gt=at - NEWS_FOR))
    rows = {row.order_id: row for row in newest.filter(order__in=orders)}
    notes = []
    for order in orders:
        row = rows[order.pk]
        if bytes(row.content or b"") in _digests(order):
            CustomerMessage.objects.filter(pk=row.pk).update(version=order.version)
        else:
            notes.append(_note(order, CustomerMessage.Kind.CORRECTION, turn=row.turn + 1))
    return len(orders), telling.tell_customers(notes, at=at)


def _still_here(channel: Channel) -> OrderQuerySet:
    Fulfilment = Order.Fulfilment
    return Order.objects.paid().filter(
        channel=channel, fulfilment_state__in=[Fulfilment.WAITING, Fulfilment.RESERVED]
    )


def _held(orders: OrderQuerySet) -> list[Order]:
    """Some of them, with their lines, locked; what somebody else holds is left to the next run."""
    rows = orders.select_related("store", "channel").prefetch_related("lines")
    return list(
        rows.select_for_update(of=("self",), skip_locked=True).order_by("placed_at", "pk")[:BATCH]
    )


def _note(order: Order, kind: CustomerMessage.Kind, *, turn: int) -> Note:
    contact = _contact(order)
    values = {
        "store": str(order.store),
        "number": order.external_number,
        "goods": _goods(order),
        "total": wording.money(order.total_amount, order.currency),
        "recipient": privacy.mask_name(contact.recipient) or "–",
        "address": privacy.mask_address(order.region, contact.address) or "–",
    }
    return Note(order, kind, values, turn=turn, content=_digests(order)[0])


def _goods(order: Order) -> str:
    """The first few articles and their pieces, in the language of the store."""
    lines = list(order.lines.all())
    named = [f"{line.title or line.sku_code} × {line.quantity}" for line in lines[:MOST_GOODS]]
    with translation.override(order.store.language):
        if len(lines) > MOST_GOODS:
            named.append(_("and %(count)s more") % {"count": len(lines) - MOST_GOODS})
        return _(", ").join(named)


def _digests(order: Order) -> Sequence[bytes]:
    """What the customer checks, by each key: goods, amount, and who it goes to where."""
    contact = _contact(order)
    told = [
        str(order.total_amount),
        order.region,
        [contact.recipient, contact.phone, contact.address],
        sorted((line.sku_code, line.quantity) for line in order.lines.all()),
    ]
    return list(sealing.digests(orjson.dumps(told), purpose="confirmed"))


def _contact(order: Order) -> Contact:
    """What no key opens is nobody's: the customer is not told anyway."""
    try:
        return order.contact
    except Unreadable:
        return NOBODY
