"""`tmall-report`: the order report of Tmall's seller centre, one line per order, amounts only."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.sheets import rejected
from orders.importers.base import OrderImporter, Sheet
from orders.importers.records import complete


class TmallReportImporter(OrderImporter):
    """What the buyer paid is already less what was refunded: paid + refunded = captured.

    Times are in the store's zone. The report names no articles, so nothing is reserved. Columns
    not listed here are left out.
    """

    name = "tmall-report"
    title = gettext_lazy("Tmall order report")
    description = gettext_lazy("As exported by the seller centre: 订单编号, 总金额, 订单创建时间 …")
    number_column = "订单编号"
    columns = (
        Column("order_number", gettext_lazy("order number"), ("订单编号",), is_required=True),
        Column("total_amount", gettext_lazy("total"), ("总金额",), is_required=True),
        Column(
            "paid_amount",
            gettext_lazy("paid, less refunds"),
            ("买家实际支付金额",),
            is_required=True,
        ),
        Column("region", gettext_lazy("region"), ("收货地址",)),
        Column("placed_at", gettext_lazy("placed"), ("订单创建时间",), is_required=True),
        Column("paid_at", gettext_lazy("paid at"), ("订单付款时间",), is_required=True),
        Column("refunded_amount", gettext_lazy("refunded"), ("退款金额",), is_required=True),
    )

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        sheet = Sheet(source, context)
        number = sheet.positions["order_number"]
        with sheet.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                fitting = sheet.fit_all(cells)
                if fitting is None:
                    yield rejected(line, "", cells, sheet.ragged(cells))
                    continue
                data: dict[str, Any] = {}
                problem = sheet.read(fitting, data) or _captured(sheet, data)
                if problem is not None:
                    yield rejected(line, fitting[number].strip(), cells, problem)
                else:
                    yield Record(line, data.pop("order_number"), cells, data)


def _captured(sheet: Sheet, data: dict[str, Any]) -> Problem | None:
    """Turn what the store keeps into what was captured, and check the order."""
    for required in ("order_number", "total_amount", "placed_at"):
        if not data.get(required):
            return sheet.missing(required)
    kept = Decimal(data.get("paid_amount", "0"))
    refunded = Decimal(data.get("refunded_amount", "0"))
    data["paid_amount"] = str(kept + refunded)
    try:
        complete(data)
    except BadValue as error:
        return sheet.problem(error, 0)
    return None
