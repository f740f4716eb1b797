"""What a reviewer changes on an order, and who may (ORD-5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, sealing
from opsdesk.approvals import kinds
from opsdesk.exchange import texts
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from orders.edit_invariants import INVARIANTS
from orders.scripts import SCRIPTS
from orders.services import contacting, refunding
from orders.services.addressing import CHANGE_ADDRESS
from orders.services.amending import CHANGE_GOODS
from orders.services.refund_approval import REFUND
from orders.services.sealed import FORMER_CONTACTS
from orders.services.splitting import SPLIT
from orders.services.together import MERGE

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

# Who changes orders before they leave.
EDITORS = [Role.ORDER_REVIEWER, Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD]


def follow_refund_decisions(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"settled": refunding.follow_decisions(at=at)}


def register() -> None:
    invariants.register(*INVARIANTS)
    sealing.register(FORMER_CONTACTS)
    kinds.register(REFUND)
    texts.register(*SCRIPTS.values())
    procedure.register(refunding.SMALL)
    jobs.register(
        Job(
            "orders.follow_refunds",
            _("Refund requests that were refused or ran out"),
            follow_refund_decisions,
            every=timedelta(minutes=5),
        )
    )
    grant([CHANGE_ADDRESS, CHANGE_GOODS, SPLIT, MERGE], to=EDITORS)
    grant([contacting.CONTACT, refunding.REQUEST], to=EDITORS)
    grant([refunding.ALONE], to=[Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD])
    grant([refunding.APPROVE], to=[Role.SERVICE_LEAD, Role.FINANCE])
    grant(
        ["orders.view_refundrequest", "orders.view_contactattempt"],
        to=[*EDITORS, Role.OPERATIONS_LEAD, Role.FINANCE, Role.ANALYST],
    )
