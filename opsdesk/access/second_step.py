"""The second step of a log-in: a code from the person's phone, or one of ten kept on paper.

Anybody may set it up; administrators and finance must where `SECOND_STEP_REQUIRED` is on. Until
the step is taken, a session opens nothing but the page that asks for it (`middleware.py`).

Who reads the database can take no step with it: the phone's secret is sealed, bound to its person,
and of recovery codes only slow hashes are kept.
"""

from __future__ import annotations

import time
from base64 import b32encode, b64decode, b64encode, urlsafe_b64encode
from datetime import datetime
from hashlib import pbkdf2_hmac
from os import urandom

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from opsdesk import sealing
from opsdesk.access import sessions, throttle
from opsdesk.audit import services as audit
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from opsdesk.wording import duration

MUST = {Role.ADMINISTRATOR, Role.FINANCE}
RECOVERY_CODES = 10
# 60 bits a code: with so many rounds a guess costs more than there is to be had.
_CODE_LETTERS, _ROUNDS = 12, 10_000
_KEY_BYTES = 20
# In the session: the step is taken, or there is none to take.
_STATE, _TAKEN, _NONE = "second_step", "taken", "none"


class WrongCode(DomainError):
    code = "wrong_code"


def is_required(user: User) -> bool:
    if not settings.SECOND_STEP_REQUIRED:
        return False
    held: set[str] = set().union(*user.roles_by_store.values())
    return user.is_superuser or bool(MUST & held)


def is_set_up(user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def is_due(session: SessionBase, user: User) -> bool:
    """Does this session still wait for the step? Asked of the database once per session."""
    if session.get(_STATE):
        return False
    if is_set_up(user) or is_required(user):
        return True
    session[_STATE] = _NONE
    return False


def take(session: SessionBase) -> None:
    """The step is taken in this session, which gets a new key: rights have grown."""
    session.cycle_key()
    session[_STATE] = _TAKEN


def check_code(*, user: User, code: str, at: datetime) -> None:
    """The code is right, and used up. Raises WrongCode, also for one that comes too early."""
    keys = throttle.second_step_keys(user.pk)
    wait = throttle.take_turn(keys, at=at)
    if wait is not None:
        raise WrongCode(
            _("Too many wrong codes. Try again in %(wait)s.") % {"wait": duration(wait)}
        )
    if not _uses_up(user, code.replace(" ", "")):
        raise WrongCode(_("This code is not right, or was used before."))
    throttle.give_back(keys)


def begin_set_up(*, user: User) -> TOTPDevice:
    """A secret the person's phone can take; the same one until it is confirmed.

    Raises Conflict where the step is set up already: it is taken away first.
    """
    if is_set_up(user):
        raise Conflict(_("The second step is set up already."))
    device, _created = TOTPDevice.objects.get_or_create(
        user=user,
        confirmed=False,
        defaults={"name": user.username, "key": _sealed(urandom(_KEY_BYTES), user.pk)},
    )
    return device


def key_of(device: TOTPDevice) -> bytes:
    """What phone and we share. Raises Unreadable."""
    return sealing.unseal_bytes(b64decode(device.key), place=_place(device.user_id))


def _sealed(key: bytes, user_id: int) -> str:
    """In the width of the column."""
    return b64encode(sealing.seal_bytes(key, place=_place(user_id))).decode()


def _place(user_id: int) -> str:
    return f"second step {user_id}"


def address_of(device: TOTPDevice) -> str:
    """What the picture tells the phone."""
    return TOTPDevice(user=device.user, key=key_of(device).hex()).config_url


def secret_of(device: TOTPDevice) -> str:
    """The secret in the letters that people type into their phone, in groups of four."""
    letters = b32encode(key_of(device)).decode().rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def confirm_set_up(*, user: User, code: str, at: datetime) -> list[str]:
    """From now on log-ins of this person take two steps. Returns the recovery codes, shown once.

    Every session of theirs ends. Raises WrongCode, Conflict where somebody was first.
    """
    keys = throttle.second_step_keys(user.pk)
    if throttle.take_turn(keys, at=at) is not None:
        raise WrongCode(_("Too many wrong codes. Wait a little, then try again."))
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        device = begin_set_up(user=person)
        if not _is_shown(device, code.replace(" ", "")):
            raise WrongCode(_("This code is not right. Look whether the phone's clock is."))
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _new_recovery_codes(person)
        sessions.end_all(person)
        _record(person, "on")
    throttle.give_back(keys)
    return codes


def remove(*, user: User) -> bool:
    """The person's next log-in takes one step, or sets up a new one. False: there was none."""
    with transaction.atomic():
        gone, _by_model = TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        if gone:
            sessions.end_all(user)
            _record(user, "off")
    return bool(gone)


def _new_recovery_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = [_random_code() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=hash_of(code, user.pk)) for code in codes
    )
    return codes


def _random_code() -> str:
    return b32encode(urandom(10)).decode().lower()[:_CODE_LETTERS]


def hash_of(code: str, user_id: int) -> str:
    """What is kept of a recovery code, in the width of the column."""
    made = pbkdf2_hmac("sha256", code.encode(), f"recovery {user_id}".encode(), _ROUNDS, dklen=12)
    return urlsafe_b64encode(made).decode()


@transaction.atomic
def _uses_up(user: User, code: str) -> bool:
    """Is it what the phone shows, or a recovery code? Neither is one a second time."""
    devices = TOTPDevice.objects.filter(user=user, confirmed=True).select_for_update()
    if any(_is_shown(device, code) for device in devices.order_by("pk")):
        return True
    codes = StaticToken.objects.filter(device__user=user, token=hash_of(code.lower(), user.pk))
    gone, _by_model = codes.delete()
    return bool(gone)


def _is_shown(device: TOTPDevice, code: str) -> bool:
    """Now, or half a minute earlier or later; used up with that. The caller holds its lock."""
    if not (code.isascii() and code.isdecimal() and len(code) == device.digits):
        return False
    shown = TOTP(key_of(device), device.step, device.t0, device.digits, device.drift)
    shown.time = time.time()
    if not shown.verify(int(code), device.tolerance, device.last_t + 1):
        return False
    device.last_t, device.drift = shown.t(), shown.drift
    device.last_used_at = timezone.now()
    device.save(update_fields=["last_t", "drift", "last_used_at"])
    return True


def reseal_keys() -> int:
    """The phones' secrets are sealed with the newest key. Returns how many were not.

    Each row on its own, under its lock; safe to repeat. Raises Unreadable.
    """
    count = 0
    for pk in TOTPDevice.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            device = TOTPDevice.objects.select_for_update(of=("self",)).get(pk=pk)
            if b64decode(device.key).startswith(sealing.marks()[0]):
                continue
            device.key = _sealed(key_of(device), device.user_id)
            device.save(update_fields=["key"])
        count += 1
    return count


SECRETS = sealing.Sealed("access.second_steps", reseal_keys)


def _record(user: User, state: str) -> None:
    audit.record(
        AuditEntry.Verb.CHANGED,
        model=User,
        subject_id=user.pk,
        label=user.username,
        details={"second_step": state},
    )
