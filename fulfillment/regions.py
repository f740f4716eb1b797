"""Where parcels go: regions of China by their codes of GB/T 2260, other countries by two letters.

A region is kept as short as it is: 33 is Zhejiang, 3301 Hangzhou, 330106 its district Xihu, CN the
whole of China, DE Germany. So the codes of what lies around a place are the beginnings of its own.
"""

from __future__ import annotations

import re

from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.errors import DomainError
from orders.review import regions as places

CHINA = "CN"
MOST = 6
# As the database checks it.
FORM = r"^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})$"
_COUNTRY = re.compile(r"^[A-Za-z]{2}$")
_DIGITS = re.compile(r"^[1-9][0-9]([0-9]{2}){0,2}$")

region_code = RegexValidator(
    FORM,
    gettext_lazy("A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE)."),
)


class UnknownRegion(DomainError):
    """Nobody knows a region of this code or name."""

    code = "unknown_region"


def code_of(text: str) -> str:
    """The code of a region that is given by its code or its name (330100, 浙江杭州, DE).

    Raises UnknownRegion. Of an address the region it begins with counts.
    """
    text = text.strip()
    if _COUNTRY.match(text):
        return text.upper()
    if _DIGITS.match(text):
        code = shortened(text)
        if places.name_of(code.ljust(MOST, "0")) is not None:
            return code
    elif found := places.place_of(text).code:
        return shortened(found)
    raise UnknownRegion(
        _("“%(text)s” is no region: write its code (3301) or its name (浙江省杭州市).")
        % {"text": text[:40]}
    )


def found_in(text: str) -> str:
    """The region an address begins with, as it is kept; empty where it is not recognised."""
    try:
        return code_of(text)
    except UnknownRegion:
        return ""


def around(code: str) -> list[str]:
    """The region and all that it lies in, the smallest first: 330106, 3301, 33, CN."""
    if not code:
        return []
    if not code.isdigit():
        return [code]
    return [*(code[:length] for length in range(len(code), 0, -2)), CHINA]


def name_of(code: str) -> str:
    """As people say it: 浙江省 杭州市 for 3301; a country by its letters."""
    if code == CHINA:
        return _("all of China")
    return places.name_of(code.ljust(MOST, "0")) or code if code.isdigit() else code


def shortened(code: str) -> str:
    """A code without the zeros that only fill it up; anything else as it is."""
    return code.removesuffix("00").removesuffix("00") if _DIGITS.match(code) else code
