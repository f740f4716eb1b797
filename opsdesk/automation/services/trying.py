"""A dry run: what a version would have done over the last days. It reads, and changes nothing.

The same code as at work up to the firing. Fields are compared as they are today, for nobody keeps
what they were; the result says so. A trial's `result`:

    total        how often the rule would have acted
    days         [[day, count]…] by the store's days, oldest first, days without left out
    examples     [{id, label, at}…] of the subjects, the newest first
    steps        [{action, would, left_alone}…], one for each action
    hours        [[hour, count]…] in which it would have been parked, having acted too often
    most_an_hour the number that this is judged by
    by_rules     events that rules themselves had led to, which are not counted
    is_now       true for rules that go by the clock: what they would act on now, in one day
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, models, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Now, TruncHour
from django.utils.translation import gettext as _
from django.utils.translation import override

from opsdesk import privacy
from opsdesk.automation import reading, tasks
from opsdesk.automation.definition import Definition, Step
from opsdesk.automation.events import Source
from opsdesk.automation.matching import rows_that_meet
from opsdesk.automation.models import Rule, RuleTrial, RuleVersion
from opsdesk.automation.numbers import MOST_AN_HOUR, TRIED_DAYS
from opsdesk.automation.services import finding, switching, writing
from opsdesk.db import is_cancelled, is_unavailable
from opsdesk.errors import NotAllowed
from opsdesk.inspection.limits import TookTooLong, ended_after
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure
from opsdesk.stores.models import Store, User

logger = logging.getLogger(__name__)

TRY = "automation.try_rule"
LEASE = timedelta(minutes=3)
MOST_ATTEMPTS = 3
# Ids of events that one statement counts, and how long it may take.
CHUNK = 200_000
SECONDS = 90.0
MOST_EXAMPLES = 50


def ask_for_trial(*, rule_id: int, actor: User, at: datetime) -> RuleTrial:
    """The version that counts is tried by the worker, who is told. One that waits is returned.

    Raises NotAllowed. Locks the rule.
    """
    with transaction.atomic():
        rules = Rule.objects.select_related("store").select_for_update(of=("self",))
        rule = rules.get(pk=rule_id)
        if not actor.has_perm(TRY, rule.store):
            raise NotAllowed(_("You may not try rules of %(store)s.") % {"store": rule.store})
        version = switching.current_version(rule)
        waiting = version.trials.under_way().first()
        if waiting is not None:
            return waiting
        days = procedure.value_of(TRIED_DAYS.key, store=rule.store, at=at)
        trial = RuleTrial.objects.create(
            version=version,
            since=at - timedelta(days=float(days)),
            until=at,
            asked_by=actor,
            asked_at=at,
        )
        hint(tasks.try_rule, trial.pk)
    return trial


def run_waiting(*, at: datetime) -> int:
    """Every trial that waits is worked out. Returns how many ended well."""
    ids = list(RuleTrial.objects.to_work_on(at).order_by("pk").values_list("pk", flat=True))
    return sum(run_trial(pk, at=at) == RuleTrial.State.DONE for pk in ids)


def run_trial(trial_id: int, *, at: datetime) -> str | None:
    """The trial has its result. None: another worker has it, or it is over.

    Trouble that passes puts it back; the next tick begins it anew, three times in all.
    """
    claimed = RuleTrial.objects.to_work_on(at).filter(pk=trial_id)
    if not claimed.update(
        state=RuleTrial.State.RUNNING, lease_until=Now() + LEASE, attempts=F("attempts") + 1
    ):
        return None
    trial = RuleTrial.objects.select_related("version__rule__store").get(pk=trial_id)
    if trial.attempts > MOST_ATTEMPTS:
        return _finish(trial, at=at, error=_("Its worker died each time it was tried."))
    try:
        with override(trial.version.rule.store.language):
            return _finish(trial, at=at, result=_result(trial, at=at))
    except SoftTimeLimitExceeded:
        _put_back(trial)
        raise
    except reading.WrongRule as error:
        return _finish(trial, at=at, error=error.message)
    except Exception as error:
        if is_unavailable(error) and not is_cancelled(error):
            connection.close_if_unusable_or_obsolete()
            _put_back(trial)
            return RuleTrial.State.WAITING
        logger.exception("Trial %s failed", trial.pk)
        took_too_long = isinstance(error, TookTooLong | OperationalError)
        words = _("It took too long.") if took_too_long else privacy.error_summary(error)
        return _finish(trial, at=at, error=words)


def _mine(trial: RuleTrial) -> QuerySet[RuleTrial]:
    running = RuleTrial.objects.filter(pk=trial.pk, state=RuleTrial.State.RUNNING)
    return running.filter(attempts=trial.attempts)


def _put_back(trial: RuleTrial) -> None:
    _mine(trial).update(state=RuleTrial.State.WAITING, lease_until=None, percent=0)


def _finish(
    trial: RuleTrial, *, at: datetime, result: dict[str, Any] | None = None, error: str = ""
) -> str:
    state = RuleTrial.State.FAILED if error else RuleTrial.State.DONE
    _mine(trial).update(
        state=state,
        lease_until=None,
        finished_at=at,
        percent=100,
        result=result or {},
        error=error[:300],
    )
    return state


def _result(trial: RuleTrial, *, at: datetime) -> dict[str, Any]:
    version = trial.version
    store = version.rule.store
    definition = reading.read(writing.definition_of(version), store=store)
    most = int(procedure.value_of(MOST_AN_HOUR.key, store=store, at=at))
    look = _Events if definition.trigger.source else _Clock
    seen = look(trial, version, definition, store)
    return {**seen.result(), "most_an_hour": most, "hours": _too_often(seen.hours, most)}


def _too_often(hours: Counter[datetime], most: int) -> list[list[Any]]:
    found = [(hour, count) for hour, count in sorted(hours.items()) if count > most]
    return [[hour.isoformat(), count] for hour, count in found]


class _Clock:
    """What a rule that goes by the clock would act on now."""

    def __init__(
        self, trial: RuleTrial, version: RuleVersion, definition: Definition, store: Store
    ) -> None:
        self.trial = trial
        self.rule = version.rule
        self.definition = definition
        self.store = store
        self.hours: Counter[datetime] = Counter()

    def result(self) -> dict[str, Any]:
        until = self.trial.until
        cause = self.definition.trigger.cause_at(self.store, until)
        with transaction.atomic(), ended_after(SECONDS):
            rows = finding.rows_whose_time_has_come(self.definition, self.rule, cause, until)
            total = rows.count()
            steps = [self._step(step, rows, total) for step in self.definition.steps]
            labels = self.definition.subject.labels(rows.order_by("-pk")[:MOST_EXAMPLES])
        if total:
            self.hours[until] = total
        return {
            "total": total,
            "days": [[str(self.store.business_date(until)), total]] if total else [],
            "examples": [
                {"id": pk, "label": label, "at": until.isoformat()} for pk, label in labels.items()
            ],
            "steps": steps,
            "by_rules": 0,
            "is_now": True,
        }

    def _step(self, step: Step, rows: QuerySet, total: int) -> dict[str, Any]:
        would = rows.filter(step.action.would()).count() if step.action.would else total
        return {"action": step.action.code, "would": would, "left_alone": total - would}


class _Events:
    """What a rule would have answered, stretch by stretch of its source."""

    def __init__(
        self, trial: RuleTrial, version: RuleVersion, definition: Definition, store: Store
    ) -> None:
        assert definition.trigger.source is not None
        self.trial = trial
        self.definition = definition
        self.store = store
        self.source: Source = definition.trigger.source
        self.hours: Counter[datetime] = Counter()
        self.would: Counter[int] = Counter()
        self.by_rules = 0
        self.examples: list[dict[str, Any]] = []

    def result(self) -> dict[str, Any]:
        for after, to, percent in self._stretches():
            with transaction.atomic(), ended_after(SECONDS):
                self._look(after, to)
            _mine(self.trial).update(percent=percent, lease_until=Now() + LEASE)
        total = sum(self.hours.values())
        days: Counter[str] = Counter()
        for hour, count in self.hours.items():
            days[str(self.store.business_date(hour))] += count
        return {
            "total": total,
            "days": [list(pair) for pair in sorted(days.items())],
            "examples": self.examples,
            "steps": [
                {
                    "action": step.action.code,
                    "would": self.would[position],
                    "left_alone": total - self.would[position],
                }
                for position, step in enumerate(self.definition.steps)
            ],
            "by_rules": self.by_rules,
            "is_now": False,
        }

    def _stretches(self) -> Iterator[tuple[int, int, int]]:
        """(after, to, percent done), the newest first: examples come from there."""
        first = first_since(self.source, self.trial.since)
        last = self.source.model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0
        to = last
        while to >= first:
            after = max(first - 1, to - CHUNK)
            yield after, to, int(100 * (last - after) / (last - first + 1))
            to = after

    def _look(self, after: int, to: int) -> None:
        recorded = self.source.recorded
        rows = finding.events_that_count(
            self.definition, self.store, after=after, to=to, at=self.trial.until
        ).filter(**{f"{recorded}__gt": self.trial.since, f"{recorded}__lte": self.trial.until})
        if self.source.origin is not None:
            rows = rows.annotate(came_of=self.source.origin())
            self.by_rules += rows.filter(came_of__isnull=False).count()
            rows = rows.filter(came_of=None)
        by_hour = rows.annotate(hour=TruncHour(recorded, tzinfo=self.store.zone)).order_by()
        counted = Counter(dict(by_hour.values_list("hour").annotate(count=Count("pk"))))
        self.hours += counted
        self._steps(rows, sum(counted.values()))
        self._keep_examples(rows)

    def _steps(self, rows: QuerySet, total: int) -> None:
        for position, step in enumerate(self.definition.steps):
            if step.action.would is None or not total:
                self.would[position] += total
                continue
            subjects = rows_that_meet(self.definition, self.store, self.trial.until)
            those = subjects.filter(step.action.would()).values("pk")
            self.would[position] += rows.filter(**{f"{self.source.subject}__in": those}).count()

    def _keep_examples(self, rows: QuerySet) -> None:
        room = MOST_EXAMPLES - len(self.examples)
        if room <= 0:
            return
        found = list(
            rows.order_by("-pk").values_list(self.source.subject, self.source.recorded)[:room]
        )
        subject = self.definition.subject
        labels = subject.labels(subject.among([pk for pk, _at in found]))
        self.examples += [
            {"id": pk, "label": labels.get(pk, ""), "at": at.isoformat()} for pk, at in found
        ]


def first_since(source: Source, since: datetime) -> int:
    """The id from which on rows were recorded after that moment: a few looks at the key, no scan.

    Ids come in the order of time, but for those of transactions that overlapped: so it begins a
    little earlier, and who reads looks at the moment as well.
    """
    rows = source.model._base_manager.order_by("pk")
    ends = rows.aggregate(low=models.Min("pk"), high=models.Max("pk"))
    low, high = ends["low"] or 1, (ends["high"] or 0) + 1
    margin = since - timedelta(hours=1)
    while low < high:
        middle = (low + high) // 2
        row = rows.filter(pk__gte=middle).values_list("pk", source.recorded).first()
        if row is None or row[1] >= margin:
            high = middle
        else:
            low = row[0] + 1
    return low
