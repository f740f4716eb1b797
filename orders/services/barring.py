"""Recipients and regions a store doesn't send to without a person's word (ORD-4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opsdesk import privacy, sealing
from opsdesk.db import is_taken
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from orders import contacts, tasks
from orders.models import BlacklistEntry, BlockedRegion, Customer
from orders.review import regions

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

Row = TypeVar("Row", BlacklistEntry, BlockedRegion)
BLACKLIST, BLOCK = "orders.change_blacklistentry", "orders.change_blockedregion"


def blacklist_recipient(
    *,
    store: Store,
    phone: str = "",
    customer: Customer | None = None,
    reason: str,
    until: datetime | None = None,
    actor: User,
    at: datetime,
) -> BlacklistEntry:
    """Orders of this phone or customer are held from now on. The phone is kept sealed.

    Raises NotAllowed, Conflict where the recipient is on the list, and DomainError where nobody is
    named, no reason is given or the end has passed.
    """
    _check(store, BLACKLIST, reason, until, actor=actor, at=at)
    digest = contacts.phone_digest(phone)
    if digest is None and customer is None:
        raise DomainError(_("Name a phone number or a customer of this store."))
    entry = BlacklistEntry(
        store=store,
        hint=privacy.mask_phone(phone.strip()) if digest else str(customer),
        sealed_phone=_sealed(store.pk, phone) if digest else b"",
        phone_digest=digest,
        customer=customer,
        reason=reason.strip(),
        until=until,
        added_by=actor,
        added_at=at,
    )
    return _kept(entry, _("This recipient is on the list already."))


def block_region(
    *,
    store: Store,
    region: str,
    reason: str,
    until: datetime | None = None,
    actor: User,
    at: datetime,
) -> BlockedRegion:
    """Orders to this region are held from now on; it is given by name (浙江宁波) or code.

    Raises NotAllowed, Conflict where it is blocked, and DomainError where it is not recognised, no
    reason is given or the end has passed.
    """
    _check(store, BLOCK, reason, until, actor=actor, at=at)
    text = region.strip()
    code = text.ljust(6, "0") if text.isdecimal() else regions.place_of(text).code
    name = regions.name_of(code)
    if name is None:
        raise DomainError(_("No province, city or district of China is called so."))
    blocked = BlockedRegion(
        store=store,
        code=code,
        name=name,
        reason=reason.strip(),
        until=until,
        added_by=actor,
        added_at=at,
    )
    return _kept(blocked, _("This region is blocked already."))


def end_barring(
    kind: type[BlacklistEntry] | type[BlockedRegion],
    ids: Iterable[int],
    *,
    actor: User,
    at: datetime,
) -> int:
    """These hold no order any more; what they held is looked at again. Returns how many ended now.

    Those of stores in which the person may not are left alone.
    """
    right = BLACKLIST if kind is BlacklistEntry else BLOCK
    rows = kind.objects.filter(pk__in=list(ids), ended_at=None)
    if not actor.is_superuser:
        rows = rows.in_stores(actor.stores_allowing(right))
    with transaction.atomic():
        stores = set(rows.values_list("store_id", flat=True))
        ended = rows.update(ended_at=at, ended_by=actor)
        for store_id in sorted(stores):
            hint(tasks.review_held_orders, store_id)
    return ended


def reseal_phones() -> int:
    """Phones of the blacklist and their digests are of the newest key. Returns how many weren't."""
    newest = sealing.marks()[0]
    with transaction.atomic():
        entries = [
            entry
            for entry in BlacklistEntry.objects.exclude(sealed_phone=b"").select_for_update()
            if not bytes(entry.sealed_phone).startswith(newest)
        ]
        for entry in entries:
            phone = sealing.unseal_bytes(entry.sealed_phone, place=_place(entry.store_id)).decode()
            entry.sealed_phone = _sealed(entry.store_id, phone)
            entry.phone_digest = contacts.phone_digest(phone)
            entry.save(update_fields=["sealed_phone", "phone_digest"])
    return len(entries)


PHONES = sealing.Sealed("orders.blacklist", reseal_phones)


def _sealed(store_id: int, phone: str) -> bytes:
    return sealing.seal_bytes(phone.strip().encode(), place=_place(store_id))


def _place(store_id: int) -> str:
    return f"blacklist {store_id}"


def _check(
    store: Store, right: str, reason: str, until: datetime | None, *, actor: User, at: datetime
) -> None:
    if not actor.has_perm(right, store):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": store})
    if not reason.strip():
        raise DomainError(_("Say why, so that others can decide on the orders it holds."))
    if until is not None and until <= at:
        raise DomainError(_("The end lies in the past."))


def _kept(row: Row, taken: str) -> Row:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if not is_taken(error):
            raise
        raise Conflict(taken) from error
    return row
