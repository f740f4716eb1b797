"""Digests: each morning what is open, on Mondays what keeps coming back, to those who asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk import privacy, wording
from opsdesk.alerts import storms
from opsdesk.alerts.checks import title_of, titles
from opsdesk.alerts.models import STORM, Alert, AlertQuerySet, Severity
from opsdesk.alerts.noise import Noise, noise_of
from opsdesk.exchange.adapters import mail
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import wording_in_force
from opsdesk.notices import texts
from opsdesk.notices.models import Subscription
from opsdesk.stores.models import Membership, Store

if TYPE_CHECKING:
    from opsdesk.exchange.texts import TextKind

MOST_LINES = 20
MOST_CHECKS = 5
MONDAY = 0
WEEK = timedelta(days=7)
# What the lines of a text stand in for until they are a table.
PLACE = "\N{INVISIBLE SEPARATOR}lines\N{INVISIBLE SEPARATOR}"


@dataclass(frozen=True)
class Line:
    """One alert or check: what it is, what is to be said of it, where it is found."""

    title: str
    details: str
    link: str = ""

    def __str__(self) -> str:
        return " · ".join(part for part in (self.title, self.details) if part)


@dataclass(frozen=True)
class Digest:
    """What a person is told: nothing to say where there are no lines."""

    summary: str
    lines: Sequence[Line]


def send_digests(*, store: Store, day: date, at: datetime) -> int:
    """Who asked for the digests of that business day has them on the way, each once.

    Returns how many messages. A digest without anything to say goes to those who want that told,
    too. Safe to repeat: message and day are unique.
    """
    is_monday = day.weekday() == MONDAY
    weekly = Q(tells_weekly=True) if is_monday else Q(pk=None)
    asked = (
        Subscription.objects.filter(Q(tells_daily=True) | weekly, store=store)
        .filter(target__isnull=False, person__in=_people_of(store))
        .select_related("person", "target", "store")
        .order_by("pk")
    )
    noise = noise_of([store], since=at - WEEK, at=at, but=[STORM]) if is_monday else []
    with transaction.atomic():
        drafts = [draft for each in asked for draft in _drafts(each, noise, day, at, is_monday)]
        outbox.enqueue_messages(drafts, at=at)
    return len(drafts)


def _people_of(store: Store) -> Any:
    """Who left the store, or may not sign in any more, is told nothing."""
    here = Membership.objects.filter(store=store, store__is_active=True, user__is_active=True)
    return here.values("user")


def _drafts(
    asked: Subscription, noise: Sequence[Noise], day: date, at: datetime, is_monday: bool
) -> Iterable[Draft]:
    assert asked.target is not None  # `send_digests` asks for those that go through one.
    by_mail = asked.target.adapter == mail.MAIL.code
    if by_mail and not asked.person.email:
        return
    language = asked.person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        if asked.tells_daily:
            daily = _daily(asked, at)
            if daily.lines or asked.tells_nothing_too:
                yield _draft(asked, texts.DAILY, daily, day, at)
        if asked.tells_weekly and is_monday:
            weekly = _weekly(asked, noise, at)
            if weekly.lines or asked.tells_nothing_too:
                yield _draft(asked, texts.WEEKLY, weekly, day, at)


def _wanted(asked: Subscription, rows: AlertQuerySet) -> AlertQuerySet:
    """Of these the alerts that the subscription is about."""
    rows = rows.in_stores([asked.store_id])
    if asked.scope == Subscription.Scope.MINE:
        rows = rows.concerning(asked.person)
    least = Severity.values.index(asked.least_severity)
    rows = rows.filter(severity__in=Severity.values[least:])
    if asked.check_codes:
        rows = rows.filter(
            Q(check_code__in=asked.check_codes)
            | Q(check_code=STORM, evidence__check__in=asked.check_codes)
        )
    return rows


def _daily(asked: Subscription, at: datetime) -> Digest:
    rows = _wanted(asked, Alert.objects.awake(at))
    counts = rows.order_by().aggregate(
        all=Count("pk"),
        new=Count("pk", filter=Q(opened_at__gt=at - timedelta(days=1))),
        overdue=Count("pk", filter=Q(deadline_at__lt=at)),
        climbed=Count("pk", filter=Q(level__gte=1)),
    )
    soonest = F("deadline_at").asc(nulls_last=True)
    shown = list(rows.order_by(soonest, "-money_at_risk", "pk")[:MOST_LINES])
    storms.count_folded(shown)
    lines = [_line(alert, _due(alert, asked.store)) for alert in shown]
    lines += _more(counts["all"] - len(shown))
    if not lines:
        return Digest(_("Nothing is open."), [])
    parts = [
        _("Open: %(all)s.") % counts,
        _("New since yesterday: %(new)s.") % counts,
        _("Overdue: %(overdue)s.") % counts,
        _("Climbed: %(climbed)s.") % counts,
    ]
    return Digest(" ".join(parts), lines)


def _weekly(asked: Subscription, noise: Sequence[Noise], at: datetime) -> Digest:
    rows = _wanted(asked, Alert.objects.filter(is_recurring=True, last_seen_at__gt=at - WEEK))
    count = rows.count()
    shown = list(rows.order_by("-days_seen", "-times_reopened", "pk")[:MOST_LINES])
    storms.count_folded(shown)
    lines = [_line(alert, _returns(alert)) for alert in shown]
    lines += _more(count - len(shown))
    named = dict(titles())
    noisy = [one for one in noise if one.is_noisy and one.check_code in named]
    if asked.check_codes:
        noisy = [one for one in noisy if one.check_code in asked.check_codes]
    lines += [
        Line(
            named[one.check_code],
            _("ignored %(ignored)s of %(opened)s times")
            % {"ignored": one.ignored, "opened": one.opened},
            f"{settings.SITE_URL}{reverse('admin:alerts_alert_noise')}",
        )
        for one in noisy[:MOST_CHECKS]
    ]
    if not lines:
        return Digest(_("Nothing keeps coming back."), [])
    return Digest(_("Keeps coming back: %(count)s.") % {"count": count}, lines)


def _line(alert: Alert, said: str) -> Line:
    title, subject = title_of(alert), alert.subject_words
    details = " · ".join(part for part in (subject if subject != title else "", said) if part)
    return Line(
        privacy.mask_mobiles(title),
        privacy.mask_mobiles(details),
        f"{settings.SITE_URL}{reverse('admin:alerts_alert_change', args=[alert.pk])}",
    )


def _due(alert: Alert, store: Store) -> str:
    if alert.deadline_at is None:
        return ""
    return _("act by %(moment)s") % {"moment": wording.moment(alert.deadline_at, store.zone)}


def _returns(alert: Alert) -> str:
    days = ngettext("seen on %(days)s day", "seen on %(days)s days", alert.days_seen)
    return days % {"days": alert.days_seen}


def _more(count: int) -> list[Line]:
    if count <= 0:
        return []
    return [Line(_("and %(count)s more on the desk") % {"count": count}, "")]


def _draft(asked: Subscription, kind: TextKind, digest: Digest, day: date, at: datetime) -> Draft:
    person, target = asked.person, asked.target
    assert target is not None
    language = translation.get_language() or settings.LANGUAGE_CODE
    values = {
        "person": person.get_full_name() or person.get_username(),
        "store": str(asked.store),
        "summary": digest.summary,
        "alerts": "\n".join(map(str, digest.lines)),
        "desk": f"{settings.SITE_URL}{reverse('admin:index')}",
        "subscriptions": (
            f"{settings.SITE_URL}{reverse('admin:notices_subscription_change', args=[asked.pk])}"
        ),
    }
    worded = wording_in_force(kind.code, store=asked.store, language=language)
    text = worded.filled(values)
    payload = {"subject": text.subject, "text": text.body}
    by_mail = target.adapter == mail.MAIL.code
    if by_mail:
        before, _place, after = worded.filled({**values, "alerts": PLACE}).body.partition(PLACE)
        payload["html"] = render_to_string(
            "notices/digest.html",
            {"subject": text.subject, "before": before, "after": after, "lines": digest.lines},
        )
    return Draft(
        target,
        kind=kind.code,
        key=f"digest:{kind.code}:{asked.pk}:{day}",
        payload=payload,
        recipient=person.email if by_mail else "",
        not_before=asked.after_quiet(at.astimezone(asked.store.zone)),
    )
