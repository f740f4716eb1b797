"""`jd-export`: the orders of JD's seller centre, one line per article of an order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.sheets import rejected
from orders.importers.base import OrderImporter
from orders.importers.records import complete
from orders.importers.seller_centres import Group, PlatformSheet, merged, read_groups, tell_people
from orders.importers.standing import Standing, check_lines, read_standing, remark, settle

STATES = {
    "等待付款": Standing.UNPAID,
    "等待付款确认": Standing.UNPAID,
    "等待出库": Standing.PAID,
    "等待发货": Standing.PAID,
    "正在出库": Standing.PAID,
    "暂停": Standing.PAID,
    "等待确认收货": Standing.SHIPPED,
    "完成": Standing.FINISHED,
    "已完成": Standing.FINISHED,
    "取消": Standing.CLOSED,
    "已取消": Standing.CLOSED,
}
# JD writes what has become of the order in front of the state it had.
DELETED, LOCKED = "(删除)", "(锁定)"
ON_DELIVERY = "货到付款"
_LINE = {"order_number", "sku_code", "item_code", "article_id", "title", "quantity", "unit_price"}


class JdExportImporter(OrderImporter):
    """A record is an order. What the buyer owes is 应付金额 and what was paid of the balance.

    Times are in the store's zone. JD tells no moment of shipping: it is the last one known.
    """

    name = "jd-export"
    title = gettext_lazy("JD order export")
    description = gettext_lazy(
        "As exported by the seller centre: 订单号, 商品ID, 订购数量, 京东价 …"
    )
    number_column = "订单号"
    columns = (
        Column("order_number", gettext_lazy("order number"), ("订单号",), is_required=True),
        Column("article_id", gettext_lazy("article number"), ("商品ID",)),
        Column("title", gettext_lazy("article"), ("商品名称",)),
        Column("quantity", gettext_lazy("quantity"), ("订购数量",), is_required=True),
        Column("payment_method", gettext_lazy("way of payment"), ("支付方式",)),
        Column("placed_at", gettext_lazy("placed"), ("下单时间",), is_required=True),
        Column("unit_price", gettext_lazy("unit price"), ("京东价",), is_required=True),
        Column("goods_amount", gettext_lazy("articles"), ("订单金额",)),
        Column("balance_paid", gettext_lazy("paid of the balance"), ("余额支付",)),
        Column("payable", gettext_lazy("to pay"), ("应付金额",), is_required=True),
        Column("state", gettext_lazy("state"), ("订单状态",), is_required=True),
        Column("customer", gettext_lazy("buyer id"), ("下单帐号", "下单账号"), is_personal=True),
        Column("recipient", gettext_lazy("recipient"), ("客户姓名",), is_personal=True),
        Column("address", gettext_lazy("address"), ("客户地址",), is_personal=True),
        Column("phone", gettext_lazy("phone"), ("联系电话",), is_personal=True),
        Column("buyer_memo", gettext_lazy("buyer's memo"), ("订单备注",), is_personal=True),
        Column("freight_amount", gettext_lazy("freight"), ("运费金额",)),
        Column("paid_at", gettext_lazy("paid at"), ("付款确认时间",)),
        Column("delivered_at", gettext_lazy("finished"), ("订单完成时间",)),
        Column("sku_code", gettext_lazy("SKU code"), ("商家SKUID",)),
        Column("item_code", gettext_lazy("item code"), ("货号",)),
    )

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        more = {
            "payment_method": partial(values.text, limit=40),
            "goods_amount": values.money,
            "balance_paid": values.money,
            "payable": values.money,
            "item_code": values.identifier,
            "article_id": values.identifier,
        }
        sheet = PlatformSheet(source, context, more)
        required = ("placed_at", "quantity", "unit_price", "state", "payable")
        strays, groups = read_groups(sheet, required)
        yield from strays
        for number, group in groups.items():
            yield _record(sheet, number, group)


def _record(sheet: PlatformSheet, number: str, group: Group) -> Record:
    cells: list[Any] = group.rows if len(group.rows) > 1 else group.rows[0]
    problem = group.problem
    data: dict[str, Any] = {}
    if problem is None:
        data, problem = merged(sheet, group, _LINE)
    if problem is None:
        problem = _order(sheet, group, data)
    if problem is not None:
        return rejected(group.first, number, cells, problem)
    return Record(group.first, number, cells, data)


def _order(sheet: PlatformSheet, group: Group, data: dict[str, Any]) -> Problem | None:
    state, method = data.pop("state"), data.pop("payment_method", "")
    goods = data.pop("goods_amount", None)
    payable = Decimal(data.pop("payable")) + Decimal(data.pop("balance_paid", "0"))
    data["total_amount"] = f"{payable:.2f}"
    data["lines"] = [_line(told) for told in group.told]
    if not all(line[0] for line in data["lines"]):
        return sheet.missing("sku_code")
    try:
        standing = _standing(state)
    except BadValue as error:
        return error.in_column(sheet.column("state"))
    try:
        settle(data, standing, pays_on_delivery=method == ON_DELIVERY)
        check_lines(data, field=sheet.column("payable"))
        complete(data)
    except BadValue as error:
        return sheet.problem(error, 0)
    _check_goods(sheet, data, goods)
    tell_people(data)
    return None


def _standing(state: str) -> Standing:
    """A deleted order came to nothing, also one whose parts became orders of their own."""
    plain = state.replace("（", "(").replace("）", ")")
    if plain.startswith(DELETED):
        return Standing.CLOSED
    return read_standing(plain.removeprefix(LOCKED), STATES)


def _line(told: dict[str, Any]) -> list[Any]:
    """Where the store gave no code, JD's own number of the article stands for it."""
    code = told.get("sku_code") or told.get("item_code") or told.get("article_id", "")
    amount = f"{told['quantity'] * Decimal(told['unit_price']):.2f}"
    return [code, told["quantity"], told["unit_price"], amount, told.get("title", "")]


def _check_goods(sheet: PlatformSheet, data: dict[str, Any], goods: str | None) -> None:
    """JD's own sum of the articles: where it is another, lines are missing or were edited."""
    found = sum((Decimal(line[3]) for line in data["lines"]), Decimal(0))
    if goods is not None and Decimal(goods) != found:
        remark(
            data,
            "wrong_total",
            sheet.column("goods_amount"),
            _("The file says the articles cost %(told)s; its lines add up to %(found)s.")
            % {"told": f"{Decimal(goods):.2f}", "found": f"{found:.2f}"},
        )
