"""An import of articles is taken back: what it made goes, unless anything has come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pgtrigger
from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import Product, Sku, SkuCode
from opsdesk.audit.models import AuditEntry


def remove_untouched_skus(sku_ids: Sequence[int], *, since: datetime) -> set[int]:
    """These SKUs are gone, and products made `since` that are left without any; returns the gone.

    What anything refers to (stock, a ledger line, an order) or what was changed since stays. Their
    codes are free again: nothing ever bore them. Locks products, then SKUs, by id.
    """
    with transaction.atomic():
        found = Sku.objects.filter(pk__in=sku_ids)
        product_ids = set(found.values_list("product_id", flat=True))
        _lock(Product.objects.filter(pk__in=product_ids))
        _lock(found)
        gone = set(
            _unreferred(found, besides=SkuCode)
            .exclude(pk__in=_changed(sku_ids))
            .values_list("pk", flat=True)
        )
        # Elsewhere the record of used codes is kept for ever.
        with pgtrigger.ignore("catalog.SkuCode:never_given_back"):
            SkuCode.objects.filter(sku__in=gone).delete()
        Sku.objects.filter(pk__in=gone).delete()
        made = Product.objects.filter(pk__in=product_ids, created_at__gte=since)
        _unreferred(made).delete()
    return gone


def _lock(rows: QuerySet) -> None:
    list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))


def _changed(sku_ids: Sequence[int]) -> set[int | None]:
    """Whose entries in the audit trail say so: a SKU's first state is none."""
    entries = AuditEntry.objects.filter(
        model="catalog.sku", subject_id__in=sku_ids, verb=AuditEntry.Verb.CHANGED
    )
    return set(entries.values_list("subject_id", flat=True))


def _unreferred(rows: QuerySet, *, besides: type[models.Model] | None = None) -> QuerySet:
    """Those that no row of any table refers to, whichever chapter it belongs to."""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        is_other = relation.auto_created and not relation.concrete
        if is_other and not relation.many_to_many and relation.related_model is not besides:
            referring = relation.related_model._base_manager.filter(
                **{relation.field.name: OuterRef("pk")}
            )
            rows = rows.exclude(Exists(referring))
    return rows
