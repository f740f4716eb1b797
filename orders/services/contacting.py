"""A buyer is called or written to about an order, and what came of it is on record (ORD-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.exchange.adapters import sms
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.texts import render_text
from orders.models import ContactAttempt, Order
from orders.scripts import SCRIPTS, TOPICS
from orders.services.editing import open_order, record_change

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

CONTACT = "orders.contact_buyer"
By, Outcome = ContactAttempt.By, ContactAttempt.Outcome

Listener = Callable[[list[int], datetime], object]
_listeners: list[Listener] = []


def on_contact(listener: Listener) -> None:
    """Call `listener(order_ids, at)` in the transaction in which somebody tried to reach a buyer.

    An attempt counts whether the buyer was reached or not: what is owed is the attempt.
    """
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(frozen=True)
class Said:
    """How it was tried, what about (`TOPICS`), and what came of it."""

    by: str
    topic: str
    was_reached: bool = False
    outcome: str = Outcome.NONE
    note: str = ""


def script_for(order: Order, topic: str, *, language: str = "") -> str:
    """What is read out or sent to the buyer about this topic, in the words of the store."""
    language = language or language_of(order.store)
    values = {"store": str(order.store), "number": order.external_number}
    kind = SCRIPTS[topic]
    return render_text(kind.code, store=order.store, language=language, values=values).body


def language_of(store: Store) -> str:
    """What a store's buyers are written to in: Chinese where it sells in yuan."""
    return "zh-hans" if store.currency == "CNY" else settings.LANGUAGE_CODE


def sms_target(store: Store) -> Target | None:
    """The way a text message of this store goes out; None: it has none."""
    codes = [sms.OVER_HTTP.code, sms.CONSOLE.code]
    return Target.objects.active().filter(store=store, adapter__in=codes).order_by("pk").first()


def record_contact(
    *, order_id: int, version: int, said: Said, actor: User, at: datetime
) -> ContactAttempt:
    """The attempt is on record for good, and whoever waits for one is told.

    A text message leaves by the store's provider where it has one; else the person sent it. Raises
    NotAllowed, Conflict for an order that was changed meanwhile, DomainError. Locks the order.
    """
    return retrying(partial(_record, order_id, version, said, actor=actor, at=at))


@transaction.atomic
def _record(
    order_id: int, version: int, said: Said, *, actor: User, at: datetime
) -> ContactAttempt:
    order = open_order(order_id, right=CONTACT, version=version, actor=actor, must_be_here=False)
    _refuse_unclear(said)
    script = script_for(order, said.topic)
    attempt = ContactAttempt.objects.create(
        order=order,
        by=said.by,
        topic=said.topic,
        was_reached=said.was_reached,
        outcome=said.outcome,
        script=script,
        note=privacy.mask_mobiles(said.note.strip())[:500],
        is_sent_by_us=_send(order, said, script, at),
        person=actor,
        at=at,
    )
    told = f"{attempt.get_by_display()} · {attempt.get_outcome_display()}"
    record_change(order, "contacted", actor=actor, at=at, told=told)
    for listener in _listeners:
        listener([order.pk], at)
    return attempt


def forget_notes(orders: Iterable[Order]) -> None:
    """What was noted of these buyers goes; that they were contacted, by whom and when stays."""
    with pgtrigger.ignore("orders.ContactAttempt:append_only"):
        ContactAttempt.objects.filter(order__in=list(orders)).update(note="")


def _refuse_unclear(said: Said) -> None:
    if said.by not in By.values or said.outcome not in Outcome.values or said.topic not in TOPICS:
        raise DomainError(_("Say how the buyer was contacted, what about, and what came of it."))
    if not said.was_reached and said.outcome not in (Outcome.NONE, Outcome.ANSWERS_LATER):
        raise DomainError(_("Who was not reached has agreed to nothing."))


def _send(order: Order, said: Said, script: str, at: datetime) -> bool:
    """Whether the message goes out from here."""
    target = sms_target(order.store) if said.by == By.SMS else None
    phone = privacy.normal_phone(order.contact.phone)
    if target is None or not phone or privacy.MASK in order.contact.phone:
        return False
    number = order.contact_attempts.count() + 1
    draft = outbox.Draft(
        target,
        kind=SCRIPTS[said.topic].code,
        key=f"orders:contact:{order.pk}:{number}",
        payload={"subject": str(SCRIPTS[said.topic].title), "text": script},
        recipient=phone,
    )
    outbox.enqueue_message(draft, at=at)
    return True
