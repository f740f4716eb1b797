"""Who an order goes to, as it is stored: one sealed value per order, and a digest to find it by."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy, sealing

# The fields of a contact, in the order in which they are sealed.
LABELS = {
    "recipient": _("recipient"),
    "phone": _("phone"),
    "address": _("address"),
    "buyer_memo": _("buyer's memo"),
}

# As platforms hide people: 张**, 138****5678, ●●●. Full-width stars, too.
_HIDDEN = re.compile("[*＊∗✱•●]").search


def is_masked(text: str) -> bool:
    """Whether the channel has hidden part of a name, number or address.

    Two people look alike behind it: what is masked says of nobody that they are the same.
    """
    return _HIDDEN(text) is not None


@dataclass(frozen=True, slots=True)
class Contact:
    """In clear. The region is a column of the order: it is what masked pages show."""

    recipient: str = ""
    phone: str = ""
    address: str = ""
    buyer_memo: str = ""

    def masked(self) -> Contact:
        """As it may be shown to everybody who may look at the order."""
        return Contact(
            privacy.mask_name(self.recipient),
            privacy.mask_phone(self.phone),
            privacy.MASK * 3 if self.address else "",
            privacy.mask_mobiles(self.buyer_memo),
        )


NOBODY = Contact()
# Shown where the key is not among the keys any more: the page still opens.
_UNREADABLE = Contact(privacy.MASK * 3, privacy.MASK * 4, privacy.MASK * 3, privacy.MASK * 3)


def seal(contact: Contact, *, store_id: int, number: str) -> bytes:
    """Good for the order of this number in this store only; nothing for nobody."""
    if contact == NOBODY:
        return b""
    # By hand: `astuple` copies deeply, which takes longer than the sealing.
    fields = (contact.recipient, contact.phone, contact.address, contact.buyer_memo)
    return sealing.seal_bytes(orjson.dumps(fields), place=_place(store_id, number))


def unseal(sealed: bytes | memoryview, *, store_id: int, number: str) -> Contact:
    """Raises Unreadable."""
    if not sealed:
        return NOBODY
    return Contact(*orjson.loads(sealing.unseal_bytes(sealed, place=_place(store_id, number))))


def unseal_masked(sealed: bytes | memoryview, store_id: int, number: str) -> Contact:
    try:
        return unseal(sealed, store_id=store_id, number=number).masked()
    except sealing.Unreadable:
        return _UNREADABLE


def phone_digest(phone: str) -> bytes | None:
    """What an order is found by; nothing for a text without digits."""
    digits = privacy.normal_phone(phone)
    return sealing.digest(digits.encode(), purpose="phone") if digits else None


def phone_digests(phone: str) -> list[bytes]:
    """By every key: during a change of keys orders have digests of the old one, too."""
    digits = privacy.normal_phone(phone)
    return list(sealing.digests(digits.encode(), purpose="phone")) if digits else []


def _place(store_id: int, number: str) -> str:
    return f"order {store_id} {number}"
