"""`generic`: our own columns, one line per order, or one per article of an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.sheets import rejected
from orders.importers.base import (
    LINES_OF_AN_ORDER,
    OrderImporter,
    Sheet,
    on_line,
    too_many_lines,
)
from orders.importers.records import complete

COLUMNS = (
    Column(
        "order_number",
        gettext_lazy("order number"),
        ("order_number", "order number", "order no", "order id", "订单编号", "订单号", "订单"),
        is_required=True,
    ),
    Column(
        "placed_at",
        gettext_lazy("placed"),
        ("placed_at", "placed", "created at", "order time", "下单时间", "订单创建时间", "创建时间"),
        is_required=True,
    ),
    Column(
        "total_amount",
        gettext_lazy("total"),
        ("total_amount", "total", "amount", "总金额", "订单金额", "应付金额"),
    ),
    Column("freight_amount", gettext_lazy("freight"), ("freight_amount", "freight", "运费")),
    Column(
        "discount_amount", gettext_lazy("discount"), ("discount_amount", "discount", "优惠金额")
    ),
    Column("paid_amount", gettext_lazy("paid"), ("paid_amount", "paid", "实付金额", "实收金额")),
    Column(
        "refunded_amount", gettext_lazy("refunded"), ("refunded_amount", "refunded", "退款金额")
    ),
    Column("paid_at", gettext_lazy("paid at"), ("paid_at", "付款时间", "支付时间", "订单付款时间")),
    Column("confirmed_at", gettext_lazy("stock confirmed"), ("confirmed_at", "确认时间")),
    Column("shipped_at", gettext_lazy("shipped"), ("shipped_at", "shipped", "发货时间")),
    Column("delivered_at", gettext_lazy("delivered"), ("delivered_at", "delivered", "签收时间")),
    Column("cancelled_at", gettext_lazy("cancelled"), ("cancelled_at", "cancelled", "取消时间")),
    Column(
        "customer",
        gettext_lazy("buyer id"),
        ("customer", "buyer", "buyer id", "买家", "买家昵称", "会员名"),
        is_personal=True,
    ),
    Column(
        "recipient",
        gettext_lazy("recipient"),
        ("recipient", "name", "收货人", "收货人姓名", "收件人"),
        is_personal=True,
    ),
    Column(
        "phone",
        gettext_lazy("phone"),
        ("phone", "mobile", "手机", "手机号", "联系电话", "联系手机"),
        is_personal=True,
    ),
    Column("region", gettext_lazy("region"), ("region", "省市区", "地区")),
    Column(
        "address", gettext_lazy("address"), ("address", "收货地址", "详细地址"), is_personal=True
    ),
    Column(
        "buyer_memo",
        gettext_lazy("buyer's memo"),
        ("buyer_memo", "memo", "买家留言", "备注"),
        is_personal=True,
    ),
    Column(
        "sku_code",
        gettext_lazy("SKU code"),
        ("sku_code", "sku", "商家编码", "SKU编码", "商品编码", "货号"),
    ),
    Column(
        "title", gettext_lazy("article"), ("title", "article", "商品标题", "商品名称", "宝贝标题")
    ),
    Column("quantity", gettext_lazy("quantity"), ("quantity", "qty", "数量", "购买数量")),
    Column("unit_price", gettext_lazy("unit price"), ("unit_price", "price", "单价", "商品单价")),
    Column("line_amount", gettext_lazy("amount of the line"), ("line_amount", "小计", "商品金额")),
)
LINE_FIELDS = ("sku_code", "title", "quantity", "unit_price", "line_amount")


@dataclass
class Group:
    """The lines of one order, wherever they stand in the file."""

    first: int
    data: dict[str, Any] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)
    lines: list[list[Any]] = field(default_factory=list)
    problem: Problem | None = None


class GenericImporter(OrderImporter):
    """Documented columns under English or Chinese names, others through a map.

    With an SKU column a record is an order of one or more lines, consecutive or not: what
    concerns the order as a whole must be the same on all of them (or blank on the later ones).
    Without one, a line is an order of which only the amounts are known.
    """

    name = "generic"
    title = gettext_lazy("Table of orders (CSV or XLSX)")
    description = gettext_lazy(
        "Columns order_number, placed_at and total_amount, or sku_code, quantity and unit_price."
    )
    columns = COLUMNS
    is_strict = True

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        sheet = Sheet(source, context)
        if "sku_code" in sheet.positions:
            return _grouped(sheet)
        return _bare(sheet)


def _bare(sheet: Sheet) -> Iterator[Record]:
    width, number = len(sheet.header), sheet.positions["order_number"]
    with sheet.table.rows() as rows:
        next(rows)
        for line, cells in rows:
            fitting = cells if len(cells) == width else sheet.fit(cells)
            if fitting is None:
                yield rejected(line, "", cells, sheet.ragged(cells))
                continue
            data: dict[str, Any] = {}
            problem = sheet.read(fitting, data) or _finished(sheet, data)
            if problem is not None:
                yield rejected(line, fitting[number].strip(), cells, problem)
            else:
                yield Record(line, data.pop("order_number"), cells, data)


def _finished(sheet: Sheet, data: dict[str, Any]) -> Problem | None:
    for required in ("order_number", "placed_at"):
        if not data.get(required):
            return sheet.missing(required)
    try:
        complete(data)
    except BadValue as error:
        return sheet.problem(error, 0)
    return None


def _grouped(sheet: Sheet) -> Iterator[Record]:
    groups: dict[str, Group] = {}
    number = sheet.positions["order_number"]
    with sheet.table.rows() as rows:
        next(rows)
        for line, cells in rows:
            key = cells[number].strip() if len(cells) > number else ""
            if not key:
                problem = (
                    sheet.missing("order_number") if sheet.fit_all(cells) else sheet.ragged(cells)
                )
                yield rejected(line, "", cells, problem)
                continue
            _add(sheet, groups, key, line, cells)
    for key, group in groups.items():
        yield _record(sheet, key, group)


def _add(sheet: Sheet, groups: dict[str, Group], key: str, line: int, cells: list[str]) -> None:
    """One more line of an order; what is wrong with any line is wrong with the order."""
    group = groups.setdefault(key, Group(line))
    fitting = sheet.fit_all(cells)
    if fitting is None:
        group.problem = group.problem or on_line(sheet.ragged(cells), line, group.first)
    elif group.problem is None:
        problem = _unwanted(group, cells) or _read_line(sheet, group, fitting)
        group.problem = problem and on_line(problem, line, group.first)
    if len(group.rows) < LINES_OF_AN_ORDER:
        group.rows.append(cells)


def _unwanted(group: Group, cells: list[str]) -> Problem | None:
    line = tuple(cells)
    if line in group.seen:
        return Problem(
            "repeated_line",
            "",
            _(
                "The line is the same as an earlier one of this order. Delete it, or add up the "
                "quantities."
            ),
        )
    if len(group.seen) == LINES_OF_AN_ORDER:
        return too_many_lines()
    group.seen.add(line)
    return None


def _read_line(sheet: Sheet, group: Group, cells: list[str]) -> Problem | None:
    data: dict[str, Any] = {}
    problem = sheet.read(cells, data)
    if problem is not None:
        return problem
    for required in ("sku_code", "quantity"):
        if not data.get(required):
            return sheet.missing(required)
    group.lines.append(_line(data))
    if not group.lines[-1]:
        return sheet.missing("unit_price")
    order = {name: value for name, value in data.items() if name not in LINE_FIELDS}
    for name, value in order.items():
        known = group.data.setdefault(name, value)
        if known != value:
            return Problem(
                "contradicting_lines",
                sheet.column(name),
                _("An earlier line of this order says something else. They must be the same."),
            )
    return None


def _line(data: dict[str, Any]) -> list[Any]:
    """Code, pieces, unit price, amount, title; empty where neither price nor amount is told."""
    quantity, price, amount = data["quantity"], data.get("unit_price"), data.get("line_amount")
    if price is None and amount is None:
        return []
    if amount is None:
        amount = f"{quantity * Decimal(price):.2f}"
    if price is None:
        price = f"{Decimal(amount) / quantity:.2f}"
    return [data["sku_code"], quantity, price, amount, data.get("title", "")]


def _record(sheet: Sheet, key: str, group: Group) -> Record:
    cells: list[Any] = group.rows if len(group.rows) > 1 else group.rows[0]
    problem = group.problem
    if problem is None:
        group.data["lines"] = group.lines
        problem = _finished(sheet, group.data)
    if problem is not None:
        return rejected(group.first, key, cells, problem)
    return Record(group.first, group.data.pop("order_number"), cells, group.data)
