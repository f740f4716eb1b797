"""`taobao-export`: the seller centre's order export (订单报表), and its articles (宝贝报表)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from opsdesk.exchange.columns import Column, Match, match_columns, require_complete
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import Table, open_table
from opsdesk.exchange.sheets import rejected
from orders.importers.base import OrderImporter
from orders.importers.records import complete
from orders.importers.seller_centres import Group, PlatformSheet, read_groups, tell_people
from orders.importers.standing import Standing, check_lines, read_standing, remark, settle

STATES = {
    "等待买家付款": Standing.UNPAID,
    "买家已付款,等待卖家发货": Standing.PAID,
    "等待卖家发货": Standing.PAID,
    "卖家部分发货": Standing.PAID,
    "卖家已发货,等待买家确认": Standing.SHIPPED,
    "等待买家确认收货": Standing.SHIPPED,
    "交易成功": Standing.FINISHED,
    "交易关闭": Standing.CLOSED,
}
ARTICLES = "articles"
_CODES = ("商家编码", "外部系统编号")


class TaobaoExportImporter(OrderImporter):
    """A record is an order. What is owed is 买家应付货款 and 买家应付邮费, without them 总金额.

    Alone, the order export names articles only where an order has one kind and its code is told;
    other orders are amounts. With the export of articles in one folder all have their lines. What
    the buyer "actually paid" is less what was refunded, as in `tmall-report`. Times are in the
    store's zone.
    """

    name = "taobao-export"
    title = gettext_lazy("Taobao order export")
    description = gettext_lazy(
        "As exported by the seller centre: 订单编号, 总金额, 订单状态, 订单创建时间 …"
    )
    number_column = "订单编号"
    columns = (
        Column("order_number", gettext_lazy("order number"), ("订单编号",), is_required=True),
        Column("customer", gettext_lazy("buyer id"), ("买家会员名",), is_personal=True),
        Column("goods_amount", gettext_lazy("articles"), ("买家应付货款",)),
        Column("freight_amount", gettext_lazy("freight"), ("买家应付邮费",)),
        Column("total_amount", gettext_lazy("total"), ("总金额",), is_required=True),
        Column(
            "paid_amount",
            gettext_lazy("paid, less refunds"),
            ("买家实际支付金额", "买家实付金额"),
            is_required=True,
        ),
        Column("refunded_amount", gettext_lazy("refunded"), ("退款金额",)),
        Column("state", gettext_lazy("state"), ("订单状态",), is_required=True),
        Column("buyer_memo", gettext_lazy("buyer's memo"), ("买家留言",), is_personal=True),
        Column("recipient", gettext_lazy("recipient"), ("收货人姓名",), is_personal=True),
        Column("address", gettext_lazy("address"), ("收货地址",), is_personal=True),
        Column("phone", gettext_lazy("phone"), ("联系手机",), is_personal=True),
        Column("placed_at", gettext_lazy("placed"), ("订单创建时间",), is_required=True),
        Column("paid_at", gettext_lazy("paid at"), ("订单付款时间",), is_required=True),
        Column("shipped_at", gettext_lazy("shipped"), ("发货时间",)),
        Column("delivered_at", gettext_lazy("finished"), ("确认收货时间",)),
        Column("title", gettext_lazy("article"), ("宝贝标题", "商品标题")),
        Column("kinds", gettext_lazy("kinds of articles"), ("宝贝种类",)),
        Column("quantity", gettext_lazy("quantity"), ("宝贝总数量",)),
        Column("sku_code", gettext_lazy("SKU code"), (_CODES[0],)),
        Column("outer_code", gettext_lazy("code of the other system"), (_CODES[1],)),
    )
    article_columns = (
        Column(
            "order_number",
            gettext_lazy("order number"),
            ("订单编号", "主订单编号"),
            is_required=True,
        ),
        Column("title", gettext_lazy("article"), ("标题", "商品标题", "宝贝标题")),
        Column("unit_price", gettext_lazy("unit price"), ("价格", "商品价格"), is_required=True),
        Column("quantity", gettext_lazy("quantity"), ("购买数量",), is_required=True),
        Column("sku_code", gettext_lazy("SKU code"), (_CODES[0],)),
        Column("outer_code", gettext_lazy("code of the other system"), (_CODES[1],)),
    )

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        if path.is_dir():
            return self._open_folder(path, column_map)
        source = super().open(path, name=name, column_map=column_map)
        if _tells_articles(source.table):
            raise FileRefused(
                "articles_alone",
                _(
                    "These are the articles of orders without the orders. Put the file into a "
                    "folder with the order export and bring in the folder."
                ),
                line=1,
            )
        return source

    def _open_folder(self, path: Path, column_map: Mapping[str, str]) -> Source:
        orders: list[Table] = []
        articles: list[Table] = []
        for file in sorted(path.glob("*.csv")):
            table = open_table(file, encoding=survey(file).encoding, name=file.name)
            (articles if _tells_articles(table) else orders).append(table)
        if len(orders) != 1 or len(articles) != 1:
            raise FileRefused(
                "not_two_exports",
                _("The folder must hold one CSV file with orders and one with their articles."),
            )
        match = self._matched(orders[0], column_map)
        return Source(
            {"": orders[0], ARTICLES: articles[0]},
            match,
            {**orders[0].dialect, **self._understood(match), "folder": True},
        )

    def _matched(self, table: Table, column_map: Mapping[str, str]) -> Match:
        return match_columns(
            table.header, self.columns, column_map, line=table.header_line, is_strict=False
        )

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        more = {
            "goods_amount": values.money,
            "kinds": values.quantity,
            "outer_code": values.identifier,
        }
        sheet = PlatformSheet(source, context, more)
        articles = self._articles(source, context, more)
        strays, groups = read_groups(sheet, ("placed_at", "total_amount", "state"))
        yield from strays
        for number, group in groups.items():
            yield from _records(sheet, number, group, articles)
        if articles is not None:
            source.dialect["unused_rows"] = sum(len(rest.rows) for rest in articles.values())

    def _articles(
        self, source: Source, context: Context, more: dict[str, Any]
    ) -> dict[str, Group] | None:
        """Order number → the lines of the export of articles; None where it was not given."""
        table = source.tables.get(ARTICLES)
        if table is None:
            return None
        match = match_columns(
            table.header, self.article_columns, {}, line=table.header_line, is_strict=False
        )
        require_complete(match, table.header_line)
        sheet = PlatformSheet(replace(source, tables={"": table}, match=match), context, more)
        strays, groups = read_groups(sheet, ("unit_price", "quantity"))
        if strays:
            assert strays[0].problem is not None
            raise FileRefused(
                strays[0].problem.code, strays[0].problem.message, line=strays[0].line
            )
        for group in groups.values():
            group.problem = group.problem or _without_code(sheet, group)
        return groups


def _tells_articles(table: Table) -> bool:
    header = {name.strip() for name in table.header}
    return "购买数量" in header and "总金额" not in header


def _without_code(sheet: PlatformSheet, group: Group) -> Problem | None:
    if all(told.get("sku_code") or told.get("outer_code") for told in group.told):
        return None
    return sheet.missing("sku_code")


def _records(
    sheet: PlatformSheet, number: str, group: Group, articles: dict[str, Group] | None
) -> Iterator[Record]:
    """One order; the same number on another line is told as such by the format's own check."""
    if len(group.rows) > 1 and group.problem is None:
        group.problem = _told_twice()
    cells: list[Any] = group.rows if len(group.rows) > 1 else group.rows[0]
    lines = None if articles is None else articles.pop(number, None)
    data = group.told[0] if group.told else {}
    problem = group.problem or _order(sheet, data, lines, needs_lines=articles is not None)
    if problem is not None:
        yield rejected(group.first, number, cells, problem)
    else:
        del data["order_number"]
        yield Record(group.first, number, cells, data)


