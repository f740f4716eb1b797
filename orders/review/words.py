"""Holds and looks as people read them, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opsdesk.stores.roles import Role
from orders.models import Hold, ReviewResult
from orders.review import registry
from orders.review.judging import CRASHED

if TYPE_CHECKING:
    from orders.models import Order

TONES = {
    ReviewResult.Verdict.PASSED: "good",
    ReviewResult.Verdict.FAILED: "danger",
    ReviewResult.Verdict.ACCEPTED: "info",
    ReviewResult.Verdict.CRASHED: "danger",
}
# Looks that an order's page shows, the last first.
LOOKS_SHOWN = 10


@dataclass(frozen=True)
class HoldShown:
    """`facts` are the values that were compared, each with what it is called."""

    hold: Hold
    title: str
    advice: str
    owner: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class LookShown:
    """One look; `verdicts` are title, version, what the rule said, and its colour."""

    result: ReviewResult
    verdicts: list[tuple[str, int, str, str]]


def shown(hold: Hold) -> HoldShown:
    reason = registry.reason_called(hold.code)
    return HoldShown(
        hold,
        registry.title_of(hold.code),
        str(reason.advice) if reason else "",
        str(Role(hold.owner_role).label),
        facts_of(hold.code, hold.evidence),
    )


def facts_of(code: str, evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what it is called, what it is) of each value of the evidence that says something."""
    if CRASHED in evidence:
        return [(_("the rule crashed"), str(evidence[CRASHED]))]
    reason = registry.reason_called(code)
    names = reason.evidence if reason else {}
    words = reason.words if reason else {}
    return [
        (str(names.get(key, key.replace("_", " "))), _in_words(value, words.get(key, {})))
        for key, value in evidence.items()
        if value not in ("", None, [])
    ]


def _in_words(value: Any, words: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        return ", ".join(str(words.get(each, each)) for each in value)
    return str(words.get(value, value))


def holds_of(order: Order) -> list[HoldShown]:
    """The open ones first, then what ended last."""
    holds = order.holds.select_related("rule", "released_by")
    return [shown(hold) for hold in sorted(holds, key=_open_first)]


def _open_first(hold: Hold) -> tuple[bool, float]:
    ended = hold.released_at.timestamp() if hold.released_at else 0.0
    return hold.released_at is not None, -ended


def short(orders: Iterable[Order]) -> dict[int, list[str]]:
    """Order id → what it is held for, in a word or two each: one statement for all of them."""
    found: dict[int, list[str]] = {}
    holds = Hold.objects.open().of_orders(order.pk for order in orders).order_by("pk")
    for order_id, code in holds.values_list("order_id", "code"):
        found.setdefault(order_id, []).append(registry.title_of(code))
    return found


def looks_of(order: Order, most: int = LOOKS_SHOWN) -> list[LookShown]:
    """Why it was held, and why it passed: the last look first."""
    results = order.review_results.order_by("-pk")[:most]
    return [LookShown(result, list(_verdicts(result.verdicts))) for result in results]


def _verdicts(rows: Iterable[list[Any]]) -> Iterable[tuple[str, int, str, str]]:
    for code, version, verdict in rows:
        label = str(ReviewResult.Verdict(verdict).label)
        yield registry.title_of(code), version, label, TONES[ReviewResult.Verdict(verdict)]


def titles_of(codes: Iterable[str]) -> str:
    return ", ".join(registry.title_of(code) for code in codes)
