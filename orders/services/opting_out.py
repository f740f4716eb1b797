"""Who wants no messages of a purpose: entered when a customer says so, ended likewise (ORD-6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import phonenumbers
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.db import is_taken
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.sealing import Unreadable
from orders import contacts
from orders.models import OptOut, Order, Purpose
from orders.review.looking import country_of

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

# A point is in no signature, and needs no escape in an address.
_SIGNER = Signer(sep=".", salt="orders.stop_reminders")
ADD, END = "orders.add_optout", "orders.change_optout"


def opt_out(
    *, store: Store, phone: str, purpose: str, way: str, actor: User, at: datetime
) -> OptOut:
    """From now on the number gets no messages of this purpose from the store.

    What waits in the outbox already is not called back. Raises NotAllowed, Conflict where it is on
    record already, and DomainError for a text that is no number.
    """
    if not actor.has_perm(ADD, store):
        raise NotAllowed(_("You may not enter opt-outs in %(store)s.") % {"store": store})
    if contacts.is_masked(phone) or not _can_be_called(phone, store):
        raise DomainError(_("That is no phone number."))
    row = _record(store, phone, purpose, way, actor=actor, at=at)
    if row is None:
        raise Conflict(_("This number is on record already."))
    return row


def _can_be_called(phone: str, store: Store) -> bool:
    try:
        number = phonenumbers.parse(phone, country_of(store) or None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def _record(
    store: Store, phone: str, purpose: str, way: str, *, actor: User | None, at: datetime
) -> OptOut | None:
    """None: the number is on record already. Of two at once the unique key lets one."""
    digests = contacts.phone_digests(phone)
    try:
        with transaction.atomic():
            known = OptOut.objects.filter(store=store, purpose=purpose).in_force().of(digests)
            if known.exists():
                return None
            return OptOut.objects.create(
                store=store,
                purpose=purpose,
                phone_digest=digests[0],
                masked_phone=privacy.mask_phone(privacy.normal_phone(phone))[:40],
                way=way,
                made_by=actor,
                made_at=at,
            )
    except IntegrityError as error:
        if not is_taken(error):
            raise
        return None


def link_for(order: Order) -> str:
    """Where the order's customer says that they want no reminders of its store any more.

    It names the order and nobody's number; who has it can do that one thing. Good as long as its
    key is: `SECRET_KEY` or one of the fallbacks.
    """
    return f"{settings.SITE_URL}{reverse('stop-reminders', args=[_SIGNER.sign(str(order.pk))])}"


def order_of(token: str) -> Order | None:
    """Whose reminder bore this link; None for one that is not ours."""
    try:
        pk = int(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    return Order.objects.select_related("store").filter(pk=pk).first()


def opt_out_by_link(order: Order, *, at: datetime) -> None:
    """The number of the order gets no reminders and offers of its store any more.

    A repeat does nothing. An order whose contact is cleared, or opens with no key any more, has
    nobody left to remind.
    """
    try:
        phone = order.contact.phone
    except Unreadable:
        return
    if contacts.phone_digests(phone):
        _record(order.store, phone, Purpose.MARKETING, OptOut.Way.LINK, actor=None, at=at)


def end_opt_out(*, opt_out_id: int, actor: User, at: datetime) -> None:
    """The customer wants such messages again. Raises NotAllowed, Conflict where it was ended."""
    row = OptOut.objects.visible_to(actor).select_related("store").filter(pk=opt_out_id).first()
    if row is None or not actor.has_perm(END, row):
        raise NotAllowed(_("You may not end this opt-out."))
    in_force = OptOut.objects.filter(pk=row.pk).in_force()
    if not in_force.update(ended_at=at, ended_by=actor):
        raise Conflict(_("This opt-out was ended before."))