def _told_twice() -> Problem:
    return Problem(
        "repeated_key",
        "订单编号",
        _("Several lines tell this order. Leave one, the newest."),
    )


def _order(
    sheet: PlatformSheet, data: dict[str, Any], articles: Group | None, *, needs_lines: bool
) -> Problem | None:
    if needs_lines and (articles is None or articles.problem is not None):
        return _of_articles(articles)
    try:
        standing = read_standing(_plain(data.pop("state")), STATES)
    except BadValue as error:
        return error.in_column(sheet.column("state"))
    lines = [_line(told) for told in articles.told] if articles else []
    _tell_amounts(data, standing)
    lines = lines or _only_line(data)
    for name in ("title", "kinds", "quantity", "sku_code", "outer_code"):
        data.pop(name, None)
    if lines:
        data["lines"] = lines
    try:
        settle(data, standing)
        if lines:
            check_lines(data, field=sheet.column("total_amount"))
        complete(data)
    except BadValue as error:
        return sheet.problem(error, 0)
    _check_paid(sheet, data)
    tell_people(data)
    return None


def _of_articles(articles: Group | None) -> Problem:
    if articles is None:
        return Problem("no_articles", "", _("The export of articles has no line of this order."))
    assert articles.problem is not None
    return articles.problem._replace(
        message=_("Line %(line)d of the articles: %(reason)s")
        % {"line": articles.first, "reason": articles.problem.message}
    )


def _plain(state: str) -> str:
    return state.replace("，", ",").replace(" ", "")


def _tell_amounts(data: dict[str, Any], standing: Standing) -> None:
    """What is owed, and what was captured: kept and refunded together.

    Without a column of refunds, a closed order that was paid for got all of it back.
    """
    goods = data.pop("goods_amount", None)
    if goods is not None:
        owed = Decimal(goods) + Decimal(data.get("freight_amount", "0"))
        data["total_amount"] = f"{owed:.2f}"
    if "paid_at" not in data:
        return
    kept = Decimal(data.get("paid_amount", "0"))
    captured = kept + Decimal(data.get("refunded_amount", "0"))
    if standing is Standing.CLOSED and "refunded_amount" not in data:
        captured = kept or Decimal(data["total_amount"])
    data["paid_amount"] = f"{captured:.2f}"


def _only_line(data: dict[str, Any]) -> list[list[Any]]:
    """The order's one kind of article, where the order export tells its code and pieces."""
    code = data.get("sku_code") or data.get("outer_code")
    if not code or data.get("kinds", 1) != 1 or "quantity" not in data:
        return []
    goods = Decimal(data["total_amount"]) - Decimal(data.get("freight_amount", "0"))
    price = f"{max(goods, Decimal(0)) / data['quantity']:.2f}"
    return [[code, data["quantity"], price, f"{max(goods, Decimal(0)):.2f}", data.get("title", "")]]


def _line(told: dict[str, Any]) -> list[Any]:
    code = told.get("sku_code") or told.get("outer_code")
    amount = f"{told['quantity'] * Decimal(told['unit_price']):.2f}"
    return [code, told["quantity"], told["unit_price"], amount, told.get("title", "")]


def _check_paid(sheet: PlatformSheet, data: dict[str, Any]) -> None:
    paid = data.get("paid_amount")
    if paid is not None and Decimal(paid) != Decimal(data["total_amount"]):
        remark(
            data,
            "wrong_total",
            sheet.column("paid_amount"),
            _("The buyer paid %(paid)s of %(total)s.")
            % {"paid": paid, "total": data["total_amount"]},
        )
