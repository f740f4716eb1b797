"""Other prices are asked for ahead, and called off while they are only planned (CAT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import PriceChange, PriceChangeLine
from catalog.services.price_checks import Asked, PriceRefused, problems_of
from catalog.services.price_requests import (
    APPROVE,
    LARGE,
    REQUEST,
    SMALL,
    State,
    asked_of,
    prices_now,
)
from catalog.services.pricing import FINANCE_PERCENT, FINANCE_SKUS, percent_between
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.db import retrying
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

# A request is decided on as a whole, by people who read it.
MOST_LINES = 2_000


def file_price_change(
    *, store: Store, lines: Sequence[Asked], actor: User, at: datetime
) -> PriceChange:
    """The prices wait for somebody else's agreement, all of them as one request.

    Raises NotAllowed, and PriceRefused where a line can't be asked for: nothing is filed then.
    A large change, and one of a SKU whose cost nobody knows, is decided by finance.
    """
    if not actor.has_perm(REQUEST, store):
        raise NotAllowed(_("You may not ask for other prices in %(store)s.") % {"store": store})
    if not 0 < len(lines) <= MOST_LINES:
        raise PriceRefused(
            _("A price change has 1 to %(most)s prices.") % {"most": MOST_LINES}, problems={}
        )
    problems = problems_of(lines, store=store, at=at)
    if problems:
        first = next(iter(problems.values()))
        raise PriceRefused(first.message, problems=problems)
    return retrying(partial(_file, store, lines, actor=actor, at=at))


def _file(store: Store, lines: Sequence[Asked], *, actor: User, at: datetime) -> PriceChange:
    now = prices_now(((line.sku.pk, line.channel) for line in lines), at)
    with transaction.atomic():
        reasons = dict.fromkeys(line.reason for line in lines)
        change = PriceChange.objects.create(
            store=store, reason="; ".join(reasons)[:300], filed_by=actor, filed_at=at
        )
        PriceChangeLine.objects.bulk_create(
            [
                PriceChangeLine(
                    change=change,
                    sku=line.sku,
                    channel=line.channel,
                    before=before,
                    amount=line.amount,
                    valid=line.valid,
                    reason=line.reason,
                )
                for line, before in zip(lines, now, strict=True)
            ]
        )
        is_large = _is_large(change, lines, at)
        request = filing.Request(
            kind=LARGE if is_large else SMALL,
            store=store,
            subject_key=str(change.pk),
            subject_label=lines[0].sku.code if len(lines) == 1 else str(change),
            subject=change,
            asked=asked_of(change, lines),
        )
        change.approval = filing.file_approval(request=request, filer=actor, at=at)
        change.save(update_fields=["approval"])
    return change


def _is_large(change: PriceChange, lines: Sequence[Asked], at: datetime) -> bool:
    """Whether finance decides: by how much, for how many, or against a cost nobody knows."""
    keys = [FINANCE_PERCENT.key, FINANCE_SKUS.key]
    limits = procedure.numbers_of(keys, store=change.store, channel=None, at=at)
    if len({line.sku.pk for line in lines}) > limits[FINANCE_SKUS.key].value:
        return True
    if any(line.sku.cost is None for line in lines):
        return True
    moved = (
        percent_between(before, amount)
        for before, amount in change.lines.values_list("before", "amount")
    )
    most = limits[FINANCE_PERCENT.key].value
    return any(by is not None and abs(by) > most for by in moved)


def may_cancel(change: PriceChange, actor: User) -> bool:
    """Who filed it, and whoever may decide on prices in the store."""
    return actor.pk == change.filed_by_id or actor.has_perm(APPROVE, change)


def cancel_price_change(*, change_id: int, actor: User, at: datetime) -> PriceChange:
    """What of the change has not taken effect never will. What has stays.

    Before a decision it is the request that is withdrawn. Raises NotAllowed, and Conflict where
    nothing is left to cancel. Locks the change, then its lines, as the run that applies them does.
    """
    with transaction.atomic():
        changes = PriceChange.objects.visible_to(actor).select_related("approval")
        change = changes.select_for_update(of=("self",)).get(pk=change_id)
        if not may_cancel(change, actor):
            raise NotAllowed(_("Only who filed a price change, or may decide on it, cancels it."))
        approval = change.approval
        if approval is not None and approval.state == Approval.State.PENDING:
            filing.withdraw(approval_id=approval.pk, actor=actor, at=at)
        elif not _cancel_planned(change, at=at):
            raise Conflict(_("Nothing of this change is planned any more."))
        change.cancelled_at, change.cancelled_by = at, actor
        change.save(update_fields=["cancelled_at", "cancelled_by"])
    return change


def _cancel_planned(change: PriceChange, *, at: datetime) -> bool:
    ids = [line.pk for line in change.lines.planned().locked()]
    planned = PriceChangeLine.objects.filter(pk__in=ids)
    return bool(planned.update(state=State.CANCELLED, settled_at=at))
