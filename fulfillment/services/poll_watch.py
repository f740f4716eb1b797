"""Every few minutes sources get their parcels, and it is told what they can't answer (FUL-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from fulfillment import tasks
from fulfillment.models import ParcelPoll
from fulfillment.services import polling
from fulfillment.tracking import folder
from fulfillment.tracking.asking import CODES
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.exchange.models import Target
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

GIVEN_UP = AlertKind(
    code="fulfillment.polls_given_up",
    title=_("A source can't say what became of parcels"),
    clause="FUL-7",
    runbook=_(
        "Read what the source says, mend its key, the carrier's code or the file, then ask again "
        "on the parcels' pages. The alert closes when the parcels have arrived or are asked for."
    ),
    evidence={"target": _("target"), "parcels": _("parcels"), "error": _("last error")},
)


def tend(_slot: Slot, at: datetime) -> dict[str, Any]:
    """For a job every few minutes: the tick asks nobody itself, since sources may be slow."""
    totals = {"enrolled": 0, "files": 0, "hinted": 0}
    targets = Target.objects.active().filter(adapter__in=[*CODES, folder.CODE])
    for store in Store.objects.active().filter(pk__in=targets.values("store")):
        totals["enrolled"] += polling.enrol(store, at=at)
        totals["files"] += folder.take_in(store, at=at)
        look_for_given_up(store, at=at)
    if ParcelPoll.objects.open().filter(next_at__lte=at).exists():
        hint(tasks.poll_parcels)
        totals["hinted"] = 1
    return totals


def look_for_given_up(store: Store, *, at: datetime) -> int:
    """One open alert per source that can't answer; the others are closed. Returns how many."""
    findings = [*_given_up(store), *_too_large(store)]
    alerts.report(GIVEN_UP, findings, store_id=store.pk, at=at)
    return len(findings)


def _given_up(store: Store) -> Iterable[alerts.Finding]:
    rows = ParcelPoll.objects.parked().filter(parcel__store=store)
    sums = rows.order_by().values("target__code", "target__name")
    for row in sums.annotate(parcels=Count("pk"), error=Max("error")):
        yield _finding(row["target__code"], row["target__name"], row["parcels"], row["error"])


def _too_large(store: Store) -> Iterable[alerts.Finding]:
    for name in folder.left_in(store):
        yield _finding(f"file:{name}"[:100], name, 0, str(_("The file is too large.")))


def _finding(key: str, target: str, parcels: int, error: str) -> alerts.Finding:
    return alerts.Finding(
        key=key,
        subject_label=target,
        owner_role=Role.ADMINISTRATOR,
        evidence={"target": target, "parcels": parcels, "error": error},
    )
