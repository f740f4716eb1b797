"""Every rule in force says of every order whether it is in order. Nothing is written here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, transaction

from opsdesk.db import is_unavailable
from orders.models import Order, ReviewResult, ReviewRule
from orders.review import registry
from orders.review.looking import Look, look_at
from orders.review.registry import Evidence, Findings, ReviewCheck

logger = logging.getLogger(__name__)
Verdict = ReviewResult.Verdict
# In the evidence of a hold whose rule could not judge the order: what kind of error it was.
CRASHED = "crashed"


@dataclass
class Judged:
    """What the rules said of one order, in the order of looking."""

    order: Order
    verdicts: list[tuple[ReviewRule, str]] = field(default_factory=list)
    failures: dict[str, tuple[ReviewRule, Evidence]] = field(default_factory=dict)
    is_undecided: bool = False

    def take(self, rule: ReviewRule, findings: Findings) -> None:
        if self.order.pk not in findings:
            self.verdicts.append((rule, Verdict.PASSED))
            return
        evidence = findings[self.order.pk]
        if evidence is None:
            self.is_undecided = True
            return
        self.verdicts.append((rule, Verdict.CRASHED if CRASHED in evidence else Verdict.FAILED))
        self.failures[rule.code] = (rule, evidence)


def judge(
    orders: Iterable[Order], *, rules: Mapping[int, Sequence[ReviewRule]], at: datetime
) -> list[Judged]:
    """What each order's rules (by store id) say. Statements: a few per rule, however many orders.

    The orders come with their store and channel. A rule that crashes fails the orders it crashes
    on, and no others (fail closed).
    """
    judged = []
    for look in look_at(orders, at=at):
        answers = [Judged(facts.order) for facts in look.facts]
        for rule in rules.get(look.store.pk, []):
            check = registry.check_called(rule.code)
            if rule.is_on and check is not None:
                findings = _findings(check, rule, look)
                for answer in answers:
                    answer.take(rule, findings)
        judged += answers
    return judged


def _findings(check: ReviewCheck, rule: ReviewRule, look: Look) -> Findings:
    """Of all orders at once; where that crashes, of one after the other to find the culprits."""
    try:
        return _asked(check, rule, look)
    except Exception as error:
        if isinstance(error, DatabaseError) and is_unavailable(error):
            raise
        if len(look.facts) == 1:
            logger.exception("Review rule %s crashed on order %s.", rule, look.ids[0])
            return {look.ids[0]: {CRASHED: type(error).__name__}}
    findings: Findings = {}
    for facts in look.facts:
        findings |= _findings(check, rule, look.only(facts))
    return findings


def _asked(check: ReviewCheck, rule: ReviewRule, look: Look) -> Findings:
    """In a savepoint: a statement that fails leaves the others their transaction."""
    with transaction.atomic():
        return check.judge(look, {**check.defaults, **rule.parameters})
