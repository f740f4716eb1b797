"""Secrets and personal data at rest: sealed with the newest key, opened with whichever fits.

A database that gets into other hands tells nothing without `FIELD_KEYS`, which it does not hold.
Single secrets are text (Fernet). What comes by the hundred thousand is bytes, in a tenth of the
time (AES-GCM), and bound to its place: moved to another row it does not open. Digests are keyed,
so that a guessed telephone number can't be compared with what is stored.

Apps register what they have sealed (`register`), and `reseal_all` moves it to the newest key.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

# Sealed bytes are the key's mark, a nonce and the cipher's text with its tag.
MARK = 4
_NONCE = 12
DIGEST = 16


class Unreadable(DomainError):
    """Sealed with a key that is not among the keys any more."""

    code = "unreadable_secret"


@dataclass(frozen=True)
class _Ring:
    """What is derived from `FIELD_KEYS`, the newest first: a cipher by mark, keys of digests."""

    ciphers: dict[bytes, AESGCM]
    digest_keys: tuple[bytes, ...]
    fernet: MultiFernet


def seal(text: str) -> str:
    """What is stored in place of the text; nothing for nothing."""
    return _ring().fernet.encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _ring().fernet.decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise _unreadable() from error


def reseal(sealed: str) -> str:
    """The same text, sealed with the newest key. Raises Unreadable."""
    return seal(unseal(sealed))


def seal_bytes(content: bytes, *, place: str) -> bytes:
    """What is stored in place of the content, good for this place only; nothing for nothing."""
    if not content:
        return b""
    mark, cipher = next(iter(_ring().ciphers.items()))
    nonce = os.urandom(_NONCE)
    return mark + nonce + cipher.encrypt(nonce, content, place.encode())


def unseal_bytes(sealed: bytes | memoryview, *, place: str) -> bytes:
    """The content. Raises Unreadable, also for what was sealed for another place."""
    if not sealed:
        return b""
    sealed = bytes(sealed)
    nonce, text = sealed[MARK : MARK + _NONCE], sealed[MARK + _NONCE :]
    try:
        return _ring().ciphers[sealed[:MARK]].decrypt(nonce, text, place.encode())
    except (KeyError, InvalidTag) as error:
        raise _unreadable() from error


def marks() -> list[bytes]:
    """How sealed bytes begin, by key, the newest first."""
    return list(_ring().ciphers)


def digest(content: bytes, *, purpose: str) -> bytes:
    """16 bytes, equal for equal content and purpose, of the newest key."""
    return _digest(_ring().digest_keys[0], content, purpose)


def digests(content: bytes, *, purpose: str) -> Iterator[bytes]:
    """The digest by each key, the newest first: what is stored may be of an older one."""
    for key in _ring().digest_keys:
        yield _digest(key, content, purpose)


def _digest(key: bytes, content: bytes, purpose: str) -> bytes:
    return blake2b(content, key=key, digest_size=DIGEST, person=purpose.encode()).digest()


def _unreadable() -> Unreadable:
    return Unreadable(_("A stored secret can't be read with the present keys: enter it again."))


def _ring() -> _Ring:
    return _ring_of(tuple(settings.FIELD_KEYS))


@cache
def _ring_of(keys: tuple[str, ...]) -> _Ring:
    secrets = [base64.urlsafe_b64decode(key) for key in keys]
    return _Ring(
        {
            _derived(secret, "mark", MARK): AESGCM(_derived(secret, "seal", 32))
            for secret in secrets
        },
        tuple(_derived(secret, "digest", 32) for secret in secrets),
        MultiFernet([Fernet(key) for key in keys]),
    )


def _derived(secret: bytes, use: str, length: int) -> bytes:
    """A key for one use only: neither of two uses can give the other away."""
    return HKDF(SHA256(), length, salt=None, info=f"opsdesk {use}".encode()).derive(secret)


@dataclass(frozen=True)
class Sealed:
    """Something an app keeps sealed. `reseal` seals what is not of the newest key, in batches that
    commit on their own, and answers how many rows that were; safe to repeat and to break off."""

    code: str
    reseal: Callable[[], int]


_sealed: dict[str, Sealed] = {}


def register(*kinds: Sealed) -> None:
    for kind in kinds:
        _sealed.setdefault(kind.code, kind)


def reseal_all() -> dict[str, int]:
    """Everything that is sealed is sealed with the newest key. Returns how many rows, by kind.

    Raises Unreadable where none of the keys fits; what was done by then stays done.
    """
    return {code: _sealed[code].reseal() for code in sorted(_sealed)}
