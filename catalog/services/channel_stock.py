"""What a channel may offer, as a file for whoever keeps the channel's stock by hand (CAT-16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from catalog.models import Listing
from catalog.services.codes import aliases_of, with_codes
from catalog.services.sharing import offered_on
from opsdesk import exports

if TYPE_CHECKING:
    from opsdesk.exports import ExportedFile
    from opsdesk.stores.models import Channel

HEADER = ["sku_code", "aliases", "channel_number", "quantity"]


def export_channel_stock(channel: Channel, *, as_workbook: bool) -> ExportedFile:
    """The store's active SKUs by code, each with the pieces that the channel may offer now.

    `channel_number` is what the channel calls the product, empty where it isn't known. Three
    queries, and one more for every two thousand SKUs.
    """
    if as_workbook:
        return exports.xlsx_file(HEADER, _rows(channel), "stock")
    return exports.csv_file(HEADER, _rows(channel))


def _rows(channel: Channel) -> Iterator[list[Any]]:
    numbers = dict(Listing.objects.filter(channel=channel).values_list("product_id", "external_id"))
    skus: QuerySet[Any] = with_codes(offered_on(channel).order_by("code"))
    for sku in skus.iterator(chunk_size=2_000):
        yield [
            sku.code,
            ";".join(aliases_of(sku)),
            numbers.get(sku.product_id, ""),
            sku.allocated,
        ]
