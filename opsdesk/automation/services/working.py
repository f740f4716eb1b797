"""The rules at work: each from where it last looked, batch by batch, none in another's way."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.utils.translation import gettext, override

from opsdesk import privacy
from opsdesk.automation import reading
from opsdesk.automation.definition import Definition
from opsdesk.automation.effects import alerting
from opsdesk.automation.events import Source
from opsdesk.automation.models import Firing, Rule, RuleVersion
from opsdesk.automation.numbers import LONGEST_CHAIN, MOST_AN_HOUR, MOST_SECONDS
from opsdesk.automation.services import finding, firing, switching, writing
from opsdesk.automation.services.firing import Cause
from opsdesk.db import is_cancelled, is_unavailable, last_settled_id, retrying
from opsdesk.inspection.limits import TookTooLong, ended_after
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Number

logger = logging.getLogger(__name__)

# Events looked at in one transaction, and rows of a rule that goes by the clock.
EVENTS = 5_000
ROWS = 1_000
# Of one rule in one round: the others wait for it. What is left is the next minute's.
MOST_BATCHES = 20


def work(*, at: datetime) -> dict[str, int]:
    """Every rule that is on has answered what came since it last looked, or a good part of it.

    Returns how many rules had something to do, and how often they acted. A rule that fails or takes
    too long is parked, and stops no other. Safe to repeat and to run twice at once.
    """
    versions = list(RuleVersion.objects.at_work(at).select_related("rule__store").order_by("pk"))
    if not versions:
        return {"rules": 0, "acted": 0}
    ends = _Ends()
    acted = [_answer(version, ends, at=at) for version in versions]
    return {"rules": sum(1 for count in acted if count), "acted": sum(acted)}


class _Ends:
    """How far each source can be read, asked once a round and only where a rule needs it."""

    def __init__(self) -> None:
        self._known: dict[str, int | None] = {}

    def of(self, source: Source) -> int | None:
        if source.table not in self._known:
            self._known[source.table] = last_settled_id(source.model)
        return self._known[source.table]


def _answer(version: RuleVersion, ends: _Ends, *, at: datetime) -> int:
    rule = version.rule
    with override(rule.store.language):
        try:
            definition = reading.read(writing.definition_of(version), store=rule.store)
            numbers = procedure.numbers_of(
                [LONGEST_CHAIN.key, MOST_AN_HOUR.key, MOST_SECONDS.key],
                store=rule.store,
                channel=None,
                at=at,
            )
            source = definition.trigger.source
            end = ends.of(source) if source else None
            if source and (end is None or end <= (rule.seen_to or 0)):
                end = None
            round_ = _Round(version, definition, numbers, end, at)
            return round_.run()
        except reading.WrongRule as error:
            _park(rule, gettext("It can't be read any more: %(why)s"), error.message, at=at)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            if is_unavailable(error) and not is_cancelled(error):
                raise
            logger.exception("Rule %s failed", rule.pk)
            _park(rule, gettext("It failed: %(why)s"), _words(error), at=at)
    return 0


def _words(error: Exception) -> str:
    if isinstance(error, TookTooLong | OperationalError):
        return gettext("it took too long")
    return privacy.error_summary(error)


def _park(rule: Rule, words: str, why: str, *, at: datetime) -> None:
    with transaction.atomic():
        switching.park(rule, because=words % {"why": why}, at=at)


class _Round:
    """One rule's turn: batches, each of which commits on its own."""

    def __init__(
        self,
        version: RuleVersion,
        definition: Definition,
        numbers: dict[str, Number],
        end: int | None,
        at: datetime,
    ) -> None:
        self.version = version
        self.definition = definition
        self.end = end
        self.at = at
        self.seconds = float(numbers[MOST_SECONDS.key].value)
        self.longest_chain = int(numbers[LONGEST_CHAIN.key].value)
        self.most_an_hour = int(numbers[MOST_AN_HOUR.key].value)

    def run(self) -> int:
        acted = 0
        goes_by_the_clock = self.definition.trigger.source is None
        if goes_by_the_clock or self.end is not None:
            for _batch in range(MOST_BATCHES):
                count, is_over = retrying(partial(self._batch, goes_by_the_clock))
                acted += count
                if is_over:
                    break
        self._close_alerts()
        return acted

    def _batch(self, goes_by_the_clock: bool) -> tuple[int, bool]:
        with transaction.atomic(), ended_after(self.seconds):
            rule = self._claim()
            if rule is None:
                return 0, True
            return self._by_the_clock(rule) if goes_by_the_clock else self._by_events(rule)

    def _claim(self) -> Rule | None:
        """The rule, locked, if it is still this version's turn. None: another worker has it."""
        mine = Rule.objects.working().filter(pk=self.version.rule_id, version=self.version.number)
        rows = mine.select_related("store")
        return rows.select_for_update(of=("self",), skip_locked=True).first()

    def _by_events(self, rule: Rule) -> tuple[int, bool]:
        assert self.end is not None
        after = rule.seen_to or 0
        if self.end <= after:
            return 0, True
        source = self.definition.trigger.source
        assert source is not None
        to = finding.stretch_after(source, after, self.end, most=EVENTS)
        causes = finding.causes_of_events(
            self.definition, rule.store, after=after, to=to, at=self.at
        )
        acted, is_parked = self._fire(rule, causes)
        if not is_parked:
            self._move(rule, acted, seen_to=to)
        return acted, is_parked or to == self.end

    def _by_the_clock(self, rule: Rule) -> tuple[int, bool]:
        if rule.next_at is None or rule.next_at > self.at:
            return 0, True
        causes = finding.causes_of_time(self.definition, rule, most=ROWS, at=self.at)
        acted, is_parked = self._fire(rule, causes)
        is_over = len(causes) < ROWS
        next_at = self.definition.trigger.next_after(rule.store, self.at)
        if not is_parked:
            self._move(rule, acted, next_at=next_at if is_over else rule.next_at)
        return acted, is_parked or is_over

    def _move(self, rule: Rule, acted: int, **to: object) -> None:
        fired = {"fired_at": self.at} if acted else {}
        Rule.objects.filter(pk=rule.pk).update(**to, **fired)

    def _fire(self, rule: Rule, causes: Sequence[Cause]) -> tuple[int, bool]:
        """How often it acted, and whether that was more than a rule may: then it is parked."""
        if not causes:
            return 0, False
        since = self.at - timedelta(hours=1)
        before = Firing.objects.filter(rule=rule, at__gt=since).count()
        room = max(0, self.most_an_hour - before)
        acted = firing.fire(
            self.version,
            self.definition,
            causes[:room],
            longest_chain=self.longest_chain,
            at=self.at,
        )
        if len(causes) <= room:
            return acted, False
        Rule.objects.filter(pk=rule.pk).update(fired_at=self.at)
        words = gettext("It acted more than %(most)s times within an hour.")
        switching.park(rule, because=words % {"most": self.most_an_hour}, at=self.at)
        return acted, True

    def _close_alerts(self) -> None:
        with transaction.atomic(), ended_after(self.seconds):
            alerting.close_what_is_over(self.version, self.definition, at=self.at)
