"""Adapters: what each needs to be told of a target, and how it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

ADDRESS, TOKEN, SECRET = "address", "token", "secret"


@dataclass(frozen=True)
class Outgoing:
    """A message on its way. `payload` has `subject` and `text` where people read it, and
    `html` where a mail says the same as a page."""

    address: str
    token: str
    secret: str
    recipient: str
    payload: Mapping[str, Any]
    public_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return str(self.payload.get("subject", ""))

    @property
    def text(self) -> str:
        return str(self.payload.get("text", ""))


@dataclass(frozen=True)
class Receipt:
    """The receiver has it. `status` is what HTTP said."""

    status: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Heard:
    """What a source answered to a question, as it came; no `body` where it knows nothing yet.

    `reference` is its own name for what it was asked about, where it has one.
    """

    body: bytes = b""
    reference: str = ""


class Failed(Exception):
    """The receiver said no. `retry_after`: it asked for that much patience."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Refusal(Failed):
    """The receiver works, and says no to this one message: to others it may say yes."""


@dataclass(frozen=True)
class Adapter:
    """`send` returns when the receiver has the message.

    It raises Failed, `http.RefusedTarget` and `http.NotSent` where the receiver has not,
    `http.OutcomeUnknown` where it may have. `needs` and `takes` name what a target must and may
    say of itself, `base` is the address that is meant when none is given. With `to_recipient`
    each message names who gets it, `by_phone` with a telephone number; with `tells_people` it
    sends words rather than data. One with `ask` is asked for news instead: it raises as `send`.
    """

    code: str
    title: str | Promise
    send: Callable[[Outgoing], Receipt]
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    base: str = ""
    to_recipient: bool = False
    by_phone: bool = False
    tells_people: bool = True
    ask: Callable[[Outgoing], Heard] | None = None

    @property
    def takes_messages(self) -> bool:
        return self.send is not takes_no_messages


def takes_no_messages(_outgoing: Outgoing) -> Receipt:
    """What a source that is only asked has for `send`."""
    raise Failed("it is asked for news, and takes no messages")


class UnknownAdapter(LookupError):
    """No app registers an adapter with this code."""


_adapters: dict[str, Adapter] = {}


def register(*adapters: Adapter) -> None:
    for adapter in adapters:
        known = _adapters.setdefault(adapter.code, adapter)
        if known != adapter:
            raise ValueError(f"Two adapters are called {adapter.code}.")


def get(code: str) -> Adapter:
    try:
        return _adapters[code]
    except KeyError as error:
        raise UnknownAdapter(f"No adapter is called {code}.") from error


def all_adapters() -> list[Adapter]:
    return [_adapters[code] for code in sorted(_adapters)]
