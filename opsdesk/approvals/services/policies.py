"""Which rule applies: the newest for the store, for every store, or the kind's own bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from opsdesk.approvals.models import ApprovalPolicy
from opsdesk.errors import DomainError
from opsdesk.stores.auth import permissions_by_role

if TYPE_CHECKING:
    from opsdesk.approvals.kinds import Kind
    from opsdesk.stores.models import Store


@dataclass(frozen=True)
class Rule:
    """Who decides from this amount on; `policy` None: as the kind says in code."""

    roles: list[str]
    from_amount: Decimal
    voices: int
    from_different_roles: bool
    policy: ApprovalPolicy | None = None


class NobodyDecides(DomainError):
    """The rule names no role that may decide on this kind."""

    code = "nobody_decides"


def rules_of(kind: Kind, *, store: Store | None, at: datetime) -> list[Rule]:
    """The bands in force, the lowest first."""
    rows = in_force(kind.code, store=store, at=at)
    if not rows and store is not None:
        rows = in_force(kind.code, store=None, at=at)
    if rows:
        return [
            Rule(row.roles, row.from_amount, row.voices, row.from_different_roles, row)
            for row in rows
        ]
    return [
        Rule([*band.roles], band.from_amount, band.voices, band.from_different_roles)
        for band in sorted(kind.bands, key=lambda band: band.from_amount)
    ]


def rule_for(kind: Kind, *, store: Store | None, amount: Decimal, at: datetime) -> Rule:
    """The band this amount falls into, with only the roles that may decide on the kind.

    Below the lowest band the lowest holds. Raises NobodyDecides.
    """
    rules = rules_of(kind, store=store, at=at)
    rule = next((rule for rule in reversed(rules) if rule.from_amount <= amount), rules[0])
    able = permissions_by_role(rule.roles)
    roles = [role for role in rule.roles if kind.decides in able.get(role, set())]
    if not roles or rule.from_different_roles and len(roles) < rule.voices:
        raise NobodyDecides(
            _("The rule for “%(kind)s” names nobody who may decide.") % {"kind": kind.title}
        )
    return Rule(roles, rule.from_amount, rule.voices, rule.from_different_roles, rule.policy)


def in_force(code: str, *, store: Store | None, at: datetime) -> Sequence[ApprovalPolicy]:
    """The bands of the newest version for exactly this scope, the lowest first."""
    rows = ApprovalPolicy.objects.filter(kind=code, store=store, valid_from__lte=at)
    newest = rows.order_by("-valid_from").values("valid_from")[:1]
    return list(rows.filter(valid_from=newest).order_by("from_amount"))
