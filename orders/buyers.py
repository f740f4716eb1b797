"""To whom an invoice is made out, as it is stored: one sealed value per invoice."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import orjson
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk import privacy, sealing

LABELS = {
    "title": pgettext_lazy("an invoice", "title"),
    "tax_number": _("tax number"),
    "address": _("address"),
    "bank": _("bank and account"),
    "email": _("mail address"),
}


@dataclass(frozen=True, slots=True)
class Buyer:
    """In clear. `email` and `address` are also where the invoice goes."""

    title: str = ""
    tax_number: str = ""
    address: str = ""
    bank: str = ""
    email: str = ""

    def masked(self, *, is_company: bool) -> Buyer:
        """As everybody may see it who may look at the invoice: of a company its name stays."""
        return Buyer(
            self.title if is_company else privacy.mask_name(self.title),
            privacy.mask_identifier(self.tax_number) if self.tax_number else "",
            privacy.MASK * 3 if self.address else "",
            privacy.MASK * 3 if self.bank else "",
            privacy.MASK * 3 if self.email else "",
        )


NOBODY = Buyer()
# Shown where the key is not among the keys any more: the page still opens.
_UNREADABLE = Buyer(privacy.MASK * 3)


def seal(buyer: Buyer, *, reference: str) -> bytes:
    """Good for the invoice of this reference only; nothing for nobody."""
    if buyer == NOBODY:
        return b""
    return sealing.seal_bytes(orjson.dumps(astuple(buyer)), place=_place(reference))


def unseal(sealed: bytes | memoryview, *, reference: str) -> Buyer:
    """Raises Unreadable."""
    if not sealed:
        return NOBODY
    return Buyer(*orjson.loads(sealing.unseal_bytes(sealed, place=_place(reference))))


def unseal_masked(sealed: bytes | memoryview, *, reference: str, is_company: bool) -> Buyer:
    try:
        return unseal(sealed, reference=reference).masked(is_company=is_company)
    except sealing.Unreadable:
        return _UNREADABLE


def _place(reference: str) -> str:
    return f"invoice {reference}"
