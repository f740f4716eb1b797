"""The numbers, rights, alerts and jobs of approvals."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, waiting
from opsdesk.alerts import checks as alert_kinds
from opsdesk.approvals import changing, checks, kinds
from opsdesk.approvals.invariants import INVARIANTS
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.asking import ASKED
from opsdesk.exchange import texts
from opsdesk.inspection import checks as inspection
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import EVERYONE, Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

DAY = Decimal(24 * 60)

EXPIRES_AFTER = Setting(
    key="approvals.expires_after",
    clause="",
    title=_("A request waits for its decision"),
    default=2 * DAY,
    unit=Unit.MINUTES,
    minimum=Decimal(60),
    maximum=14 * DAY,
    is_limit=True,
)
GRANTS_WITHIN = Setting(
    key="approvals.grants_within",
    clause="",
    title=_("A role given by the filer doesn't count for"),
    default=DAY,
    unit=Unit.MINUTES,
    maximum=14 * DAY,
    is_limit=True,
)
SUMS_WITHIN = Setting(
    key="approvals.sums_within",
    clause="",
    title=_("Requests count together within"),
    default=DAY,
    unit=Unit.MINUTES,
    maximum=14 * DAY,
    is_limit=True,
)


def look_after_requests(_slot: Slot, at: datetime) -> dict[str, Any]:
    """What a lost hint left behind is carried out, what waited too long expires."""
    return {
        "expired": carrying.expire_approvals(at=at),
        "carried_out": carrying.carry_out_waiting(at=at),
        "to_review": checks.report_emergencies(at=at),
    }


def _oldest_approved(_at: datetime) -> datetime | None:
    from opsdesk.approvals.models import Approval

    agreed = Approval.objects.to_carry_out().order_by("decided_at")
    return agreed.values_list("decided_at", flat=True).first()


LOOK_AFTER = Job(
    code="approvals.look_after",
    title=_("Requests that were approved or ran out"),
    run=look_after_requests,
    every=timedelta(minutes=1),
)


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(EXPIRES_AFTER, GRANTS_WITHIN, SUMS_WITHIN)
    procedure.register(checks.UNDECIDED_TOLD_FOR, checks.CARRIED_OUT_WITHIN)
    inspection.register(checks.DECIDED)
    alert_kinds.register(checks.NOT_CARRIED_OUT, checks.EMERGENCY, checks.OVERDUE)
    kinds.register(changing.RULE)
    jobs.register(LOOK_AFTER)
    texts.register(ASKED)
    waiting.register("approved requests", _oldest_approved)
    grant(
        ["approvals.view_approval", "approvals.view_delegation", "approvals.add_delegation"],
        to=EVERYONE,
    )
    grant(
        ["approvals.view_approvalpolicy"],
        to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR],
    )
    grant(["approvals.add_approvalpolicy"], to=[Role.ADMINISTRATOR])
    grant(["approvals.decide_limits"], to=[Role.FINANCE])
    grant(["approvals.break_glass"], to=[Role.OPERATIONS_LEAD])
    grant(["approvals.review_break_glass"], to=[Role.FINANCE, Role.ADMINISTRATOR])
