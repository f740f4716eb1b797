"""One check of a run: what it saw becomes alerts, how it ended a result. Never silence (INS)."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.db import is_cancelled, is_unavailable
from opsdesk.inspection import checks
from opsdesk.inspection.checks import CannotCheck, Check, UnknownCheck
from opsdesk.inspection.limits import TookTooLong, ended_after
from opsdesk.inspection.models import CheckResult, InspectionRun
from opsdesk.inspection.numbers import ACT_ON_CRITICAL_WITHIN, ACT_WITHIN, ROWS_KEPT
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role

logger = logging.getLogger(__name__)

# Longer than a check may take.
LEASE = timedelta(minutes=5)
Outcome = CheckResult.Outcome

FAILED = AlertKind(
    code="inspection.check_failed",
    title=_("A check of the inspection fails"),
    clause="INS",
    runbook=_(
        "Read what it failed with; until it is mended nobody looks at what it looks at. The alert "
        "closes by itself once the check runs again."
    ),
    evidence={"check": _("check"), "error": _("error")},
)


class TakenOver(Exception):
    """Another worker has gone on with the run: what this one did is undone."""


@dataclass(frozen=True)
class _Ended:
    outcome: str
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


def look(run: InspectionRun, code: str, *, seconds: float, at: datetime) -> None:
    """The check has its result, its findings are alerts, and the run stands one further.

    Together or not at all. Raises TakenOver, and whatever says that the database is away.
    """
    began = time.monotonic()
    try:
        with transaction.atomic(), override(run.store.language):
            check = checks.get(code)
            figures = _see(check, run, seconds, at)
            _tell_of_itself(run, code, None, at=at)
            _settle(run, code, check.kinds, _Ended("", figures=figures), began, at=at)
    except (TakenOver, SoftTimeLimitExceeded):
        raise
    except CannotCheck as refusal:
        checks.forget_shared()
        _settle_unchecked(run, code, refusal.message, began, at=at)
    except Exception as error:
        if is_unavailable(error) and not is_cancelled(error):
            raise
        checks.forget_shared()
        logger.exception("Check %s failed in %s", code, run.store_id)
        _settle_unchecked(run, code, _words(error, seconds), began, at=at, failed=True)


def give_up(run: InspectionRun, code: str, *, at: datetime) -> None:
    """The check is unchecked: whoever tried it died."""
    with override(run.store.language):
        reason = gettext("Its worker died each time it was tried.")
    _settle_unchecked(run, code, reason, time.monotonic(), at=at, failed=True)


def _see(check: Check, run: InspectionRun, seconds: float, at: datetime) -> dict[str, Any]:
    with ended_after(seconds):
        seen = check.look(run.store, at)
        if seen.findings is not None:
            (kind,) = check.kinds
            alerts.report(kind, seen.findings, store_id=run.store_id, at=at)
        _set_deadlines(check, run, at)
    return dict(seen.figures)


# Every finding is due: by what its check says, or by the procedure's number for its severity. What
# somebody has acknowledged climbs then, as with any deadline.
_DUE = """
UPDATE alerts_alert
SET (deadline_at, climbs_at) = (
    SELECT due.at, CASE WHEN state = 'acknowledged' THEN greatest(due.at, %(at)s)
                        ELSE climbs_at END
    FROM (
        SELECT opened_at + make_interval(
            mins => CASE severity WHEN 'critical' THEN %(critical)s ELSE %(within)s END
        ) AS at
    ) due
)
WHERE store_id = %(store)s AND check_code = ANY (%(kinds)s)
  AND state <> 'resolved' AND deadline_at IS NULL
