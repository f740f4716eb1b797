"""Feeds of data that come by themselves, and when one of them has not come (INS-8).

A chapter registers what it hears of and when. How long a feed may be silent its own history says:
of each day on which it came, the longest pause before it; nine in ten of these are not longer than
the usual pause, so that nights and weekends are usual. A store that has no such feed is not
expected to have one, and one that came on few days so far is not known well enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Store
    from opsdesk.stores.roles import Role

WINDOW = Setting(
    key="exchange.feed_window",
    clause="INS-8",
    title=_("How often feeds come is known from the last"),
    default=Decimal(60),
    unit=Unit.DAYS,
    minimum=Decimal(7),
    maximum=Decimal(366),
)
LEAST_DAYS = Setting(
    key="exchange.feed_least_days",
    clause="INS-8",
    title=_("How often a feed comes is known once it came on"),
    default=Decimal(5),
    unit=Unit.DAYS,
    minimum=Decimal(2),
    maximum=Decimal(60),
)
FACTOR = Setting(
    key="exchange.feed_silent_factor",
    clause="INS-8",
    title=_("A feed has not come after so many times its usual pause"),
    default=Decimal("1.5"),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(100),
)
NEVER_WITHIN = Setting(
    key="exchange.feed_first_within",
    clause="INS-8",
    title=_("A feed that was set up comes for the first time within"),
    default=Decimal(2),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(60),
)
SETTINGS = (WINDOW, LEAST_DAYS, FACTOR, NEVER_WITHIN)

# Code of a feed → its title.
_titles: dict[str, str | Promise] = {}

SILENT = AlertKind(
    code="exchange.feed_silent",
    title=_("A feed of data has not come"),
    clause="INS-8",
    runbook=_(
        "Ask whoever sends it, and look whether its deliveries are refused or its job stands "
        "still. Until it comes, what it tells is missing here. Once it has come the next "
        "inspection closes the alert."
    ),
    evidence={
        "feed": _("feed"),
        "last": _("came last"),
        "silent_hours": _("hours of silence"),
        "usual_hours": _("usual pause in hours"),
        "days": _("days counted"),
    },
    words={"feed": _titles},
)


@dataclass(frozen=True)
class Feed:
    """Something that tells us of itself, again and again.

    `arrivals` is SQL for rows (part text, label text, subject_id bigint, at timestamptz) of
    %(store)s after %(since)s up to %(at)s: a part is what comes by its own beat, as a channel or a
    source. `expected` is SQL for rows (part, label, subject_id, since) of parts that were set up,
    heard of or not. `subject` is the model of the ids: its page tells more.
    """

    code: str
    title: str | Promise
    owner_role: Role
    arrivals: str
    subject: str
    expected: str = ""


_feeds: dict[str, Feed] = {}


def register(*feeds: Feed) -> None:
    for feed in feeds:
        known = _feeds.setdefault(feed.code, feed)
        if known != feed:
            raise ValueError(f"Two feeds are called {feed.code}.")
        _titles[feed.code] = feed.title


def all_feeds() -> list[Feed]:
    return [_feeds[code] for code in sorted(_feeds)]


@dataclass(frozen=True, slots=True)
class Beat:
    """How a part of a feed has come: when last, its usual pause, and on how many days."""

    part: str
    label: str
    subject_id: int | None
    last: datetime | None
    days: int
    usual: timedelta


@dataclass(frozen=True, slots=True)
class Heard:
    """How many parts of all feeds there are, known well enough, and silent."""

    feeds: int
    known: int
    silent: int


_BEATS = """
WITH arrival AS ({arrivals}), pause AS (
    SELECT part, (at AT TIME ZONE %(zone)s)::date AS day,
           at - lag(at) OVER (PARTITION BY part ORDER BY at) AS lasted
    FROM arrival
), longest AS (
    SELECT part, day, max(lasted) AS lasted FROM pause WHERE lasted IS NOT NULL GROUP BY part, day
), usual AS (
    SELECT part, count(*) AS days,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY lasted) AS lasted
    FROM longest GROUP BY part
)
SELECT a.part, max(a.label), max(a.subject_id), max(a.at), coalesce(min(u.days), 0), min(u.lasted)
FROM arrival a LEFT JOIN usual u USING (part)
GROUP BY a.part
ORDER BY a.part
"""


def look_for_silent(store: Store, *, at: datetime) -> Heard:
    """One open alert per part of a feed that is silent for longer than it usually is, or that was
    set up and never came; the others are closed. One or two statements per feed."""
    numbers = procedure.numbers_of(
        [setting.key for setting in SETTINGS], store=store, channel=None, at=at
    )
    facts = {
        "store": store.pk,
        "zone": store.timezone,
        "at": at,
        "since": at - timedelta(days=int(numbers[WINDOW.key].value)),
    }
    first_by = at - timedelta(days=int(numbers[NEVER_WITHIN.key].value))
    count = known = 0
    findings: list[alerts.Finding] = []
    for feed in all_feeds():
        beats = list(_beats(feed, facts))
        count += len(beats)
        for beat in beats:
            is_known = beat.days >= numbers[LEAST_DAYS.key].value
            known += is_known
            if is_known and _is_silent(beat, float(numbers[FACTOR.key].value), at):
                findings.append(_finding(feed, beat, at))
        never = _never_heard(feed, facts, {beat.part for beat in beats}, first_by)
        for beat in never:
            count, known = count + 1, known + 1
            findings.append(_finding(feed, beat, at))
    alerts.report(SILENT, findings, store_id=store.pk, at=at)
    return Heard(count, known, len(findings))


def _beats(feed: Feed, facts: dict[str, Any]) -> Iterator[Beat]:
    with connection.cursor() as cursor:
        cursor.execute(_BEATS.format(arrivals=feed.arrivals), facts)
        for part, label, subject_id, last, days, usual in cursor.fetchall():
            yield Beat(part, label, subject_id, last, days, usual or timedelta())


def _never_heard(
    feed: Feed, facts: dict[str, Any], heard: set[str], first_by: datetime
) -> list[Beat]:
    if not feed.expected:
        return []
    with connection.cursor() as cursor:
        cursor.execute(feed.expected, facts)
        return [
            Beat(part, label, subject_id, None, 0, timedelta())
            for part, label, subject_id, since in cursor.fetchall()
            if part not in heard and since <= first_by
        ]


def _is_silent(beat: Beat, factor: float, at: datetime) -> bool:
    return beat.last is not None and at - beat.last > beat.usual * factor


def _finding(feed: Feed, beat: Beat, at: datetime) -> alerts.Finding:
    silent = at - beat.last if beat.last else None
    is_long = silent is None or silent > 3 * beat.usual
    return alerts.Finding(
        key=f"{feed.code}:{beat.part}",
        subject_type_id=ContentType.objects.get_for_model(apps.get_model(feed.subject)).pk,
        subject_id=beat.subject_id,
        subject_label=beat.label[:120],
        owner_role=feed.owner_role,
        severity=Severity.CRITICAL if is_long else Severity.WARNING,
        evidence={
            "feed": feed.code,
            "last": beat.last.isoformat() if beat.last else "",
            "silent_hours": _hours(silent) if silent else "",
            "usual_hours": _hours(beat.usual) if beat.days else "",
            "days": beat.days,
        },
    )


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)
