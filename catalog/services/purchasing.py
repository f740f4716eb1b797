"""Purchase orders: who may do what, how many pieces they are about, what is looked at (CAT-8).

Locks are taken in this order: the request for approval, the order, its products, its lines, stock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, F, Q, Sum, When
from django.utils.translation import gettext as _

from catalog.models import Product, PurchaseLine, PurchaseOrder, PurchaseState
from catalog.services.handling import require_right
from catalog.services.trials import check_trial_cap
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services.ending import end
from opsdesk.errors import Conflict

if TYPE_CHECKING:
    from opsdesk.stores.models import User

ORDER, APPROVE = "catalog.order_goods", "catalog.approve_purchase"
State = PurchaseState

Check = Callable[..., None]
_checks: list[Check] = []


def on_check(check: Check) -> None:
    """Call `check(lines, at=…)` when an order is asked for, and again when it is agreed to.

    It refuses by a DomainError. The lines come with their SKUs; their products are locked, so that
    what `pieces_ordered` says of them stays true until the transaction ends.
    """
    if check not in _checks:
        _checks.append(check)


def run_checks(order: PurchaseOrder, *, at: datetime) -> list[PurchaseLine]:
    """The lines of the order, by SKU, after every check let them pass. Locks their products."""
    lines = list(order.lines.select_related("sku").order_by("sku_id"))
    products = {line.sku.product_id for line in lines}
    list(Product.objects.filter(pk__in=products).order_by("pk").select_for_update())
    for check in _checks:
        check(lines, at=at)
    return lines


def pieces_ordered(product_ids: Iterable[int], *, apart_from: int | None = None) -> dict[int, int]:
    """Product id → pieces asked for or received so far; a product without any is not there.

    Of what is over only what came counts: not a cancelled order, nor the rest that was given up.
    Drafts count for nothing. `apart_from` is the id of the order that is being looked at.
    """
    came_only = Q(order__state__in=[State.SHORT, State.CLOSED, State.RECEIVED])
    pieces = Case(When(came_only, then=F("received")), default=F("quantity"))
    lines = PurchaseLine.objects.filter(sku__product__in=list(product_ids))
    lines = lines.exclude(order__state__in=[State.DRAFT, State.CANCELLED])
    found = lines.exclude(order=apart_from).order_by().values_list("sku__product")
    return dict(found.annotate(pieces=Sum(pieces)))


def pieces_on_order(sku_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """(SKU id, warehouse id) → pieces agreed to that have not come. One query."""
    lines = PurchaseLine.objects.on_order().filter(sku__in=list(sku_ids)).order_by()
    found = lines.values_list("sku_id", "order__warehouse_id")
    rows = found.annotate(pieces=Sum(F("quantity") - F("received")))
    return {(sku_id, warehouse_id): pieces for sku_id, warehouse_id, pieces in rows}


def refuse_beyond_trials(lines: Sequence[PurchaseLine], *, at: datetime) -> None:
    """Of a product on trial no more is ordered in all than its cap (CAT-12)."""
    ordered: Counter[int] = Counter()
    for line in lines:
        ordered[line.sku.product_id] += line.quantity
    if lines:
        already = pieces_ordered(ordered, apart_from=lines[0].order_id)
        check_trial_cap(ordered, already=already, at=at)


def why_no_bundle(sku_id: int) -> str:
    """What purchase orders have to say to a SKU that is to become a bundle; else empty."""
    over = [State.RECEIVED, State.CLOSED, State.SHORT, State.CANCELLED]
    lines = PurchaseLine.objects.filter(sku=sku_id).exclude(order__state__in=over)
    line = lines.select_related("order").first()
    if line is None:
        return ""
    return _("It is ordered by %(number)s: it can't become a bundle yet.") % {
        "number": line.order.number
    }


def locked_order(
    order_id: int, states: Sequence[str], *, actor: User, right: str = ORDER
) -> PurchaseOrder:
    """The order, locked, in one of these states. Raises NotAllowed, Conflict."""
    orders = PurchaseOrder.objects.visible_to(actor).locked()
    order = orders.select_related("store", "supplier", "warehouse").get(pk=order_id)
    require_right(right, order.warehouse, actor)
    refuse_other_states(order, states)
    return order


def refuse_other_states(order: PurchaseOrder, states: Sequence[str]) -> None:
    """Raises Conflict unless the order is in one of them."""
    if order.state not in states:
        raise Conflict(
            _("The purchase order %(number)s is %(state)s by now.")
            % {"number": order.number, "state": order.get_state_display()},
            state=order.state,
        )


def stop_request(order_id: int, *, actor: User, at: datetime) -> None:
    """Nobody decides on the order any more, and it is a draft again if it waited for that.

    Locks the request, then the order, as carrying it out does.
    """
    order = PurchaseOrder.objects.visible_to(actor).get(pk=order_id)
    if order.approval_id is None:
        return
    approval = Approval.objects.locked().get(pk=order.approval_id)
    if approval.state in Approval.OPEN:
        require_right(ORDER, order.warehouse, actor)
        end(approval, Approval.State.VOIDED, at=at, why=Approval.Why.EDITED, by=actor)
    waiting = PurchaseOrder.objects.filter(pk=order_id, state=State.PENDING, approval=approval.pk)
    waiting.update(state=State.DRAFT, asked_at=None)


def take_back_refused(order_ids: Iterable[int] | None = None) -> int:
    """Orders whose request was refused, or ran out, are drafts again. Returns how many.

    Of these orders, or of all. Safe to repeat.
    """
    refused = PurchaseOrder.objects.drafts().filter(state=State.PENDING)
    if order_ids is not None:
        refused = refused.filter(pk__in=list(order_ids))
    with transaction.atomic():
        return _take_back([order.pk for order in refused.locked()])


def _take_back(ids: Sequence[int]) -> int:
    return PurchaseOrder.objects.filter(pk__in=ids).update(state=State.DRAFT, asked_at=None)
