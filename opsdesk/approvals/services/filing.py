"""A request is filed, edited and withdrawn. An edit voids it: something else was signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import policies
from opsdesk.approvals.services.asking import ask_people
from opsdesk.approvals.services.ending import end, refuse_settled
from opsdesk.db import lock_name, retrying
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.auth import is_allowed_in

if TYPE_CHECKING:
    from opsdesk.approvals.kinds import Kind
    from opsdesk.stores.models import Store, User

States = Approval.State
# What was refused or given up counts for nothing.
COUNTED = [States.PENDING, States.APPROVED, States.CARRIED_OUT]


@dataclass(frozen=True)
class Request:
    """What is asked for. `store` None: in every store.

    `subject_key` names what it is about within the kind: requests of one person on one subject
    count together. `subject` is a row whose page shows it. `amount` is in the store's currency.
    """

    kind: str
    store: Store | None
    subject_key: str
    subject_label: str
    asked: dict[str, Any]
    subject: models.Model | None = None
    amount: Decimal | None = None
    beneficiary: User | None = None


def file_approval(
    *, request: Request, filer: User, at: datetime, last_editor: User | None = None
) -> Approval:
    """The request waits for whoever its rule names. Raises NotAllowed.

    The rule is chosen by the amount together with what the filer asked for on this subject within
    the summing window. Filings that count together take turns. `last_editor` is who, other than the
    filer, wrote what is asked: they don't decide on it.
    """
    if not is_allowed_in(filer, kinds.get(request.kind).files, request.store):
        raise NotAllowed(_("You may not ask for this."))
    return retrying(partial(_file, request, filer=filer, at=at, last_editor=last_editor))


def edit_request(*, approval_id: int, request: Request, actor: User, at: datetime) -> Approval:
    """The old request is void, the edited one is filed in its place and waits anew.

    Its filer stays; whoever edited may not decide on it either. Raises Conflict once it has ended.
    """
    if not is_allowed_in(actor, kinds.get(request.kind).files, request.store):
        raise NotAllowed(_("You may not ask for this."))
    return retrying(partial(_replace, approval_id, request, actor=actor, at=at))


def file_or_edit(
    *, request: Request, actor: User, at: datetime, replaces: int | None = None
) -> Approval:
    """Filed, or put in the place of the request with the id `replaces`."""
    if replaces is None:
        return file_approval(request=request, filer=actor, at=at)
    return edit_request(approval_id=replaces, request=request, actor=actor, at=at)


def withdraw(*, approval_id: int, actor: User, at: datetime) -> Approval:
    """The request is void, by who filed or edited it. Raises NotAllowed, Conflict."""
    with transaction.atomic():
        approval = Approval.objects.visible_to(actor).locked().get(pk=approval_id)
        if actor.pk not in (approval.filer_id, approval.last_editor_id):
            raise NotAllowed(_("Only who filed a request withdraws it."))
        refuse_settled(approval, at)
        end(approval, States.VOIDED, at=at, why=Approval.Why.WITHDRAWN, by=actor)
    return approval


def counted_amount(
    *, kind: str, store: Store | None, filer: User, subject_key: str, amount: Decimal, at: datetime
) -> Decimal:
    """The amount, and what this person moved or asked for on the subject within the window."""
    since = at - _minutes(procedure_key="approvals.sums_within", store=store, at=at)
    asked_for = Approval.objects.filter(
        kind=kind,
        store=store,
        filer=filer,
        subject_key=subject_key,
        state__in=COUNTED,
        filed_at__gt=since,
    ).aggregate(total=Sum("amount"))["total"]
    alone = kinds.get(kind).done_alone(store, filer, subject_key, since)
    return amount + (asked_for or Decimal(0)) + alone


def snapshot_of(kind: Kind, asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What is asked and what it stands on now, as JSON gives it back."""
    frozen = {"asked": asked, "found": kind.found(asked, at)}
    return orjson.loads(orjson.dumps(frozen, default=str))


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON: sorted keys, no white space, UTF-8."""
    return hashlib.sha256(orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _replace(approval_id: int, request: Request, *, actor: User, at: datetime) -> Approval:
    with transaction.atomic():
        old = Approval.objects.visible_to(actor).locked().get(pk=approval_id)
        refuse_settled(old, at)
        about = (request.kind, request.store, request.subject_key)
        if about != (old.kind, old.store, old.subject_key):
            raise DomainError(_("An edited request stays about the same thing."))
        end(old, States.VOIDED, at=at, why=Approval.Why.EDITED, by=actor)
        editor = actor if actor.pk != old.filer_id else None
        return _file(request, filer=old.filer, at=at, last_editor=editor, replaces=old)


def _file(
    request: Request,
    *,
    filer: User,
    at: datetime,
    last_editor: User | None = None,
    replaces: Approval | None = None,
) -> Approval:
    kind, store = kinds.get(request.kind), request.store
    with transaction.atomic():
        lock_name(f"approvals:{kind.code}:{filer.pk}:{request.subject_key}")
        counted = _counted(request, filer, at)
        rule = policies.rule_for(kind, store=store, amount=counted or Decimal(0), at=at)
        snapshot = snapshot_of(kind, request.asked, at)
        subject = request.subject
        approval = Approval.objects.create(
            kind=kind.code,
            store=store,
            subject_key=request.subject_key,
            subject_label=privacy.mask_mobiles(request.subject_label)[:120],
            subject_type=ContentType.objects.get_for_model(subject) if subject else None,
            subject_id=subject.pk if subject else None,
            snapshot=snapshot,
            digest=digest_of(snapshot),
            amount=request.amount,
            counted_amount=counted,
            currency=store.currency if store and request.amount is not None else "",
            policy=rule.policy,
            roles=rule.roles,
            voices=rule.voices,
            from_different_roles=rule.from_different_roles,
            roles_granted_before=at
            - _minutes(procedure_key="approvals.grants_within", store=store, at=at),
            filer=filer,
            last_editor=last_editor,
            beneficiary=request.beneficiary,
            replaces=replaces,
            filed_at=at,
            expires_at=at + _minutes(procedure_key="approvals.expires_after", store=store, at=at),
        )
        ask_people(approval, at=at)
    return approval


def _counted(request: Request, filer: User, at: datetime) -> Decimal | None:
    if request.amount is None:
        return None
    return counted_amount(
        kind=request.kind,
        store=request.store,
        filer=filer,
        subject_key=request.subject_key,
        amount=request.amount,
        at=at,
    )


def _minutes(*, procedure_key: str, store: Store | None, at: datetime) -> timedelta:
    return timedelta(minutes=float(procedure.value_of(procedure_key, store=store, at=at)))
