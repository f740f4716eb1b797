"""The operations lead signs the day's inspection, and from then on it stays as it was (INS)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from opsdesk import privacy
from opsdesk.alerts.checks import title_for
from opsdesk.alerts.models import Alert, Severity
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.inspection import checks, tasks
from opsdesk.inspection.models import (
    CheckResult,
    InspectionRun,
    InspectionSheet,
    ManualAnswer,
    ManualItem,
)
from opsdesk.inspection.numbers import ROWS_KEPT
from opsdesk.inspection.services.answering import PROBLEM, DaySigned
from opsdesk.inspection.services.days import items_of, lock_day, results_of, unseen_on
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

SIGN = "inspection.sign_inspection"
MOST_NAMED = 3
_GRAVEST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


class NotReadyToSign(DomainError):
    """Something of the day is missing; the message says what."""

    code = "not_ready_to_sign"


def sign_inspection(
    *, store: Store, day: date, note: str = "", actor: User, at: datetime
) -> InspectionSheet:
    """The day's sheet is frozen with its digest and the actor's name under it, once (INS).

    Whoever subscribed is mailed soon after. Raises NotAllowed, NotReadyToSign, and DaySigned that
    names who was first. Holds the lock of the store's day: no answer comes in between.
    """
    if not actor.has_perm(SIGN, store):
        raise NotAllowed(_("You may not sign inspections of %(store)s.") % {"store": store})
    with transaction.atomic():
        lock_day(store, day)
        _refuse_second(store, day)
        missing = missing_for(store, day, at=at)
        if missing:
            raise NotReadyToSign(" ".join(missing))
        with override(store.language):
            content = canonical(content_of(store, day, at=at))
        sheet = InspectionSheet.objects.create(
            store=store,
            business_date=day,
            content=content,
            sha256=digest_of(content),
            note=privacy.mask_mobiles(note.strip())[:500],
            is_late=store.business_date(at) > day,
            signed_by=actor,
            signed_at=at,
        )
        hint(tasks.mail_sheets)
    return sheet


def _refuse_second(store: Store, day: date) -> None:
    signed = InspectionSheet.objects.select_related("signed_by").filter(
        store=store, business_date=day
    )
    first = signed.first()
    if first is not None:
        raise DaySigned(
            _("%(person)s has signed %(day)s already.")
            % {"person": first.signed_by, "day": day.isoformat()}
        )


def missing_for(store: Store, day: date, *, at: datetime) -> list[str]:
    """What stands in the way of signing the day, in sentences; empty where it can be signed."""
    if day > store.business_date(at):
        return [_("That day has not come yet.")]
    runs = InspectionRun.objects.filter(store=store, business_date=day)
    found = []
    if runs.under_way().exists():
        found.append(_("An inspection is under way: wait for its end."))
    elif not runs.filter(state=InspectionRun.State.DONE).exists():
        found.append(_("The store was not inspected on that day."))
    else:
        found += _not_checked(unseen_on(store, day, at=at))
    unanswered = items_of(store, day).filter(is_required=True).unanswered(day)
    titles = [item.title for item in unanswered]
    if titles:
        found.append(_("Not answered yet: %(items)s.") % {"items": ", ".join(titles)})
    return found


def _not_checked(codes: list[str]) -> list[str]:
    if not codes:
        return []
    titles = ", ".join(checks.title_of(code) for code in codes[:MOST_NAMED])
    words = ngettext(
        "%(count)s check has no result of that day: %(checks)s.",
        "%(count)s checks have no result of that day: %(checks)s.",
        len(codes),
    )
    more = " …" if len(codes) > MOST_NAMED else ""
    return [words % {"count": len(codes), "checks": titles + more}]


def canonical(content: dict[str, Any]) -> str:
    """JSON with its keys in order and nothing between them: the same text for the same content."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def digest_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def content_of(store: Store, day: date, *, at: datetime) -> dict[str, Any]:
    """What is signed: each check's last result, what people saw, and what is open now.

    Texts are in the store's language. No personal data. A fixed number of queries.
    """
    answers = ManualAnswer.objects.current().filter(item__store=store, business_date=day)
    of_items = {
        answer.item_id: answer
        for answer in answers.select_related("answered_by").prefetch_related("photos")
    }
    answered = ManualItem.objects.filter(pk__in=of_items)
    items = (items_of(store, day).order_by() | answered).distinct().order_by("position", "pk")
    shown, count = _open_findings(store, at)
    return {
        "store": store.code,
        "store_name": str(store),
        "day": day.isoformat(),
        "at": at.isoformat(),
        "checks": [_result(result) for result in results_of(store, day)],
        "items": [_item(item, of_items.get(item.pk)) for item in items],
        "open": [_open(alert) for alert in shown],
        "open_count": count,
    }


def _result(result: CheckResult) -> dict[str, Any]:
    return {
        "code": result.code,
        "title": checks.title_of(result.code),
        "outcome": result.outcome,
        "reason": result.reason,
        "new": result.new,
        "persisting": result.persisting,
        "cleared": result.cleared,
        "figures": [
            {"name": words, "value": str(value)}
            for words, value in checks.figures_of(result.code, result.figures)
        ],
        "at": result.at.isoformat(),
    }


def _item(item: ManualItem, answer: ManualAnswer | None) -> dict[str, Any]:
    return {
        "item": str(item.pk),
        "title": item.title,
        "owner_role": item.owner_role,
        "verdict": answer.verdict if answer else "",
        "note": answer.note if answer else "",
        "by": str(answer.answered_by) if answer else "",
        "at": answer.answered_at.isoformat() if answer else "",
        "photos": [photo.sha256 for photo in answer.photos.all()] if answer else [],
    }


def _open_findings(store: Store, at: datetime) -> tuple[list[Alert], int]:
    """The gravest that are open of what the inspection looks for, and how many there are."""
    kinds = {kind.code for check in checks.all_checks() for kind in check.kinds}
    alerts = Alert.objects.open().filter(store=store, check_code__in=kinds | {PROBLEM.code})
    graver = Case(
        *(When(severity=severity, then=Value(n)) for n, severity in enumerate(_GRAVEST)),
        default=Value(len(_GRAVEST)),
        output_field=IntegerField(),
    )
    most = int(procedure.value_of(ROWS_KEPT.key, store=store, at=at))
    return list(alerts.order_by(graver, "opened_at", "pk")[:most]), alerts.count()


def _open(alert: Alert) -> dict[str, Any]:
    return {
        "alert": str(alert.pk),
        "kind": alert.check_code,
        "title": title_for(alert.check_code, alert.evidence),
        "subject": alert.subject_label,
        "severity": alert.severity,
        "owner_role": alert.owner_role,
        "opened_at": alert.opened_at.isoformat(),
        "deadline_at": alert.deadline_at.isoformat() if alert.deadline_at else "",
    }
