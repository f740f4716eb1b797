"""Orders are looked at: what passes all checks passes, what fails is held with its reasons (ORD-4).

Orders are locked in id order before anything of theirs is judged or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models.functions import Now

from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from orders.models import Hold, Order, OrderEvent, ReviewResult, ReviewRule
from orders.review import judging, registry
from orders.review.judging import Judged
from orders.review.registry import Evidence
from orders.services import lifecycle, releasing, review_rules

BATCH = 500
HELD_AT = "held_at"
Verdict = ReviewResult.Verdict


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many orders passed, were or stayed held, and were left to wait for what isn't known."""

    passed: int = 0
    held: int = 0
    undecided: int = 0

    def __add__(self, other: Reviewed) -> Reviewed:
        return Reviewed(
            self.passed + other.passed, self.held + other.held, self.undecided + other.undecided
        )


def review(order_ids: Iterable[int], *, at: datetime) -> Reviewed:
    """Each of the orders that is to be reviewed is passed or held afterwards (ORD-3, ORD-4).

    Orders that somebody else holds at this moment are left to the next look. In batches that commit
    on their own, unless there is a transaction already. Safe to repeat.
    """
    ids = sorted(set(order_ids))
    done = Reviewed()
    for start in range(0, len(ids), BATCH):
        done += retrying(partial(_review_batch, ids[start : start + BATCH], at=at))
    return done


def _review_batch(order_ids: Sequence[int], *, at: datetime) -> Reviewed:
    orders = list(
        Order.objects.to_review()
        .filter(pk__in=order_ids)
        .select_related("store", "channel")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
    )
    rules = review_rules.in_force({order.store_id for order in orders}, at=at)
    judged = judging.judge(orders, rules=rules, at=at)
    known = _Known.read([order.pk for order in orders])
    looks = [_Look.of(each, known) for each in judged]
    _end_what_is_gone(looks, at=at)
    _raise(looks, at=at)
    _remember(looks, known, at=at)
    held = {look.order.pk for look in looks if look.is_held}
    to_pass = [look.order.pk for look in looks if not look.is_held and not look.judged.is_undecided]
    hold_orders([look.order for look in looks if look.is_held], _codes(looks), at=at)
    passed = lifecycle.review_orders(order_ids=to_pass, actor=None, at=at)
    return Reviewed(len(passed), len(held), len(looks) - len(held) - len(to_pass))


@dataclass
class _Known:
    """What earlier looks left: open holds, what people accepted, and the last result, by order."""

    open: dict[int, dict[str, Hold]] = field(default_factory=dict)
    accepted: dict[tuple[int, str], list[Evidence]] = field(default_factory=dict)
    last: dict[int, ReviewResult] = field(default_factory=dict)

    @classmethod
    def read(cls, order_ids: Sequence[int]) -> _Known:
        known = cls()
        for hold in Hold.objects.of_orders(order_ids):
            if hold.released_at is None:
                known.open.setdefault(hold.order_id, {})[hold.code] = hold
            elif hold.outcome == Hold.Outcome.PASSED:
                known.accepted.setdefault((hold.order_id, hold.code), []).append(hold.evidence)
        results = ReviewResult.objects.filter(order__in=list(order_ids))
        for result in results.order_by("order_id", "-pk").distinct("order_id"):
            known.last[result.order_id] = result
        return known


@dataclass
class _Look:
    """What one order's look leads to."""

    judged: Judged
    fresh: list[Hold] = field(default_factory=list)
    still: list[Hold] = field(default_factory=list)
    # Of those the ones whose values are other ones by now.
    moved: list[Hold] = field(default_factory=list)
    gone: list[Hold] = field(default_factory=list)
    elsewhere: list[Hold] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    @property
    def order(self) -> Order:
        return self.judged.order

    @property
    def is_held(self) -> bool:
        return bool(self.fresh or self.still or self.elsewhere)

    @classmethod
    def of(cls, judged: Judged, known: _Known) -> _Look:
        look = cls(judged)
        open_holds = known.open.get(judged.order.pk, {})
        for code, (rule, evidence) in judged.failures.items():
            if code in open_holds:
                look.still.append(open_holds[code])
                if open_holds[code].evidence != evidence or open_holds[code].rule_id != rule.pk:
                    open_holds[code].rule, open_holds[code].evidence = rule, dict(evidence)
                    look.moved.append(open_holds[code])
            elif _is_accepted(code, evidence, known.accepted.get((judged.order.pk, code), [])):
                look.accepted.add(code)
            else:
                look.fresh.append(_hold(judged.order, code, rule, evidence))
        for code, hold in open_holds.items():
            if registry.check_called(code) is None:
                look.elsewhere.append(hold)
            elif code not in judged.failures and not judged.is_undecided:
                look.gone.append(hold)
            elif code not in judged.failures:
                look.still.append(hold)
        return look

    def verdicts(self) -> list[list[Any]]:
        return [
            [rule.code, rule.version, Verdict.ACCEPTED if rule.code in self.accepted else verdict]
            for rule, verdict in self.judged.verdicts
        ]


