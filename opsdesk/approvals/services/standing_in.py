"""While people are away, others decide for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from opsdesk.approvals.models import Delegation
from opsdesk.errors import Conflict, DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User


def delegate(
    *,
    absent: User,
    stand_in: User,
    store: Store,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
) -> Delegation:
    """From start to end the stand-in may decide for the person, who says so themselves.

    Both work for the store. Raises NotAllowed, Conflict where somebody is named for that time.
    """
    if not absent.has_perm("approvals.add_delegation", store):
        raise NotAllowed(_("You do not work for this store."))
    if not stand_in.is_active or not stand_in.roles_in(store.pk):
        raise DomainError(_("Choose somebody who works for this store."))
    if stand_in.pk == absent.pk:
        raise DomainError(_("Choose somebody else: you are the one who is away."))
    if ends_at <= max(starts_at, at):
        raise DomainError(_("An absence ends after it began, and in the future."))
    try:
        with transaction.atomic():
            return Delegation.objects.create(
                absent=absent,
                stand_in=stand_in,
                store=store,
                starts_at=starts_at,
                ends_at=ends_at,
                made_at=at,
            )
    except IntegrityError as error:
        raise Conflict(_("Somebody stands in for you in that time already.")) from error


def end_absence(*, delegation_id: int, actor: User, at: datetime) -> int:
    """The person is back: the stand-in decides for them no more. 0: the absence was over before.

    Only who is away says so: whoever could arrange it for others would choose who decides on what
    they file. Raises NotAllowed. Safe to repeat.
    """
    own = Delegation.objects.filter(pk=delegation_id, absent=actor)
    if not own.exists():
        raise NotAllowed(_("Only who is away ends an absence."))
    return own.filter(ends_at__gt=at).update(ends_at=Greatest("starts_at", Value(at)))
