"""Differences with other systems' stock are settled, by whom and how is on record (CAT-16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog.models import Sku, StockDifference
from catalog.services.adjusting import adjust_stock, worth_of
from catalog.services.handling import require_right
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.approvals.models import Approval
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

SETTLE = "catalog.settle_difference"
State = StockDifference.State
SETTLED_BY_HAND = (State.ACCEPTED, State.KEPT, State.IGNORED)
# Of a request that corrects nothing any more.
IN_VAIN = (
    Approval.State.REJECTED,
    Approval.State.VOIDED,
    Approval.State.EXPIRED,
    Approval.State.FAILED,
)

SETTLE_WITHIN = Setting(
    key="catalog.differences_settled_within",
    clause="CAT-16",
    title=gettext_lazy("Stock differences are settled within"),
    default=Decimal(1_440),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
OVERDUE = AlertKind(
    code="catalog.stock_difference",
    title=gettext_lazy("Stock differs from another system's for too long"),
    clause="CAT-16",
    runbook=gettext_lazy(
        "Have the pieces counted, then accept the other figure, keep ours, or ignore the "
        "difference with a note."
    ),
    evidence={
        "source": pgettext_lazy("of data", "source"),
        "ours": gettext_lazy("ours"),
        "theirs": gettext_lazy("theirs"),
    },
    acts_on=ListPlace(
        "admin:catalog_stockdifference_changelist", "catalog.view_stockdifference", "sku"
    ),
)


def settle_difference(
    *, difference_id: int, state: str, note: str, actor: User, at: datetime
) -> StockDifference:
    """The difference is settled, once: `accepted`, `kept`, or `ignored` with a note.

    Accepting theirs corrects the stock by as many pieces, within the person's limits or by a
    request to finance. Raises NotAllowed, Conflict where it is settled already. Locks the
    difference, then the stock row.
    """
    difference = StockDifference.objects.select_related("warehouse").get(pk=difference_id)
    require_right(SETTLE, difference.warehouse, actor)
    if state not in SETTLED_BY_HAND:
        raise DomainError(_("Say how the difference is settled."))
    if state == State.IGNORED and not note.strip():
        raise DomainError(_("Say why the difference is ignored."))
    return retrying(partial(_settle, difference_id, state, note.strip(), actor=actor, at=at))


def _settle(
    difference_id: int, state: str, note: str, *, actor: User, at: datetime
) -> StockDifference:
    with transaction.atomic():
        open_one = StockDifference.objects.open().filter(pk=difference_id)
        settled = {"state": state, "note": note[:200], "settled_by": actor, "settled_at": at}
        if not open_one.update(**settled, approval=None):
            raise Conflict(_("This difference was settled before."))
        difference = StockDifference.objects.get(pk=difference_id)
        if state == State.ACCEPTED:
            done = adjust_stock(
                sku_id=difference.sku_id,
                warehouse_id=difference.warehouse_id,
                pieces=difference.pieces,
                reason=note or _("As %(source)s says") % {"source": difference.source},
                actor=actor,
                at=at,
            )
            if isinstance(done, Approval):
                difference.approval = done
                difference.save(update_fields=["approval"])
    return difference


def reopen_refused(*, at: datetime) -> int:
    """What was accepted by a request that came to nothing is open again, and waits as long as ever.

    Where a later statement has opened another one of the same place and source, that one stands
    and the older is gone. An edited request goes on as the one in its place. Returns how many are
    open again. Harmless to repeat.
    """
    accepted = StockDifference.objects.filter(state=State.ACCEPTED)
    edited = accepted.filter(approval__replaced_by__isnull=False)
    for pk, replaced_by in edited.values_list("pk", "approval__replaced_by"):
        accepted.filter(pk=pk).update(approval=replaced_by)
    refused = accepted.filter(approval__state__in=IN_VAIN, approval__replaced_by=None)
    return sum(_reopen(difference, at=at) for difference in refused.order_by("-pk"))


def _reopen(difference: StockDifference, *, at: datetime) -> bool:
    still = StockDifference.objects.filter(pk=difference.pk, state=State.ACCEPTED)
    told_anew = StockDifference.objects.open().filter(
        sku=difference.sku_id, warehouse=difference.warehouse_id, source=difference.source
    )
    if told_anew.exists():
        still.update(state=State.GONE, settled_by=None, settled_at=at)
        return False
    return bool(still.update(state=State.OPEN, settled_by=None, settled_at=None))


def look_for_overdue(store: Store, *, at: datetime) -> int:
    """One alert per SKU whose differences are open for too long; it closes itself when settled."""
    minutes = procedure.value_of(SETTLE_WITHIN.key, store=store, at=at)
    overdue = (
        StockDifference.objects.open()
        .in_stores([store.pk])
        .filter(opened_at__lte=at - timedelta(minutes=float(minutes)))
        .select_related("sku")
        .order_by("sku_id", "opened_at", "pk")
        .distinct("sku_id")
    )
    content_type = ContentType.objects.get_for_model(Sku)
    findings = [
        alerts.Finding(
            key=difference.sku.code,
            subject_type_id=content_type.pk,
            subject_id=difference.sku_id,
            subject_label=difference.sku.code,
            owner_role=Role.CATALOG_OPERATOR,
            evidence={
                "source": difference.source,
                "ours": difference.ours,
                "theirs": difference.theirs,
            },
            money_at_risk=abs(difference.pieces) * worth_of(difference.sku),
        )
        for difference in overdue
    ]
    alerts.report(OVERDUE, findings, store_id=store.pk, at=at)
    return len(findings)


def look(_slot: Slot | None, at: datetime) -> dict[str, Any]:
    reopened = reopen_refused(at=at)
    overdue = sum(look_for_overdue(store, at=at) for store in Store.objects.active())
    return {"reopened": reopened, "overdue": overdue}


JOB = Job(
    "catalog.stock_differences",
    gettext_lazy("Stock differences that wait too long"),
    look,
    every=timedelta(minutes=10),
)
