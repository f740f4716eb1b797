"""Refusals that carry facts. Views, the API and commands translate them; services raise them."""

from typing import Any


class DomainError(Exception):
    """Something the business doesn't allow. `code` is stable, `facts` are for machines.

    The message says what, where and how to mend it; it holds no personal data.
    """

    code = "refused"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class NotAllowed(DomainError):
    """The person lacks the permission for this store."""

    code = "not_allowed"


class Conflict(DomainError):
    """Somebody else was first: the row is no longer in the state that was acted on."""

    code = "conflict"
