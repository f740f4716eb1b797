"""Whoever orders goods is told of each SKU at or below its safety stock, once (CAT-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockCover
from catalog.models.cover import StockCoverQuerySet
from catalog.services.replenishment import follow_balances, lock_covers, measure_cover
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

LOW = AlertKind(
    code="catalog.low_stock",
    title=_("Stock at or below the safety stock"),
    clause="CAT-8",
    runbook=_(
        "Tick the row and order from the supplier, or move pieces from another warehouse; the "
        "alert closes by itself once more than the safety stock is available."
    ),
    evidence={
        "warehouse": _("warehouse"),
        "available": _("pieces available"),
        "safety_stock": _("safety stock"),
        "average": _("average daily sales"),
        "days_counted": _("days counted"),
        "cover_days": _("days of cover"),
    },
    acts_on=ListPlace("admin:catalog_stockcover_changelist", "catalog.view_stockcover", "sku"),
)


def look_for_low_stock(store: Store, *, at: datetime) -> int:
    """One open alert per SKU and warehouse at or below its safety stock; the others are closed.

    The covers follow the balances first. Returns how many are low. Takes the store's lock of
    covers, so that what was read is still so when it is told; a fixed number of statements.
    """
    with transaction.atomic():
        lock_covers(store)
        follow_balances(store)
        findings = _findings(StockCover.objects.filter(store=store).low())
        alerts.report(LOW, findings, store_id=store.pk, at=at)
    return len(findings)


def look_again(*, sku_ids: Iterable[int], at: datetime) -> int:
    """Alerts of these SKUs close where stock is back. Returns how many. Harmless to repeat."""
    sku_ids = list(sku_ids)
    stores = Store.objects.filter(skus__in=sku_ids).distinct().order_by("pk")
    return sum(_close_where_back(store, sku_ids, at=at) for store in stores)


def _close_where_back(store: Store, sku_ids: Sequence[int], *, at: datetime) -> int:
    with transaction.atomic():
        lock_covers(store)
        follow_balances(store, sku_ids=sku_ids)
        covers = StockCover.objects.filter(store=store, sku__in=sku_ids)
        low = set(covers.low().values_list("pk", flat=True))
        back = [_key(cover) for cover in covers if cover.pk not in low]
        return alerts.close_themselves(store_id=store.pk, check_code=LOW.code, keys=back, at=at)


def _findings(covers: StockCoverQuerySet) -> list[alerts.Finding]:
    content_type = ContentType.objects.get_for_model(Sku)
    return [
        alerts.Finding(
            key=_key(cover),
            subject_type_id=content_type.pk,
            subject_id=cover.sku_id,
            subject_label=cover.sku.code,
            owner_role=Role.CATALOG_OPERATOR,
            evidence={
                "warehouse": cover.warehouse.name,
                "available": cover.available,
                "safety_stock": cover.safety_stock,
                "average": str(cover.average),
                "days_counted": cover.days_counted,
                "cover_days": str(cover.cover_days),
            },
        )
        for cover in covers.select_related("sku", "warehouse")
    ]


def _key(cover: StockCover) -> str:
    return f"{cover.sku_id}:{cover.warehouse_id}"


def measure(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    measured = measure_cover(slot.store, at=at)
    return {"measured": measured, "low": look_for_low_stock(slot.store, at=at)}


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    stores = Store.objects.active()
    return {"low": sum(look_for_low_stock(store, at=at) for store in stores)}


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
