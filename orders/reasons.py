"""Why orders are held, or passed, in words: what the rules of the review found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from opsdesk.stores.roles import Role
from orders.models import Hold, Order, ReviewResult
from orders.review import registry, words

TONES = {
    ReviewResult.Verdict.PASSED: "good",
    ReviewResult.Verdict.FAILED: "danger",
    ReviewResult.Verdict.ACCEPTED: "info",
    ReviewResult.Verdict.CRASHED: "warning",
}


@dataclass(frozen=True)
class Reason:
    """A hold as it is shown. `evidence` are (name, value) of what was compared."""

    hold: Hold
    title: str | Promise
    advice: str | Promise
    owner: str | Promise
    evidence: list[tuple[str, str]]


@dataclass(frozen=True)
class Look:
    """What every rule said when the order was last looked at."""

    result: ReviewResult
    verdicts: list[tuple[str, int, str | Promise, str]]


def short(orders: Iterable[Order]) -> dict[int, list[str]]:
    """Order id → what it is held for, in a word or two each: one statement for all of them."""
    found: dict[int, list[str]] = {}
    holds = Hold.objects.open().of_orders(order.pk for order in orders).order_by("pk")
    for order_id, code in holds.values_list("order_id", "code"):
        found.setdefault(order_id, []).append(registry.title_of(code))
    return found


def of(order: Order) -> list[Reason]:
    """All holds of an order: the open ones first, then how the others ended."""
    holds = sorted(
        order.holds.select_related("rule", "released_by"),
        key=lambda hold: (hold.released_at is not None, hold.pk),
    )
    return [_reason(hold) for hold in holds]


def _reason(hold: Hold) -> Reason:
    # A reason of a version of the program that is not this one: its code has to do.
    known = registry.reason_called(hold.code) or registry.HoldReason(
        hold.code, hold.code, Role(hold.owner_role)
    )
    return Reason(
        hold=hold,
        title=known.title,
        advice=known.advice,
        owner=Role(hold.owner_role).label,
        evidence=words.facts_of(hold.code, hold.evidence),
    )


def last_look(order: Order) -> Look | None:
    """The last result of the review; None where no rule has looked at the order yet."""
    result = order.review_results.order_by("-pk").first()
    if result is None:
        return None
    return Look(
        result,
        [
            (
                registry.title_of(code),
                version,
                ReviewResult.Verdict(verdict).label,
                TONES[ReviewResult.Verdict(verdict)],
            )
            for code, version, verdict in result.verdicts
        ],
    )
