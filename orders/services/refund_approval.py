"""A refund request as others read it, decide on it and agree to it (ORD-5)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.stores.roles import Role
from opsdesk.wording import money
from orders.models import RefundRequest
from orders.services import refunding
from orders.services.refunding import APPROVE, KIND, REQUEST

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import Store, User


def _found(asked: dict[str, Any], _at: datetime) -> dict[str, Any]:
    """The money that it stands on: another payment or refund, and it is another request."""
    request = RefundRequest.objects.select_related("order").get(pk=asked["request_id"])
    return {
        "paid": f"{request.order.paid_amount:.2f}",
        "refunded": f"{request.order.refunded_amount:.2f}",
    }


def _describe(approval: Approval) -> Description:
    asked, found = approval.asked, approval.snapshot["found"]

    def shown(amount: str) -> str:
        return money(Decimal(amount), asked["currency"])

    back = Decimal(found["refunded"]) + Decimal(asked["amount"])
    changes = [
        Change(_("Paid"), shown(found["paid"]), shown(found["paid"])),
        Change(_("Refunded"), shown(found["refunded"]), shown(str(back))),
        *(
            Change(f"{line['quantity']} × {line['sku']}", "", shown(line["amount"]))
            for line in asked["lines"]
        ),
        Change(_("Reason"), "", asked["reason"]),
    ]
    summary = _("%(amount)s back for order %(number)s, of %(paid)s paid") % {
        "amount": shown(asked["amount"]),
        "number": asked["number"],
        "paid": shown(found["paid"]),
    }
    return Description(summary=summary, changes=changes)


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    refunding.agree(approval.asked["request_id"], at=at)
    return {"refund_request": approval.asked["request_id"]}


def _counted(store: Store | None, filer: User, subject_key: str, since: datetime) -> Decimal:
    request = RefundRequest.objects.select_related("order__store").get(
        pk=int(subject_key.partition(":")[2])
    )
    return refunding.counted_besides(request, store or request.order.store, filer, since)


REFUND = Kind(
    code=KIND,
    title=gettext_lazy("Refund"),
    clause="ORD-5",
    files=REQUEST,
    decides=APPROVE,
    bands=(
        Band((Role.SERVICE_LEAD,)),
        Band((Role.FINANCE,), from_amount=Decimal("2000.01")),
        Band(
            (Role.SERVICE_LEAD, Role.FINANCE),
            from_amount=Decimal("20000.01"),
            voices=2,
            from_different_roles=True,
        ),
    ),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
    done_alone=_counted,
)
