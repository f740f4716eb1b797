"""How a check judges what channels tell: what is wrong, what has not come, what is usual (INS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.services import Finding
from opsdesk.inspection.checks import CannotCheck, Seen
from opsdesk.readings import figures, numbers, ranges
from opsdesk.readings.figures import Figure, Good, shortest
from opsdesk.readings.models import Reading
from opsdesk.readings.services.newest import DAY, Missing, Newest
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting

NAMED = 5

Judge = Callable[[Reading], "Verdict | None"]


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a reading."""

    severity: str = "warning"
    evidence: dict[str, Any] = field(default_factory=dict)


def key_of(channel_id: int, figure: Figure) -> str:
    return f"{channel_id}:{figure.code}"


def value_of(setting: Setting, store: Store, at: datetime) -> Decimal:
    return procedure.value_of(setting.key, store=store, at=at)


@dataclass
class Look:
    """One check's look at readings; those of which nothing can be said are counted apart."""

    store: Store
    at: datetime
    kind: AlertKind
    within: Setting = numbers.ACT_WITHIN
    unknown: set[str] = field(default_factory=set)

    def tell(self, told: Newest, judge: Judge) -> Seen:
        """What is wrong is told; what has not come or can't be judged stays as it was.

        Raises CannotCheck where nothing is wrong with what is here, and not all is.
        """
        if not told.found and not told.missing:
            raise CannotCheck(gettext("No channel of the store has told these figures."))
        findings = [self._finding(each, bad) for each in told.found if (bad := judge(each))]
        if told.missing and not findings:
            raise CannotCheck(why_missing(told.missing))
        judged = len(told.found) - len(self.unknown)
        if not judged and not told.missing:
            raise CannotCheck(gettext("There are too few days yet to tell what is usual."))
        self._report(told, findings)
        counts = {"judged": judged, "found": len(findings), "missing": len(told.missing)}
        return Seen(figures=counts | ({"unknown": len(self.unknown)} if self.unknown else {}))

    def _report(self, told: Newest, findings: list[Finding]) -> None:
        if not told.missing and not self.unknown:
            alerts.report(self.kind, findings, store_id=self.store.pk, at=self.at)
            return
        seen = {key_of(each.channel_id, figures.get(each.figure)) for each in told.found}
        code = self.kind.code
        alerts.raise_findings(
            store_id=self.store.pk,
            check_code=code,
            clause=self.kind.clause,
            findings=findings,
            at=self.at,
        )
        gone = seen - self.unknown - {finding.key for finding in findings}
        alerts.close_themselves(store_id=self.store.pk, check_code=code, keys=gone, at=self.at)

    def _finding(self, reading: Reading, bad: Verdict) -> Finding:
        figure = figures.get(reading.figure)
        return Finding(
            key=key_of(reading.channel_id, figure),
            subject_type_id=ContentType.objects.get_for_model(Reading).pk,
            subject_id=reading.pk,
            subject_label=f"{reading.channel} · {figure.title}"[:120],
            owner_role=figure.owner_role,
            severity=bad.severity,
            evidence={
                "figure": figure.code,
                "day": reading.day.isoformat(),
                "value": shortest(reading.value),
                **bad.evidence,
            },
            deadline_at=self.at + self._time,
        )

    @cached_property
    def _time(self) -> timedelta:
        return timedelta(minutes=float(value_of(self.within, self.store, self.at)))


def why_missing(missing: Sequence[Missing]) -> str:
    """Which figures have not come, the first few by name."""
    what = [f"{each.channel} · {each.figure.title}" for each in missing[:NAMED]]
    facts = {
        "day": max(each.day for each in missing).isoformat(),
        "what": ", ".join(what),
        "more": len(missing) - NAMED,
    }
    if len(missing) > NAMED:
        return gettext("Not come for %(day)s: %(what)s and %(more)d more.") % facts
    return gettext("Not come for %(day)s: %(what)s.") % facts


@dataclass(frozen=True)
class Usual:
    """How what is usual is told: the store's numbers of the procedure."""

    weeks: int
    sample: int
    score: Decimal
    change: Decimal

    @classmethod
    def of(cls, store: Store, at: datetime) -> Usual:
        keys = [setting.key for setting in numbers.OF_RANGES]
        found = procedure.numbers_of(keys, store=store, channel=None, at=at)
        weeks, sample, score, change = (found[key].value for key in keys)
        return cls(int(weeks), int(sample), score, change)

    def days_before(self, day: date) -> list[date]:
        """The same weekday of the weeks before."""
        return [day - 7 * week * DAY for week in range(1, self.weeks + 1)]

    def range_of(self, values: Sequence[Decimal]) -> ranges.Range | None:
        """None where too few days, or days without anything, tell nothing."""
        if len(values) < self.sample:
            return None
        return ranges.usual_range(values, score=self.score, change=self.change)


def unusual(figure: Figure, value: Decimal, usual: ranges.Range) -> Verdict | None:
    """A value outside its range: a warning on the bad side, else worth knowing."""
    if value in usual:
        return None
    is_good = figure.good == (Good.UP if value > usual.high else Good.DOWN)
    evidence = {
        "low": shortest(usual.low),
        "high": shortest(usual.high),
        "middle": shortest(usual.middle),
        "weeks": usual.sample,
    }
    return Verdict("info" if is_good else "warning", evidence)
