"""Whoever orders goods is told of each SKU at or below its safety stock, once (CAT-8).

Of a place one of two alerts is open: nothing is under way there (`LOW`, what INS-3 looks for), or
goods are and it is followed until they are in (`COMING`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockCover
from catalog.models.cover import StockCoverQuerySet
from catalog.services.coming import NOTHING, Coming, pieces_coming
from catalog.services.replenishment import follow_balances, lock_covers, measure_cover
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.alerts.models import Severity
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

_COVER = {
    "warehouse": _("warehouse"),
    "available": _("pieces available"),
    "safety_stock": _("safety stock"),
    "average": _("average daily sales"),
    "days_counted": _("days counted"),
    "cover_days": _("days of cover"),
}
_LIST = ListPlace("admin:catalog_stockcover_changelist", "catalog.view_stockcover", "sku")

LOW = AlertKind(
    code="catalog.low_stock",
    title=_("Stock at or below the safety stock"),
    clause="CAT-8",
    runbook=_(
        "Tick the row and order from the supplier, or move pieces from another warehouse; the "
        "alert closes by itself once more than the safety stock is available."
    ),
    evidence=_COVER,
    acts_on=_LIST,
)
COMING = AlertKind(
    code="catalog.low_stock_coming",
    title=_("Stock at or below the safety stock, goods under way"),
    clause="CAT-8",
    runbook=_(
        "Have what was asked for decided and sent, and see that it comes before the last piece is "
        "sold; order more where it is too little. The alert closes by itself once more than the "
        "safety stock is available."
    ),
    evidence=_COVER
    | {
        "asked": _("pieces asked for"),
        "ordered": _("pieces on order"),
        "moved": _("pieces from another warehouse"),
        "expected_on": _("expected on"),
    },
    acts_on=_LIST,
)


@dataclass(frozen=True, slots=True)
class Low:
    """How many places are at or below their safety stock, and to how many of them goods come."""

    places: int
    coming: int


def look_for_low_stock(store: Store, *, at: datetime) -> Low:
    """One open alert per SKU and warehouse at or below its safety stock; the others are closed.

    The covers follow the balances first. Takes the store's lock of covers, so that what was read is
    still so when it is told; a fixed number of statements.
    """
    with transaction.atomic():
        lock_covers(store)
        follow_balances(store)
        coming = pieces_coming(store)
        found: dict[str, list[alerts.Finding]] = {LOW.code: [], COMING.code: []}
        subject_type = ContentType.objects.get_for_model(Sku).pk
        # Rows, not models: there may be as many as there are SKUs.
        for cover in _covers(store).low().values_list(*_TOLD, named=True).iterator():
            there = coming.get((cover.sku_id, cover.warehouse_id), NOTHING)
            found[(COMING if there.pieces else LOW).code].append(
                _finding(cover, subject_type, there, at)
            )
        for kind in (LOW, COMING):
            alerts.report(kind, found[kind.code], store_id=store.pk, at=at)
    numbers = [len(findings) for findings in found.values()]
    return Low(places=sum(numbers), coming=numbers[-1])


def look_again(*, sku_ids: Iterable[int], at: datetime) -> int:
    """Alerts of these SKUs close where stock is back. Returns how many. Harmless to repeat."""
    sku_ids = list(sku_ids)
    stores = Store.objects.filter(skus__in=sku_ids).distinct().order_by("pk")
    return sum(_close_where_back(store, sku_ids, at=at) for store in stores)


def _close_where_back(store: Store, sku_ids: Sequence[int], *, at: datetime) -> int:
    with transaction.atomic():
        lock_covers(store)
        follow_balances(store, sku_ids=sku_ids)
        covers = _covers(store).filter(sku__in=sku_ids)
        low = set(covers.low().values_list("pk", flat=True))
        back = [_key(cover) for cover in covers if cover.pk not in low]
        return sum(
            alerts.close_themselves(store_id=store.pk, check_code=kind.code, keys=back, at=at)
            for kind in (LOW, COMING)
        )


def _covers(store: Store) -> StockCoverQuerySet:
    return StockCover.objects.filter(store=store)


_TOLD = (
    "sku_id",
    "sku__code",
    "warehouse_id",
    "warehouse__name",
    "available",
    "safety_stock",
    "average",
    "days_counted",
    "cover_days",
)


def _finding(cover: Any, subject_type: int, coming: Coming, at: datetime) -> alerts.Finding:
    evidence = {
        "warehouse": cover.warehouse__name,
        "available": cover.available,
        "safety_stock": cover.safety_stock,
        "average": str(cover.average),
        "days_counted": cover.days_counted,
        "cover_days": str(cover.cover_days),
    }
    if coming.pieces:
        evidence |= {
            "asked": coming.asked,
            "ordered": coming.ordered,
            "moved": coming.moved,
            "expected_on": coming.expected_on.isoformat() if coming.expected_on else "",
        }
    return alerts.Finding(
        key=_key(cover),
        subject_type_id=subject_type,
        subject_id=cover.sku_id,
        subject_label=cover.sku__code,
        owner_role=Role.CATALOG_OPERATOR,
        severity=_severity(cover, coming),
        evidence=evidence,
        # When the last piece is sold.
        deadline_at=at + timedelta(days=float(cover.cover_days)),
    )


def _severity(cover: Any, coming: Coming) -> Severity:
    if cover.available + coming.pieces > cover.safety_stock:
        return Severity.INFO
    return Severity.WARNING if cover.available > 0 or coming.pieces else Severity.CRITICAL


def _key(cover: Any) -> str:
    return f"{cover.sku_id}:{cover.warehouse_id}"


def measure(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    measured = measure_cover(slot.store, at=at)
    return {"measured": measured, "low": look_for_low_stock(slot.store, at=at).places}


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    stores = Store.objects.active()
    return {"low": sum(look_for_low_stock(store, at=at).places for store in stores)}


JOBS = (
    Job(
        "catalog.measure_cover",
        _("Average daily sales, safety stock and days of cover"),
        measure,
        daily_at=time(2, 30),
    ),
    Job(
        "catalog.look_for_low_stock",
        _("Stock at or below the safety stock"),
        look,
        every=timedelta(minutes=10),
    ),
)
