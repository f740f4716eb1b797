"""The second step of a log-in: a code from the person's phone, or one of ten kept on paper.

Anybody may set it up; administrators and finance must where `SECOND_STEP_REQUIRED` is on. Until
the step is taken, a session opens nothing but the page that asks for it (`middleware.py`).
"""

from __future__ import annotations

from base64 import b32encode
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from opsdesk.access import sessions, throttle
from opsdesk.audit import services as audit
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from opsdesk.wording import duration

MUST = {Role.ADMINISTRATOR, Role.FINANCE}
RECOVERY_CODES = 10
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
    if match_token(user, code.replace(" ", "")) is None:
        raise WrongCode(_("This code is not right, or was used before."))
    throttle.give_back(keys)


def begin_set_up(*, user: User) -> TOTPDevice:
    """A secret the person's phone can take; the same one until it is confirmed.

    Raises Conflict where the step is set up already: it is taken away first.
    """
    if is_set_up(user):
        raise Conflict(_("The second step is set up already."))
    device, _created = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": user.username}
    )
    return device


def secret_of(device: TOTPDevice) -> str:
    """The secret in the letters that people type into their phone, in groups of four."""
    letters = b32encode(device.bin_key).decode().rstrip("=")
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
        if not device.verify_token(code.replace(" ", "")):
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
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _record(user: User, state: str) -> None:
    audit.record(
        AuditEntry.Verb.CHANGED,
        model=User,
        subject_id=user.pk,
        label=user.username,
        details={"second_step": state},
    )
