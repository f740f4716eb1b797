"""Refused access is on record: who asked for what, from where, and how often.

A refusal changes nothing and happens as often as somebody likes. So a person and an address (the
name of a URL) have one entry a minute, which tells how many refusals it stands for; what nobody
asked for again is told by an hourly job. Names that belong to nobody share one counter: whoever
guesses them fills nothing. Called outside of the transaction that was rolled back.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from opsdesk import tracing
from opsdesk.access.models import Refusal
from opsdesk.audit import services as audit
from opsdesk.audit.context import acting
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.models import User
from opsdesk.tokens.models import ApiToken

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store

logger = logging.getLogger("opsdesk.access")

_TOKEN = re.compile(r"bearer\s+(od_[0-9a-f]{8})_", re.IGNORECASE)

FORGOTTEN_AFTER = timedelta(days=1)
SETTLED_AFTER = timedelta(minutes=2)


def note(
    *,
    person: User | None,
    what: str,
    at: datetime,
    store: Store | None = None,
    details: dict[str, Any] | None = None,
) -> bool:
    """The refusal is counted, and in the trail unless its minute has an entry already.

    `what` names the address, never its query. True: an entry was written. Locks the counter.
    """
    minute = at.replace(second=0, microsecond=0)
    with transaction.atomic():
        Refusal.objects.get_or_create(
            person=person, what=what, defaults={"minute": minute - timedelta(minutes=1)}
        )
        counter = Refusal.objects.select_for_update(of=("self",)).get(person=person, what=what)
        if counter.minute >= minute:
            counter.uncounted += 1
            counter.save(update_fields=["uncounted"])
            return False
        _record(counter, times=counter.uncounted + 1, store=store, details=details)
        counter.minute, counter.uncounted = minute, 0
        counter.save(update_fields=["minute", "uncounted"])
    return True


def settle(*, at: datetime) -> int:
    """What was refused after its minute's entry has an entry of its own. Returns how many.

    Counters nobody met for a day are gone. Safe to repeat.
    """
    settled = 0
    waiting = Refusal.objects.filter(uncounted__gt=0, minute__lt=at - SETTLED_AFTER)
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            counter = waiting.select_for_update(of=("self",)).filter(pk=pk).first()
            if counter is None:
                continue
            with acting(user=counter.person):
                _record(counter, times=counter.uncounted)
            Refusal.objects.filter(pk=pk).update(uncounted=0)
            settled += 1
    Refusal.objects.filter(uncounted=0, minute__lt=at - FORGOTTEN_AFTER).delete()
    return settled


def note_request(request: HttpRequest, *, store: Store | None = None, status: int = 403) -> None:
    """The answer of this request is a refusal: on record if it is known who asks.

    A person by their session or token; a token that opens nothing any more by its prefix. What
    goes wrong here is logged: the refusal stands all the same.
    """
    try:
        person, token = _who(request)
        if person is None or request.resolver_match is None:
            return
        details = {"method": request.method, "status": status}
        if token is not None:
            details["token"] = token.prefix
        note(
            person=person,
            what=request.resolver_match.view_name,
            at=timezone.now(),
            store=store or (token.store if token else None),
            details=details,
        )
    except DatabaseError:
        logger.exception("A refusal could not be recorded")


def note_failed_log_in(account: str) -> None:
    """Somebody was not let in by this name, which is kept nowhere if it is nobody's."""
    try:
        person = User.objects.filter(username=account).first()
        note(person=person, what=settings.LOGIN_URL, at=timezone.now())
    except DatabaseError:
        logger.exception("A failed log-in could not be recorded")


def _who(request: HttpRequest) -> tuple[User | None, ApiToken | None]:
    trace = tracing.current()
    prefix = trace.token if trace else ""
    if not prefix:
        sent = _TOKEN.match(request.headers.get("Authorization", ""))
        prefix = sent[1] if sent else ""
    if prefix:
        found = ApiToken.objects.select_related("user", "store").filter(prefix=prefix).first()
        return (found.user, found) if found else (None, None)
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return request.user, None
    return None, None


def _record(
    counter: Refusal,
    *,
    times: int,
    store: Store | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    audit.record(
        AuditEntry.Verb.REFUSED,
        model=User,
        subject_id=counter.person_id,
        label=counter.person.username if counter.person else "",
        store=store,
        details={"what": counter.what, "times": times, **(details or {})},
    )
