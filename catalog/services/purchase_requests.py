"""A purchase order is asked for by one person and agreed to by another (CAT-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import PurchaseLine, PurchaseOrder
from catalog.services.pricing import VIEW_COST
from catalog.services.purchase_drafts import terms_missed
from catalog.services.purchasing import (
    APPROVE,
    ORDER,
    State,
    locked_order,
    run_checks,
    take_back_refused,
)
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.services import filing
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from opsdesk.wording import money

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import User

SMALL, LARGE = "catalog.purchase_order", "catalog.large_purchase_order"
SHOWN_LINES = 100

AMOUNT_OF_LEAD = Setting(
    key="catalog.purchase_amount_of_lead",
    clause="CAT-8",
    title=gettext_lazy("Purchases that the operations lead agrees to; finance above it"),
    default=Decimal(20_000),
    unit=Unit.MONEY,
    is_limit=True,
)


class TermsMissed(DomainError):
    """The order does not fit what the supplier delivers. `facts` has each reason."""

    code = "terms_missed"


def ask_for_purchase(*, order_id: int, actor: User, at: datetime) -> PurchaseOrder:
    """The order is frozen and waits for somebody else's agreement.

    Finance decides where the amount, with what this person asked of the supplier lately, is above
    the limit. Raises NotAllowed, TermsMissed, Conflict, and whatever a check refuses with. Locks
    the order, then its products in id order.
    """
    take_back_refused([order_id])
    return retrying(partial(_ask, order_id, actor=actor, at=at))


def _ask(order_id: int, *, actor: User, at: datetime) -> PurchaseOrder:
    with transaction.atomic():
        order = locked_order(order_id, [State.DRAFT], actor=actor)
        if not (order.supplier.is_active and order.warehouse.is_active):
            raise DomainError(_("The supplier or the warehouse is not active any more."))
        lines = run_checks(order, at=at)
        if not lines:
            raise DomainError(_("There is nothing on this purchase order."))
        missed = terms_missed(order, lines)
        if missed:
            raise TermsMissed(" ".join(missed), reasons=missed)
        amount = sum((line.amount for line in lines), Decimal(0))
        request = filing.Request(
            kind=_kind_for(order, amount, actor, at),
            store=order.store,
            subject_key=_subject_key(order),
            subject_label=order.number,
            subject=order,
            amount=amount,
            asked=_asked(order, lines),
        )
        author = order.edited_by or order.filed_by
        editor = author if author.pk != actor.pk else None
        order.approval = filing.file_approval(
            request=request, filer=actor, at=at, last_editor=editor
        )
        order.state, order.asked_at = State.PENDING, at
        order.save(update_fields=["approval", "state", "asked_at"])
    return order


def _subject_key(order: PurchaseOrder) -> str:
    """Orders of one person at one supplier count together: splitting one avoids nobody."""
    return f"supplier:{order.supplier_id}"


def _kind_for(order: PurchaseOrder, amount: Decimal, actor: User, at: datetime) -> str:
    counted = partial(
        filing.counted_amount,
        store=order.store,
        filer=actor,
        subject_key=_subject_key(order),
        at=at,
    )
    total = counted(kind=SMALL, amount=amount) + counted(kind=LARGE, amount=Decimal(0))
    limit = procedure.value_of(AMOUNT_OF_LEAD.key, store=order.store, at=at)
    return LARGE if total > limit else SMALL


def _asked(order: PurchaseOrder, lines: Sequence[PurchaseLine]) -> dict[str, Any]:
    """The request as it is frozen and signed."""
    return {
        "order_id": order.pk,
        "number": order.number,
        "supplier": order.supplier.name,
        "warehouse": order.warehouse.name,
        "currency": order.currency,
        "reason": order.reason,
        "lines": [
            {"sku": line.sku.code, "quantity": line.quantity, "cost": f"{line.cost:.2f}"}
            for line in lines
        ],
    }


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The version that is asked for, and whether the supplier still delivers."""
    order = PurchaseOrder.objects.select_related("supplier").get(pk=asked["order_id"])
    return {"version": order.version, "supplier_is_active": order.supplier.is_active}


def _describe(approval: Approval) -> Description:
    asked = approval.asked
    lines, currency = asked["lines"], asked["currency"]
    summary = _("%(number)s: from %(supplier)s for %(warehouse)s, SKUs: %(skus)s") % {
        "number": asked["number"],
        "skus": len(lines),
        "supplier": asked["supplier"],
        "warehouse": asked["warehouse"],
    }
    changes = [
        Change(line["sku"], "", _pieces(line), _reckoned(line, currency))
        for line in lines[:SHOWN_LINES]
    ]
    if len(lines) > SHOWN_LINES:
        more = _("%(count)s more: see the page of the purchase order")
        changes.append(Change(more % {"count": len(lines) - SHOWN_LINES}, "", ""))
    if asked["reason"]:
        changes.append(Change(_("Reason"), "", asked["reason"]))
    return Description(summary=summary, changes=changes)


def _pieces(line: dict[str, Any]) -> str:
    count = line["quantity"]
    return ngettext("%(count)s piece", "%(count)s pieces", count) % {"count": count}


def _reckoned(line: dict[str, Any], currency: str) -> str:
    cost = Decimal(line["cost"])
    amount = money(line["quantity"] * cost, currency)
    return f"{line['quantity']} × {money(cost, currency)} = {amount}"


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    """The order may be sent, if it still is the one that was asked for."""
    orders = PurchaseOrder.objects.filter(pk=approval.asked["order_id"], approval=approval)
    order = orders.locked().get()
    run_checks(order, at=at)
    agreed = orders.filter(state=State.PENDING).update(state=State.APPROVED, approved_at=at)
    if not agreed:
        raise Conflict(_("This purchase order does not wait for approval any more."))
    return {"order": order.pk}


def _kind(code: str, title: Any, role: Role) -> Kind:
    return Kind(
        code=code,
        title=title,
        clause="CAT-8",
        files=ORDER,
        decides=APPROVE,
        bands=(Band((role,)),),
        found=_found,
        describe=_describe,
        carry_out=_carry_out,
        costs_need=VIEW_COST,
    )


PURCHASE_ORDER = _kind(SMALL, gettext_lazy("Purchase order"), Role.OPERATIONS_LEAD)
LARGE_PURCHASE_ORDER = _kind(LARGE, gettext_lazy("Large purchase order"), Role.FINANCE)
