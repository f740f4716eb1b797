"""What can go wrong between a program and OpsDesk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class OpsDeskError(Exception):
    """Everything this package raises."""


class Refused(OpsDeskError):
    """OpsDesk answered, and did not do it. Sending the same again changes nothing.

    `code` is stable and for programs, `detail` for people. `errors` names wrong fields, each as
    {field, code, detail}; `facts` is the whole answer, in which a 409 says more.
    """

    def __init__(self, status: int, facts: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(facts.get("code") or "")
        self.detail = str(facts.get("detail") or "")
        self.errors: list[dict[str, Any]] = list(facts.get("errors") or [])
        self.request_id = str(facts.get("request_id") or "")
        self.facts = dict(facts)
        wrong = "; ".join(f"{each['field']}: {each['detail']}" for each in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail}{f' ({wrong})' if wrong else ''}")


class Unanswered(OpsDeskError):
    """OpsDesk could not be reached, or did not answer, as often as it was tried.

    Whether it was done is not known. Send the same with the same `key` later: it happens once.
    """

    def __init__(self, method: str, address: str, key: str, why: str) -> None:
        self.key = key
        super().__init__(f"{method} {address}: {why}{f' (Idempotency-Key {key})' if key else ''}")