"""


def _set_deadlines(check: Check, run: InspectionRun, at: datetime) -> None:
    settings = [ACT_WITHIN.key, ACT_ON_CRITICAL_WITHIN.key]
    numbers = procedure.numbers_of(settings, store=run.store, channel=None, at=at)
    values: dict[str, Any] = {
        "store": run.store_id,
        "at": at,
        "kinds": [kind.code for kind in check.kinds],
        "within": int(numbers[ACT_WITHIN.key].value),
        "critical": int(numbers[ACT_ON_CRITICAL_WITHIN.key].value),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)


def _words(error: Exception, seconds: float) -> str:
    if isinstance(error, TookTooLong | OperationalError):
        return gettext("It took longer than %(seconds)g seconds.") % {"seconds": seconds}
    if isinstance(error, UnknownCheck):
        return gettext("No chapter has this check any more.")
    return gettext("It failed: %(error)s") % {"error": privacy.error_summary(error)}


def _settle_unchecked(
    run: InspectionRun,
    code: str,
    reason: str,
    began: float,
    *,
    at: datetime,
    failed: bool = False,
) -> None:
    """What it found before stays as it was; of a check that failed somebody is told."""
    with transaction.atomic():
        _tell_of_itself(run, code, reason if failed else None, at=at)
        _settle(run, code, (), _Ended(Outcome.UNCHECKED, reason), began, at=at)


def _tell_of_itself(run: InspectionRun, code: str, error: str | None, *, at: datetime) -> None:
    if error is None:
        alerts.close_themselves(store_id=run.store_id, check_code=FAILED.code, keys=[code], at=at)
        return
    finding = alerts.Finding(
        key=code,
        subject_label=checks.title_of(code)[:120],
        owner_role=Role.ADMINISTRATOR,
        severity="critical",
        evidence={"check": code, "error": error[:300]},
    )
    alerts.raise_findings(
        store_id=run.store_id,
        check_code=FAILED.code,
        clause=FAILED.clause,
        findings=[finding],
        at=at,
    )


# What of the kinds is open, what of it is news since this check last looked, and what is gone.
_BEFORE = """
WITH before AS (
    SELECT coalesce(max(r.at), '-infinity') AS at
    FROM inspection_checkresult r JOIN inspection_inspectionrun w ON w.id = r.run_id
    WHERE w.store_id = %(store)s AND r.code = %(code)s AND r.at < %(at)s
      AND r.outcome <> 'unchecked'
)
"""
_COMPARE = f"""
{_BEFORE}
SELECT count(*) FILTER (WHERE a.state <> 'resolved' AND a.opened_at > before.at),
       count(*) FILTER (WHERE a.state <> 'resolved' AND a.opened_at <= before.at),
       count(*) FILTER (WHERE a.resolved_at > before.at)
FROM alerts_alert a CROSS JOIN before
WHERE a.store_id = %(store)s AND a.check_code = ANY (%(kinds)s)
  AND (a.state <> 'resolved' OR a.resolved_at > before.at)
"""
_KEEP = f"""
{_BEFORE}
INSERT INTO inspection_checkfinding (result_id, alert_id, is_new, severity, subject_label, evidence)
SELECT %(result)s, a.id, a.opened_at > before.at, a.severity, a.subject_label, a.evidence
FROM alerts_alert a CROSS JOIN before
WHERE a.store_id = %(store)s AND a.check_code = ANY (%(kinds)s) AND a.state <> 'resolved'
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], a.severity::text), a.opened_at, a.id
LIMIT %(most)s
"""


def _settle(
    run: InspectionRun,
    code: str,
    kinds: Sequence[AlertKind],
    ended: _Ended,
    began: float,
    *,
    at: datetime,
) -> None:
    """The result is kept with what was found, and the run stands one further."""
    values: dict[str, Any] = {
        "store": run.store_id,
        "code": code,
        "kinds": [kind.code for kind in kinds],
        "at": at,
        "most": int(procedure.value_of(ROWS_KEPT.key, store=run.store, at=at)),
    }
    new, persisting, cleared = _compare(values) if kinds else (0, 0, 0)
    found = Outcome.FINDINGS if new or persisting else Outcome.PASSED
    result = CheckResult.objects.create(
        run=run,
        code=code,
        outcome=ended.outcome or found,
        reason=ended.reason[:500],
        new=new,
        persisting=persisting,
        cleared=cleared,
        figures=ended.figures,
        milliseconds=int(1000 * (time.monotonic() - began)),
        at=at,
    )
    if result.findings:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, values | {"result": result.pk})
    if not held(run).update(position=run.position + 1, attempts=1, lease_until=Now() + LEASE):
        raise TakenOver
    run.position, run.attempts = run.position + 1, 1


def held(run: InspectionRun) -> QuerySet[InspectionRun]:
    """The row, unless another worker has gone on with it."""
    running = InspectionRun.objects.filter(state=InspectionRun.State.RUNNING)
    return running.filter(pk=run.pk, position=run.position)


def _compare(values: dict[str, Any]) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, values)
        return cursor.fetchone()
