"""Presales whose promise is in danger are told of, and told off again (CAT-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import PresaleLot, StockLevel
from catalog.presold import Presold, presold_of
from catalog.services.presale_supply import Lead, lead_of
from catalog.services.presales import end_due_lots, fulfil_lots
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

UNCONFIRMED = AlertKind(
    code="catalog.presale_unconfirmed",
    title=_("A presale's goods are not confirmed in time"),
    clause="CAT-11",
    runbook=_(
        "Speak with the supplier and enter the answer, or find the goods elsewhere; the alert "
        "closes itself once a day that is early enough is confirmed."
    ),
    evidence={
        "promised_on": _("promised ship date"),
        "needed_on": _("goods needed on"),
        "confirmed_for": _("confirmed for"),
        "supplier": _("supplier"),
    },
)
NOT_IN = AlertKind(
    code="catalog.presale_goods_missing",
    title=_("A presale's goods are not in"),
    clause="CAT-11",
    runbook=_(
        "Ask the supplier where the goods are, or tell the buyers; the alert closes itself once "
        "what is available covers the orders that wait."
    ),
    evidence={
        "promised_on": _("promised ship date"),
        "waiting": _("pieces that orders wait for"),
        "available": _("pieces available"),
    },
)
OVERSOLD = AlertKind(
    code="catalog.presale_oversold",
    title=_("More was sold ahead than offered"),
    clause="CAT-11",
    runbook=_(
        "End the sale on the channel and here, and have the supplier confirm the pieces beyond."
    ),
    evidence={"ordered": _("pieces ordered"), "offered": _("pieces offered")},
)


def look_at_presales(store: Store, *, at: datetime) -> int:
    """One open alert per lot and danger; those that are past are closed. Returns how many lots.

    A fixed number of statements. Safe to repeat.
    """
    under_way = PresaleLot.objects.filter(store=store).under_way()
    lots = list(under_way.select_related("store", "sku", "supplier").order_by("pk"))
    presold, available = presold_of(lots), _available(lots)
    day, lead = store.business_date(at), lead_of(store, at=at)
    found = [
        (UNCONFIRMED, _unconfirmed(lots, day, lead)),
        (NOT_IN, _not_in(lots, presold, available, day, lead)),
        (OVERSOLD, _oversold(lots, presold)),
    ]
    with transaction.atomic():
        for kind, findings in found:
            alerts.report(kind, findings, store_id=store.pk, at=at)
    return len({finding.key for _kind, findings in found for finding in findings})


def _unconfirmed(lots: Iterable[PresaleLot], day: date, lead: Lead) -> list[alerts.Finding]:
    """Refused or too late: at once. No answer: from the day on that it should be there."""
    return [
        _finding(
            lot,
            severity=Severity.CRITICAL if lot.answered_at else Severity.WARNING,
            supplier=str(lot.supplier),
            promised_on=lot.promised_on.isoformat(),
            needed_on=lead.needed_on(lot).isoformat(),
            confirmed_for=lot.confirmed_for.isoformat() if lot.confirmed_for else "",
        )
        for lot in lots
        if not lead.is_kept(lot) and (lot.answered_at is not None or day > lead.confirmed_by(lot))
    ]


def _not_in(
    lots: Iterable[PresaleLot],
    presold: Mapping[int, Presold],
    available: Mapping[int, int],
    day: date,
    lead: Lead,
) -> list[alerts.Finding]:
    return [
        _finding(
            lot,
            severity=Severity.CRITICAL if day >= lot.promised_on else Severity.WARNING,
            promised_on=lot.promised_on.isoformat(),
            waiting=presold[lot.pk].waiting,
            available=available.get(lot.sku_id, 0),
        )
        for lot in lots
        if day >= lead.needed_on(lot) and available.get(lot.sku_id, 0) < presold[lot.pk].waiting
    ]


def _oversold(lots: Iterable[PresaleLot], presold: Mapping[int, Presold]) -> list[alerts.Finding]:
    return [
        _finding(
            lot,
            severity=Severity.CRITICAL,
            ordered=presold[lot.pk].ordered,
            offered=lot.offered,
        )
        for lot in lots
        if presold[lot.pk].ordered > lot.offered
    ]


def _available(lots: Sequence[PresaleLot]) -> dict[int, int]:
    """SKU id → pieces available in all warehouses. One query."""
    levels = StockLevel.objects.of_skus({lot.sku_id for lot in lots}).order_by()
    return dict(levels.values_list("sku_id").annotate(Sum("available")))


def _finding(lot: PresaleLot, *, severity: str, **evidence: Any) -> alerts.Finding:
    return alerts.Finding(
        key=str(lot.pk),
        subject_type_id=ContentType.objects.get_for_model(PresaleLot).pk,
        subject_id=lot.pk,
        subject_label=str(lot),
        owner_role=Role.CATALOG_OPERATOR,
        severity=severity,
        evidence=evidence,
    )


def keep(_slot: Slot, at: datetime) -> dict[str, Any]:
    """Sales end by themselves, kept promises are put away, and dangers are told."""
    ended = end_due_lots(at=at)
    stores = list(Store.objects.active().order_by("pk"))
    return {
        "ended": ended,
        "fulfilled": sum(fulfil_lots(store, at=at) for store in stores),
        "in_danger": sum(look_at_presales(store, at=at) for store in stores),
    }


JOB = Job(
    "catalog.keep_presales",
    _("Presales: their end, their goods, their promises"),
    keep,
    every=timedelta(minutes=10),
)
