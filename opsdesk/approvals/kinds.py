"""What people ask each other to approve. The chapters register their kinds; the floor knows none.

A kind says who may ask and who decides, how a request reads, what it stands on and how it is
carried out. `asked` is the request as JSON; `found` reads what it stands on. Both are frozen when
it is filed, and compared again before it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import Store, User


@dataclass(frozen=True)
class Band:
    """From this amount on, so many people with these roles must agree, up to the next band."""

    roles: tuple[Role, ...]
    from_amount: Decimal = Decimal(0)
    voices: int = 1
    from_different_roles: bool = False


@dataclass(frozen=True)
class Change:
    """A line of the comparison: what it is called, how it is now, how it would be.

    What it tells of costs is kept apart: not everybody who may look at a request may see them.
    """

    label: str
    before: str
    after: str
    costs: str = ""

    @property
    def tells_costs_only(self) -> bool:
        return bool(self.costs) and not (self.before or self.after)

    def shown(self, *, with_costs: bool) -> Change:
        told = (self.after, self.costs if with_costs else "")
        return Change(self.label, self.before, " · ".join(part for part in told if part))


@dataclass(frozen=True)
class Description:
    summary: str
    changes: Sequence[Change]


def _nothing(_store: Store | None, _filer: User, _subject_key: str, _since: datetime) -> Decimal:
    return Decimal(0)


@dataclass(frozen=True)
class Kind:
    """`files` and `decides` are permissions, `bands` hold where nobody set others.

    `found(asked, at)` reads what the request stands on. `describe(approval)` words it from its
    snapshot alone, without a query. `carry_out(approval, at)` does it and returns what it made; a
    DomainError is a failure that is recorded. `done_alone(store, filer, subject_key, since)` is
    the amount this person moved on this subject without asking: it counts towards the band.
    `form(approval)` is the address of the page it was filed on; there it is edited, too, with
    `?replaces=` its id. Where the amount tells what goods cost, `costs_need` is the permission to
    see it; summaries name no costs.
    """

    code: str
    title: str | Promise
    files: str
    decides: str
    bands: Sequence[Band]
    found: Callable[[dict[str, Any], datetime], dict[str, Any]]
    describe: Callable[[Approval], Description]
    carry_out: Callable[[Approval, datetime], dict[str, Any]]
    clause: str = ""
    done_alone: Callable[[Store | None, User, str, datetime], Decimal] = _nothing
    form: Callable[[Approval], str] | None = None
    costs_need: str = ""


class UnknownKind(LookupError):
    """No app registers this kind of request."""


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        known = _kinds.setdefault(kind.code, kind)
        if known != kind:
            raise ValueError(f"Two kinds of approval are called {kind.code}.")


def all_kinds() -> list[Kind]:
    return [_kinds[code] for code in sorted(_kinds)]


def get(code: str) -> Kind:
    try:
        return _kinds[code]
    except KeyError as error:
        raise UnknownKind(f"No kind of approval is called {code}.") from error
