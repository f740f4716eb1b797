"""How many pieces each channel may offer: its share of what is available (CAT-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, IntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from catalog.models import ChannelShare, Sku, SkuQuerySet, StockLevel
from catalog.services import bundles

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel


def allocated(sku: Sku, channel: Channel) -> int:
    """Pieces of the SKU that the channel may offer now."""
    return offered_on(channel).values_list("allocated", flat=True).get(pk=sku.pk)


def offered_on(channel: Channel) -> SkuQuerySet:
    """The store's active SKUs, each with `available` (in active warehouses) and `allocated`.

    What is available of a bundle is what its parts make.

    Allocated is the share of what is available, rounded down, less the pieces kept back, and never
    below zero. The SKU's own share goes before the channel's; without any, all is offered.
    """
    shelf = (
        StockLevel.objects.filter(sku=OuterRef("pk"), warehouse__is_active=True)
        .order_by()
        .values("sku")
        .annotate(pieces=Sum("available"))
        .values("pieces")
    )
    own = ChannelShare.objects.filter(channel=channel, sku=OuterRef("pk"))
    common = ChannelShare.objects.filter(channel=channel, sku=None)

    def number(name: str, default: int) -> Coalesce:
        return Coalesce(
            Subquery(own.values(name)[:1]),
            Subquery(common.values(name)[:1]),
            Value(default),
            output_field=IntegerField(),
        )

    return (
        Sku.objects.active()
        .filter(store=channel.store_id)
        .annotate(
            available=Coalesce(
                Subquery(shelf, output_field=IntegerField()), bundles.available(), 0
            ),
            percent=number("percent", 100),
            kept_back=number("kept_back", 0),
        )
        .annotate(
            allocated=Greatest(
                # Whole numbers: the division rounds down.
                F("available") * F("percent") / Value(100) - F("kept_back"),
                Value(0),
                output_field=IntegerField(),
            )
        )
    )
