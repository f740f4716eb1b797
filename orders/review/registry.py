"""Why an order may be held: the checks of the review, and the reasons that other services have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from orders.review.looking import Look
    from orders.review.values import Value

# The values that were compared, as JSON; personal ones masked.
Evidence = Mapping[str, Any]
# Order id → evidence of what is wrong with it; None: it can't be told yet. Others are in order.
Findings = dict[int, Evidence | None]
Judge = Callable[["Look", Mapping[str, Any]], Findings]


@dataclass(frozen=True)
class HoldReason:
    """Something an order is held for. `code` is stored for ever.

    `advice` tells the person what to do; `evidence` names the values of a hold by their key,
    `words` says what a value that is a code is called, by the same key.
    """

    code: str
    title: str | Promise
    owner_role: Role
    advice: str | Promise = ""
    evidence: Mapping[str, str | Promise] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str | Promise]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReviewCheck(HoldReason):
    """A rule of the review: `judge` looks at many orders in a fixed number of statements.

    `values` are what people may set about it, `position` where it comes in the order of looking.
    `passing` names evidence that changes by itself: what a person accepted stays accepted.
    """

    judge: Judge
    position: int
    values: tuple[Value, ...] = ()
    passing: frozenset[str] = frozenset()
    is_on: bool = True

    @property
    def defaults(self) -> dict[str, Any]:
        return {value.key: value.default for value in self.values}

    def grounds(self, evidence: Evidence) -> dict[str, Any]:
        """What of the evidence a person's decision was about."""
        return {key: value for key, value in evidence.items() if key not in self.passing}


class UnknownReason(LookupError):
    """Nobody registers a reason with this code."""


_reasons: dict[str, HoldReason] = {}


def register(*reasons: HoldReason) -> None:
    for reason in reasons:
        known = _reasons.setdefault(reason.code, reason)
        if known != reason:
            raise ValueError(f"Two reasons to hold an order are called {reason.code}.")


def get(code: str) -> HoldReason:
    try:
        return _reasons[code]
    except KeyError as error:
        raise UnknownReason(f"No reason to hold an order is called {code}.") from error


def all_reasons() -> list[HoldReason]:
    return [_reasons[code] for code in sorted(_reasons)]


def all_checks() -> list[ReviewCheck]:
    """In the order in which they come."""
    checks = [reason for reason in _reasons.values() if isinstance(reason, ReviewCheck)]
    return sorted(checks, key=lambda check: (check.position, check.code))


def reason_called(code: str) -> HoldReason | None:
    """None where nobody registers it any more: a hold of it still has its page."""
    return _reasons.get(code)


def check_called(code: str) -> ReviewCheck | None:
    reason = _reasons.get(code)
    return reason if isinstance(reason, ReviewCheck) else None


def title_of(code: str) -> str:
    """The reason's title; its code where nobody registers it any more."""
    return str(_reasons[code].title) if code in _reasons else code
