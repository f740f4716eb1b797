"""Who may look at the audit trail, what proves that nobody changed it, and the jobs that do."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, waiting
from opsdesk.alerts import checks as alert_kinds
from opsdesk.audit import chain, heads
from opsdesk.audit.models import EVERYBODYS
from opsdesk.exchange import texts
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import EVERYONE, Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def link(_slot: Slot, _at: datetime) -> dict[str, Any]:
    return {"linked": chain.link_entries()}


def seal(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    assert slot.business_date is not None
    return heads.seal_day(store=slot.store, day=slot.business_date, at=at)


def register() -> None:
    grant(["audit.view_auditentry"], to=[role for role in EVERYONE if role is not Role.ANALYST])
    grant([EVERYBODYS], to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ADMINISTRATOR])
    jobs.register(
        Job("audit.link", _("The audit trail is chained"), link, every=timedelta(minutes=1)),
        Job(
            "audit.seal",
            _("The audit trail is looked through, its heads are sent"),
            seal,
            daily_at=time(3, 30),
        ),
    )
    invariants.register(chain.HOLDS)
    waiting.register("audit entries to chain", chain.oldest_unlinked)
    alert_kinds.register(heads.BROKEN)
    texts.register(heads.HEADS)
