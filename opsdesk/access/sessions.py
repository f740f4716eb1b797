"""How long a session lives: three hours without a click, twelve hours in any case.

It also ends when the password, the roles or the account change: see `User.session_stamp`. Times
are kept in the session as whole seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from opsdesk.stores.models import User

SIGNED_IN, SEEN = "signed_in_at", "seen_at"
# What pages ask for by themselves proves nobody's presence.
LIVE_PARTS = {"admin:badges", "admin:desk-rows"}
# A click is noted once in so many seconds: each note is a write.
NOTE_EVERY = 300


def is_over(session: SessionBase, at: datetime) -> bool:
    """Has it been idle for too long, or lived for too long?"""
    now = int(at.timestamp())
    idle = now - session.get(SEEN, now)
    age = now - session.get(SIGNED_IN, now)
    return idle >= settings.SESSION_IDLE_SECONDS or age >= settings.SESSION_COOKIE_AGE


def note(session: SessionBase, at: datetime) -> None:
    """The person is there. Writes the session at most every five minutes."""
    now = int(at.timestamp())
    session.setdefault(SIGNED_IN, now)
    if now - session.get(SEEN, 0) >= NOTE_EVERY:
        session[SEEN] = now


def end_all(user: User) -> None:
    """Every session of this person is over, as of their next requests."""
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)


class SessionLimitsMiddleware:
    """After the authentication's: a session that is over signs nobody in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        at = timezone.now()
        if is_over(request.session, at):
            logout(request)
            return self.get_response(request)
        response = self.get_response(request)
        match = request.resolver_match
        if request.user.is_authenticated and not (match and match.view_name in LIVE_PARTS):
            note(request.session, at)
        return response
