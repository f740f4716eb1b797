"""`taobao-products`: articles as collected from Taobao, one line per article and day (CAT-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.importers.base import READERS, ProductImporter
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Context
from opsdesk.exchange.moments import MomentReader


class TaobaoProductImporter(ProductImporter):
    """An article is told once a day: the newest line counts, and others name it.

    The shop's name is taken for the brand. What was sold and said of an article is left out.
    """

    name = "taobao-products"
    title = gettext_lazy("Taobao articles")
    description = gettext_lazy(
        "Columns id, title, price, 店名, update_time; of each article the newest counts."
    )
    columns = (
        Column("code", gettext_lazy("SKU code"), ("id",), is_required=True),
        Column("name", gettext_lazy("name"), ("title",), is_required=True),
        Column("list_price", gettext_lazy("list price"), ("price",), is_required=True),
        Column("brand", gettext_lazy("brand"), ("店名",)),
        Column("updated_at", gettext_lazy("as of"), ("update_time",)),
    )
    newest_by = "updated_at"

    def readers(self, context: Context) -> dict[str, Callable[[str], Any]]:
        latest = max(context.as_of, context.now) + timedelta(days=1)
        return {**READERS, "updated_at": MomentReader(context.store.zone, latest).read}

    def repeated(self) -> str:
        return _(
            "Line %(line)s tells of the same article and counts: it is newer, or the first of its "
            "day."
        )
