"""Waybill numbers as they are kept, and as their carriers write them (FUL-3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fulfillment.waybill_forms import forms_of
from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from fulfillment.models import Carrier

_FORM = re.compile(r"^[0-9A-Z][0-9A-Z-]{3,59}$")


class BadWaybill(DomainError):
    """No carrier, or not this one, writes waybills like this."""

    code = "bad_waybill"


def folded(text: str) -> str:
    """Without blanks, in capitals: as a waybill, or its beginning, is compared."""
    return "".join(text.split()).upper()


def cleaned(text: str) -> str:
    """As it is kept. Raises BadWaybill."""
    waybill = folded(text)
    if not _FORM.match(waybill):
        raise BadWaybill(
            _("A waybill has 4 to 60 letters and digits; hyphens may stand between them.")
        )
    return waybill


def checked(text: str, carrier: Carrier) -> str:
    """As it is kept, and as this carrier writes its waybills where that is known (FUL-3).

    Raises BadWaybill, which says whether a digit is wrong or the whole is another carrier's.
    """
    waybill = cleaned(text)
    forms = forms_of(carrier.code, carrier.kuaidi100_code, carrier.easypost_code)
    matches = [(form, found) for form in forms if (found := form.pattern.fullmatch(waybill))]
    if not forms or any(form.is_right(found) for form, found in matches):
        return waybill
    if matches:
        says = _("%(waybill)s: its check digit is wrong. Scan it again, or type it anew.")
    else:
        says = _("%(waybill)s: %(carrier)s does not write waybills like this.")
    raise BadWaybill(
        says % {"waybill": waybill, "carrier": carrier}, waybill=waybill, carrier=carrier.code
    )
