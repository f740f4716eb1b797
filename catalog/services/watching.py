"""Live listings are looked at every night: what is not complete is somebody's work (CAT-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.gates import Blocker, blockers_of
from catalog.models import Listing
from catalog.services import publishing, qualifying
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

BATCH = 500

INCOMPLETE = AlertKind(
    code="catalog.listing_incomplete",
    title=gettext_lazy("A live listing would not be let live now"),
    clause="CAT-2",
    runbook=gettext_lazy(
        "Open the listing: its page names what is missing. Add it, or take the listing off."
    ),
    evidence={"reasons": gettext_lazy("reasons"), "clauses": gettext_lazy("clauses")},
)


def look(store: Store, *, at: datetime) -> dict[str, int]:
    """Alerts stand for the store's live listings that something blocks, and for no others.

    Without a valid qualification a listing is taken off as well: nothing else blocks sales at
    once (CAT-14). Returns how many were looked at, found and taken off. Safe to repeat.
    """
    qualifying.look(store, at=at)
    content_type = ContentType.objects.get_for_model(Listing)
    findings: list[alerts.Finding] = []
    looked_at = taken_off = 0
    for batch in _batches(store):
        looked_at += len(batch)
        blocked = blockers_of(batch, at)
        expired = [pk for pk, blockers in blocked.items() if _lacks_a_paper(blockers)]
        if expired:
            gone = publishing.take_off_listings(
                listing_ids=expired,
                reason=_("A qualification it needs is not valid."),
                actor=None,
                at=at,
            )
            taken_off += len(gone)
        findings += [
            alerts.Finding(
                key=str(listing.pk),
                subject_type_id=content_type.pk,
                subject_id=listing.pk,
                subject_label=listing.product.code,
                owner_role=Role.CATALOG_OPERATOR,
                evidence=_evidence(blocked[listing.pk]),
            )
            for listing in batch
            if blocked[listing.pk] and listing.pk not in expired
        ]
    alerts.report(INCOMPLETE, findings, store_id=store.pk, at=at)
    return {"looked_at": looked_at, "incomplete": len(findings), "taken_off": taken_off}


def _batches(store: Store) -> Iterator[list[Listing]]:
    live = Listing.objects.filter(store=store).live()
    rows = live.select_related("store", "product", "channel").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _lacks_a_paper(blockers: list[Blocker]) -> bool:
    return any(blocker.code == "qualification" for blocker in blockers)


def _evidence(blockers: list[Blocker]) -> dict[str, Any]:
    return {
        "reasons": len(blockers),
        "clauses": ", ".join(sorted({blocker.clause for blocker in blockers})),
    }


def _look_at_night(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    return look(slot.store, at=at)


NIGHTLY = Job(
    "catalog.look_at_listings",
    gettext_lazy("Live listings and qualifications are looked at"),
    _look_at_night,
    daily_at=time(5),
)
