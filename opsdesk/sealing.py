"""Secrets at rest: sealed with the newest key, opened with whichever of the keys fits.

A database that gets into other hands tells nothing without `FIELD_KEYS`, which it does not hold.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError


class Unreadable(DomainError):
    """Sealed with a key that is not among the keys any more."""

    code = "unreadable_secret"


def seal(text: str) -> str:
    """What is stored in place of the text; nothing for nothing."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(
            _("A stored secret can't be read with the present keys: enter it again.")
        ) from error


def reseal(sealed: str) -> str:
    """The same text, sealed with the newest key. Raises Unreadable."""
    return seal(unseal(sealed))


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
