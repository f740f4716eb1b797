"""A kind of request for these tests: money back on an order, dearer ones by two people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import OperationalError

from opsdesk.approvals import kinds
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.services import filing
from opsdesk.errors import DomainError
from opsdesk.stores.roles import Role
from orders.models import Order
from tests.factories import MOMENT


def _found(asked: dict[str, Any], at: Any) -> dict[str, Any]:
    return {"paid": str(Order.objects.get(pk=asked["order_id"]).paid_amount)}


def _describe(approval: Any) -> Description:
    change = Change("Paid", approval.snapshot["found"]["paid"], approval.asked["amount"])
    return Description(f"{approval.asked['amount']} back", [change])


def _carry_out(approval: Any, at: Any) -> dict[str, Any]:
    order = Order.objects.select_for_update().get(pk=approval.asked["order_id"])
    if order.region == "refuses":
        raise DomainError("The gateway said no to 13812345678.")
    if order.region == "is cut off":
        raise OperationalError("server closed the connection")
    if order.region == "breaks":
        raise ZeroDivisionError("a bug")
    order.region += f"refunded {approval.pk};"
    order.save(update_fields=["region"])
    return {"order": order.pk}


REFUND = Kind(
    code="tests.refund",
    title="Refund",
    clause="AFT-4",
    files="orders.view_order",
    decides="orders.view_customer",
    bands=(
        Band((Role.SERVICE_LEAD, Role.OPERATIONS_LEAD)),
        Band((Role.FINANCE,), from_amount=Decimal(2_000)),
        Band(
            (Role.SERVICE_LEAD, Role.FINANCE),
            from_amount=Decimal(20_000),
            voices=2,
            from_different_roles=True,
        ),
    ),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
kinds.register(REFUND)


def request(order: Order, amount: Any = 100, **fields: Any) -> filing.Request:
    asked = {"order_id": order.pk, "amount": str(amount)}
    return filing.Request(
        kind=REFUND.code,
        store=order.store,
        subject_key=str(order.pk),
        subject_label=order.external_number,
        asked=asked | fields.pop("asked", {}),
        subject=order,
        amount=Decimal(amount),
        **fields,
    )


def ask(order: Order, filer: Any, amount: Any = 100, at: Any = MOMENT, **fields: Any) -> Any:
    return filing.file_approval(request=request(order, amount, **fields), filer=filer, at=at)
