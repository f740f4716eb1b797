"""What an order's page says of its papers: invoices, contracts, the quotation it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.models import BusinessOrder, Order, Quotation
from orders.screens.invoices import standing
from orders.services import contracts
from orders.services.invoicing import REQUEST, left_to_invoice

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def context_for(order: Order, user: User) -> dict[str, Any]:
    """For `orders/papers_panel.html`; five queries at most."""
    sees_invoices = user.has_perm("orders.view_invoice", order)
    sees_contracts = user.has_perm("orders.view_contract", order)
    rows = order.invoices.order_by("pk") if sees_invoices else []
    may_ask = user.has_perm(REQUEST, order)
    is_business = BusinessOrder.objects.filter(order=order).exists()
    return {
        "sees_papers": sees_invoices or sees_contracts,
        "invoices": [(invoice, standing(invoice)) for invoice in rows],
        "may_ask_invoice": may_ask and left_to_invoice(order) > 0,
        "contracts": list(order.contracts.order_by("version")) if sees_contracts else [],
        "is_business": is_business,
        "may_hand_in": user.has_perm(contracts.ADD, order),
        "may_mark": user.has_perm(contracts.MARK, order),
        "quotation": Quotation.objects.filter(order=order).first()
        if user.has_perm("orders.view_quotation", order)
        else None,
    }