def _is_accepted(code: str, evidence: Evidence, before: Iterable[Evidence]) -> bool:
    """A person let the same pass already. A crash is nothing that can be accepted for ever."""
    check = registry.check_called(code)
    if check is None:
        return False
    return any(check.grounds(evidence) == check.grounds(each) for each in before)


def _hold(order: Order, code: str, rule: ReviewRule, evidence: Evidence) -> Hold:
    return Hold(
        order=order, code=code, rule=rule, evidence=dict(evidence), owner_role=rule.owner_role
    )


def _end_what_is_gone(looks: Sequence[_Look], *, at: datetime) -> None:
    gone = [hold.pk for look in looks for hold in look.gone]
    if not gone:
        return
    Hold.objects.open().filter(pk__in=gone).update(released_at=at, outcome=Hold.Outcome.GONE)
    free = [look.order.pk for look in looks if look.gone and not look.is_held]
    deadlines.reach(Order, free, reached=releasing.CONTACTED, at=at)


def _raise(looks: Sequence[_Look], *, at: datetime) -> None:
    fresh = [hold for look in looks for hold in look.fresh]
    for hold in fresh:
        hold.raised_at = at
    Hold.objects.bulk_create(fresh)
    still = [hold for look in looks for hold in look.still]
    moved = [hold for look in looks for hold in look.moved]
    Hold.objects.bulk_update(moved, ["rule", "evidence"])
    Hold.objects.filter(pk__in=[hold.pk for hold in (*fresh, *still)]).update(seen_at=Now())
    start_contact_clocks([look.order for look in looks if look.fresh], at=at)


def _remember(looks: Sequence[_Look], known: _Known, *, at: datetime) -> None:
    results = []
    for look in looks:
        verdicts, last = look.verdicts(), known.last.get(look.order.pk)
        has_passed = not look.is_held and not look.judged.is_undecided
        if last is None or (last.verdicts, last.has_passed) != (verdicts, has_passed):
            results.append(
                ReviewResult(order=look.order, at=at, has_passed=has_passed, verdicts=verdicts)
            )
    ReviewResult.objects.bulk_create(results)


def _codes(looks: Sequence[_Look]) -> dict[int, list[str]]:
    return {look.order.pk: [hold.code for hold in look.fresh] for look in looks if look.fresh}


def hold_orders(orders: Sequence[Order], fresh: dict[int, list[str]], *, at: datetime) -> None:
    """The orders are held; those with fresh reasons (by order id) have them on their timeline.

    The caller holds the orders' locks. That the system holds an order is no change of it: it stays
    as untouched as it was (`version`).
    """
    Order.objects.filter(pk__in=[order.pk for order in orders]).exclude(
        review_state=Order.Review.HELD
    ).update(review_state=Order.Review.HELD, updated_at=Now())
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=pk, kind=OrderEvent.Kind.HELD, at=at, data={"holds": codes})
        for pk, codes in fresh.items()
    )


def start_contact_clocks(orders: Sequence[Order], *, at: datetime) -> None:
    """Somebody calls the customer in time (ORD-5). A clock that runs already is kept.

    The orders come with their store and channel.
    """
    by_channel: dict[tuple[int, int], list[Order]] = {}
    for order in orders:
        by_channel.setdefault((order.store_id, order.channel_id), []).append(order)
    for several in by_channel.values():
        deadlines.start(
            Order,
            [deadlines.Subject(o.pk, o.external_number, at, o.total_amount) for o in several],
            on=HELD_AT,
            store=several[0].store,
            channel=several[0].channel,
            at=at,
        )
