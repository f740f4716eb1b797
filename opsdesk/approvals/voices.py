"""Who may decide on a request: anyone with the role but those whom it concerns.

Not the filer, the last editor or the beneficiary, nor whoever the filer gave the role for it; the
same holds for administrators and superusers. A stand-in speaks for who is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval, ApprovalDecision, Delegation
from opsdesk.errors import NotAllowed
from opsdesk.stores.auth import permissions_by_role
from opsdesk.stores.models import Membership, Store, User
from opsdesk.stores.roles import Role


@dataclass(frozen=True)
class Voice:
    """The role in which a person decides, and for whom if not for themselves."""

    role: str
    on_behalf_of: int | None = None


def voice_of(user: User, approval: Approval, at: datetime) -> Voice:
    """How this person may decide. Raises NotAllowed with the reason why not.

    Says the same as `ApprovalQuerySet.to_decide`, for one request.
    """
    _refuse_the_concerned(user, approval)
    spoken = _spoken(approval)
    if user.pk in spoken:
        raise NotAllowed(_("Your voice on this request has been given already."))
    if user.is_superuser and not _was_given_the_role(user, approval):
        return Voice(_open_roles(approval)[0])
    seats = _seats(approval, spoken)
    if user.pk in seats:
        return Voice(seats[user.pk])
    away = _absences(approval, at).filter(stand_in=user, absent__in=seats).order_by("pk").first()
    if away is not None:
        return Voice(seats[away.absent_id], away.absent_id)
    if _was_given_the_role(user, approval):
        raise NotAllowed(_("Whoever filed this request gave you the role for it."))
    roles = ", ".join(str(Role(role).label) for role in _open_roles(approval))
    raise NotAllowed(_("This request is decided by: %(roles)s.") % {"roles": roles})


def people_to_ask(approval: Approval, at: datetime) -> list[User]:
    """Everybody who may decide on the request now, stand-ins included, by name.

    Superusers are asked only where they have the role. Empty once it is decided.
    """
    if approval.state != Approval.State.PENDING or approval.expires_at <= at:
        return []
    spoken = _spoken(approval)
    seats = _seats(approval, spoken)
    standing_in = _absences(approval, at).filter(absent__in=seats)
    asked = {*seats, *standing_in.values_list("stand_in", flat=True)}
    able = User.objects.filter(pk__in=asked - spoken - approval.concerned, is_active=True)
    return list(able.order_by("username"))


def still_counts(decision: ApprovalDecision, approval: Approval) -> bool:
    """Does who decided still hold the role, and the role the right to decide?"""
    if not decision.decider.is_active:
        return False
    if decision.decider.is_superuser:
        return True
    permission = kinds.get(approval.kind).decides
    if permission not in permissions_by_role([decision.role]).get(decision.role, set()):
        return False
    speaker = decision.on_behalf_of_id or decision.decider_id
    held = _memberships(approval, [decision.role]).filter(user=speaker)
    return set(held.values_list("store_id", flat=True)) >= _stores_of(approval)


def _refuse_the_concerned(user: User, approval: Approval) -> None:
    if not user.is_active:
        raise NotAllowed(_("This person has been switched off."))
    if user.pk == approval.filer_id:
        raise NotAllowed(_("Nobody decides on what they filed."))
    if user.pk == approval.last_editor_id:
        raise NotAllowed(_("Nobody decides on what they edited."))
    if user.pk == approval.beneficiary_id:
        raise NotAllowed(_("Nobody decides on what benefits them."))


def _spoken(approval: Approval) -> set[int]:
    """Ids of people who have decided, and of those for whom somebody has."""
    pairs = approval.decisions.values_list("decider_id", "on_behalf_of_id")
    return {pk for pair in pairs for pk in pair if pk is not None}


def _open_roles(approval: Approval) -> list[str]:
    """Roles that may still speak, in the order of the rule."""
    if not approval.from_different_roles:
        return approval.roles
    taken = set(approval.decisions.values_list("role", flat=True))
    return [role for role in approval.roles if role not in taken]


def _stores_of(approval: Approval) -> set[int]:
    """Ids of the stores in which somebody needs the role: its own, or all there are."""
    if approval.store_id is not None:
        return {approval.store_id}
    return set(Store.objects.active().values_list("pk", flat=True))


def _memberships(approval: Approval, roles: list[str]) -> QuerySet[Membership]:
    """Those that count: of active people, not granted by the filer for the occasion."""
    rows = Membership.objects.filter(role__in=roles, user__is_active=True, store__is_active=True)
    if approval.store_id is not None:
        rows = rows.filter(store=approval.store_id)
    return rows.exclude(granted_by=approval.filer_id, granted_at__gt=approval.roles_granted_before)


def _seats(approval: Approval, spoken: set[int]) -> dict[int, str]:
    """Id of each person with a voice → the role they have it in."""
    needed, order = _stores_of(approval), _open_roles(approval)
    held: dict[int, dict[str, set[int]]] = {}
    rows = _memberships(approval, order).exclude(user__in=spoken | approval.concerned)
    for user_id, role, store_id in rows.values_list("user_id", "role", "store_id"):
        held.setdefault(user_id, {}).setdefault(role, set()).add(store_id)
    return {
        user_id: min(roles, key=order.index)
        for user_id, roles in held.items()
        if needed <= set().union(*roles.values())
    }


def _absences(approval: Approval, at: datetime) -> QuerySet[Delegation]:
    """Nobody stands in for every store at once."""
    return Delegation.objects.at(at).filter(store=approval.store_id)


def _was_given_the_role(user: User, approval: Approval) -> bool:
    given = Membership.objects.filter(
        user=user,
        role__in=approval.roles,
        granted_by=approval.filer_id,
        granted_at__gt=approval.roles_granted_before,
    )
    return given.exists()
