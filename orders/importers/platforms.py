"""`shopify-json` and `woocommerce-json`: orders as the platforms' REST interfaces write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import limits
from opsdesk.exchange.importers import Context, Importer, Record, Source
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.sheets import rejected
from orders.importers.base import LINES_OF_AN_ORDER, OrderImporter, too_many_lines
from orders.platforms import shopify, woocommerce
from orders.platforms.reading import Node

ReadOrder = Callable[..., tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Documents(Source):
    """The orders of a file, in its order."""

    documents: tuple[Any, ...] = ()


class PlatformImporter(OrderImporter):
    """One order, a list of orders, or either under `order` or `orders`; UTF-8.

    What a platform sends by webhook and what it hands out otherwise is read the same way, so a
    file repairs what a webhook missed. A row's line is the order's place in the file.
    """

    number_column = "id"
    description = gettext_lazy("One order, a list of them, or {“orders”: [ … ]}.")
    read: ReadOrder

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        orders = _orders_in(_content_of(path))
        if not orders:
            raise FileRefused("no_rows", _("The file holds no orders."))
        # As a table of one column: what is shown of a rejected order is its number.
        dialect = {"kind": "json", "header": ["id"], "fields": ["order_number"], "personal": []}
        return Documents({}, None, dialect, tuple(orders))

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        assert isinstance(source, Documents)
        latest = max(context.as_of, context.now) + timedelta(days=1)
        for line, document in enumerate(source.documents, start=1):
            yield self._record(line, document, context, latest)

    def _record(self, line: int, document: Any, context: Context, latest: Any) -> Record:
        if not isinstance(document, dict):
            problem = Problem("not_an_object", "", _("This is no JSON object."))
            return rejected(line, "", [""], problem)
        shown = str(document.get("id", ""))[:80]
        try:
            number, data = type(self).read(Node(document, latest), currency=context.store.currency)
        except BadValue as error:
            return rejected(line, shown, [shown], error.in_column(getattr(error, "field", "")))
        if len(data.get("lines", ())) > LINES_OF_AN_ORDER:
            return rejected(line, shown, [shown], too_many_lines())
        return Record(line, number, [number], data)

    def check(self, session: ImportSession) -> None:
        """A file may tell an order more than once, and no Excel has been at it."""
        Importer.check(self, session)


class ShopifyImporter(PlatformImporter):
    name = "shopify-json"
    title = gettext_lazy("Shopify orders (JSON)")
    read = staticmethod(shopify.order_of)


class WooCommerceImporter(PlatformImporter):
    name = "woocommerce-json"
    title = gettext_lazy("WooCommerce orders (JSON)")
    read = staticmethod(woocommerce.order_of)


def _content_of(path: Path) -> Any:
    """Read whole: JSON can't be read in parts. Raises FileRefused."""
    size = path.stat().st_size
    if size > limits.UPLOAD_BYTES:
        raise FileRefused(
            "file_too_large",
            _("The file has %(size)d MB; at most %(limit)d are read. Split it.")
            % {"size": size // limits.MEBIBYTE, "limit": limits.UPLOAD_BYTES // limits.MEBIBYTE},
        )
    try:
        return orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FileRefused(
            "not_json",
            _("The file is no JSON: %(reason)s") % {"reason": error.msg},
            line=error.lineno,
        ) from error


def _orders_in(content: Any) -> list[Any]:
    if isinstance(content, dict) and "orders" in content:
        content = content["orders"]
    elif isinstance(content, dict) and isinstance(content.get("order"), dict):
        content = content["order"]
    return content if isinstance(content, list) else [content]
