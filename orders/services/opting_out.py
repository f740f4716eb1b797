"""Who wants no messages of a purpose: entered when a customer says so, ended likewise (ORD-6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.db import is_taken
from opsdesk.errors import Conflict, DomainError, NotAllowed
from orders import contacts
from orders.models import OptOut

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

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
    digests = contacts.phone_digests(phone)
    if not digests:
        raise DomainError(_("That is no phone number."))
    try:
        with transaction.atomic():
            known = OptOut.objects.filter(store=store, purpose=purpose).in_force().of(digests)
            if known.exists():
                raise _known_already()
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
        raise _known_already() from error


def end_opt_out(*, opt_out_id: int, actor: User, at: datetime) -> None:
    """The customer wants such messages again. Raises NotAllowed, Conflict where it was ended."""
    row = OptOut.objects.visible_to(actor).select_related("store").filter(pk=opt_out_id).first()
    if row is None or not actor.has_perm(END, row):
        raise NotAllowed(_("You may not end this opt-out."))
    in_force = OptOut.objects.filter(pk=row.pk).in_force()
    if not in_force.update(ended_at=at, ended_by=actor):
        raise Conflict(_("This opt-out was ended before."))


def _known_already() -> Conflict:
    return Conflict(_("This number is on record already."))
