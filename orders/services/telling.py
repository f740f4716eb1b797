"""A customer is told something about an order once, or the order says why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.exchange.adapters import registry
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.sealing import Unreadable
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from orders import contacts, texts
from orders.models import CustomerMessage, OptOut, Order, Purpose

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Kind, Withheld = CustomerMessage.Kind, CustomerMessage.Withheld
# Nobody opts out of what goes wrong with an order of theirs: that has no purpose.
PURPOSES: dict[CustomerMessage.Kind, Purpose | None] = {
    Kind.REMINDER: Purpose.MARKETING,
    Kind.BALANCE_OPENS: Purpose.MARKETING,
    Kind.BALANCE_ENDS: Purpose.MARKETING,
    Kind.CONFIRMATION: Purpose.SERVICE,
    Kind.CORRECTION: Purpose.SERVICE,
    Kind.DELAY: None,
    Kind.PARCEL: None,
}
# They tell their buyers themselves, and give us nobody to write to.
SPEAK_THEMSELVES = {platform: Decimal(0) for platform in ("tmall", "taobao", "jd", "pdd", "douyin")}
QUIET_FROM = Setting(
    key="orders.quiet_from",
    clause="ORD-6",
    title=_("Customers are not reminded from"),
    default=Decimal(22),
    unit=Unit.HOUR,
    maximum=Decimal(23),
)
QUIET_UNTIL = Setting(
    key="orders.quiet_until",
    clause="ORD-6",
    title=_("Customers are reminded again from"),
    default=Decimal(8),
    unit=Unit.HOUR,
    maximum=Decimal(23),
)


@dataclass(frozen=True, slots=True)
class Note:
    """What one customer is to be told: the values of its kind's text, and which turn it is."""

    order: Order
    kind: CustomerMessage.Kind
    values: Mapping[str, str]
    turn: int = 1
    content: bytes | None = None

    @property
    def key(self) -> tuple[int, str, int]:
        """What is said once."""
        return self.order.pk, str(self.kind), self.turn


def why_untold(message: CustomerMessage | None) -> str:
    """A sentence for people: the message is on record, and why it was not sent."""
    why = message.get_withheld_display() if message else "–"
    return gettext("The customer can't be told: %(why)s.") % {"why": why}


def is_quiet(store: Store, *, at: datetime) -> bool:
    """Nobody is reminded at that hour where the store is; two equal hours are no quiet time."""
    numbers = procedure.numbers_of(
        [QUIET_FROM.key, QUIET_UNTIL.key], store=store, channel=None, at=at
    )
    start, end = (int(numbers[each.key].value) for each in (QUIET_FROM, QUIET_UNTIL))
    hour = at.astimezone(store.zone).hour
    if end < start:
        return hour >= start or hour < end
    return start <= hour < end


def tell_customers(notes: Sequence[Note], *, at: datetime) -> int:
    """Each is on its way, or is on record with the reason why it is not. Returns how many go.

    The caller holds the orders' locks. What was said before, or withheld, is not said again:
    of two who say it at once the row's key lets one.
    """
    told = 0
    with transaction.atomic():
        notes = sorted(notes, key=lambda note: (note.order.store_id, note.order.pk))
        for _store, of_store in groupby(notes, key=lambda note: note.order.store_id):
            told += _tell(list(of_store), at=at)
    return told


def _tell(notes: list[Note], *, at: datetime) -> int:
    store = notes[0].order.store
    target = provider_of(store)
    phones = {note.order.pk: _phone_of(note.order) for note in notes}
    opted_out = _opted_out(store, {phone for phone, _why in phones.values()})
    judged = []
    for note in notes:
        phone, withheld = phones[note.order.pk]
        if not withheld and (phone, PURPOSES[note.kind]) in opted_out:
            withheld = Withheld.OPTED_OUT
        if not withheld and target is None:
            withheld = Withheld.NO_PROVIDER
        judged.append((note, str(withheld)))
    mine = _claim(judged, at=at)
    drafts = {
        mine[note.key]: _draft(target, mine[note.key], note, phones[note.order.pk][0])
        for note, withheld in judged
        if target is not None and not withheld and note.key in mine
    }
    if drafts and target is not None:
        outbox.enqueue_messages(list(drafts.values()), at=at)
        with connection.cursor() as cursor:
            cursor.execute(_LINK, [target.pk, list(drafts)])
    return len(drafts)


def provider_of(store: Store) -> Target | None:
    """Through whom the store sends text messages: the first of its active targets that can."""
    by_phone = [each.code for each in registry.all_adapters() if each.by_phone]
    targets = Target.objects.active().filter(store=store, adapter__in=by_phone)
    return targets.order_by("pk").first()


def _phone_of(order: Order) -> tuple[str, str]:
    """The number that a message goes to, or why there is none."""
    try:
        phone = order.contact.phone
    except Unreadable:
        return "", Withheld.UNREADABLE
    if phone and (order.channel.masks_recipients or privacy.MASK in phone):
        return "", Withheld.MASKED
    digits = privacy.normal_phone(phone)
    return (digits, "") if digits else ("", Withheld.NO_PHONE)


def _opted_out(store: Store, phones: Iterable[str]) -> set[tuple[str, str]]:
    """(phone, purpose) that want none of it; a digest may be of an older key."""
    owners = {digest: phone for phone in phones for digest in contacts.phone_digests(phone)}
    found = OptOut.objects.filter(store=store).in_force().of(owners)
    return {
        (owners[bytes(digest)], purpose)
        for digest, purpose in found.values_list("phone_digest", "purpose")
    }


_CLAIM = """
INSERT INTO orders_customermessage (order_id, kind, turn, withheld, version, content, at)
SELECT n.order_id, n.kind, n.turn, n.withheld, n.version, decode(n.content, 'hex'), %s
FROM json_to_recordset(%s) AS n (
    order_id bigint, kind text, turn smallint, withheld text, version integer, content text
)
ORDER BY n.order_id
ON CONFLICT (order_id, kind, turn) DO NOTHING
RETURNING id, order_id, kind, turn
"""
_LINK = """
UPDATE orders_customermessage c SET message_id = m.id
FROM exchange_outboundmessage m
WHERE m.target_id = %s AND m.key = 'customer-message:' || c.id AND c.id = ANY(%s)
"""


def _claim(judged: Sequence[tuple[Note, str]], *, at: datetime) -> dict[tuple[int, str, int], int]:
    """(order, kind, turn) → row id, of those that nobody had said before."""
    rows = [
        {
            "order_id": note.order.pk,
            "kind": str(note.kind),
            "turn": note.turn,
            "withheld": withheld,
            "version": note.order.version if note.content is not None else None,
            "content": note.content.hex() if note.content is not None else None,
        }
        for note, withheld in judged
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at, orjson.dumps(rows).decode()])
        return {(order_id, kind, turn): pk for pk, order_id, kind, turn in cursor.fetchall()}


def _draft(target: Target, pk: int, note: Note, phone: str) -> Draft:
    store, text = note.order.store, texts.OF_KIND[note.kind]
    wording = render_text(text.code, store=store, language=store.language, values=note.values)
    return Draft(
        target=target,
        kind=text.code,
        key=f"customer-message:{pk}",
        payload={"subject": wording.subject, "text": wording.body},
        recipient=phone,
    )
