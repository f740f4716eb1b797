"""Waybill numbers as they are kept."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

_FORM = re.compile(r"^[0-9A-Z][0-9A-Z-]{3,59}$")


class BadWaybill(DomainError):
    """No carrier writes waybills like this."""

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
