"""Statements as Alipay and WeChat Pay give them out, with their totals checked (ORD-9)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from opsdesk.exchange.columns import Column, match_columns, plain
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.moments import MomentReader
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.readers.delimited import DelimitedReader
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import Table
from opsdesk.exchange.sheets import Readers, Sheet
from orders.importers.statements import (
    PREFIX,
    Kind,
    StatementImporter,
    currency,
    plain_money,
    signed_money,
    wrong_sign,
)
from orders.models import Provider

_number = partial(values.identifier, limit=80)
_word = partial(values.shortened, limit=40)
Rows = Iterator[tuple[int, list[str]]]


@dataclass
class Totals:
    """What a file's lines came to, to be compared with what it says at its end."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    is_whole: bool = True

    def add(self, name: str, amount: Decimal) -> None:
        self.counts[name] += 1
        self.sums[name] += amount

    def compare(self, line: int, name: str, count: int | None, amount: Decimal) -> None:
        """Raises FileRefused: lines are missing, or were changed. Unless some could not be read."""
        ours = (self.counts[name] if count is not None else None, self.sums[name])
        if not self.is_whole or ours == (count, amount):
            return
        reason = _("%(total)s: the file says %(theirs)s, its lines come to %(ours)s.")
        facts = {"total": name, "theirs": _said(count, amount), "ours": _said(*ours)}
        raise FileRefused("totals_differ", reason % facts, line=line)


def _said(count: int | None, amount: Decimal) -> str:
    return f"{amount:f}" if count is None else f"{count} / {amount:f}"


# Alipay

_PERIOD = re.compile(r"\[(\d{4})年(\d{2})月(\d{2})日")
_ALIPAY_TOTAL = re.compile(r"#(支出|收入)合计[:：]\s*(\d+)笔[,，]\s*共(-?[0-9.]+)元").match
# Tmall and Taobao put this before their order's number.
_MARKETPLACE = re.compile(r"^T\d{3}P(?=\d)")
_ALIPAY_KINDS = {
    "交易付款": Kind.PAYMENT,
    "在线支付": Kind.PAYMENT,
    "交易退款": Kind.REFUND,
    "退款": Kind.REFUND,
    "退款（交易退款）": Kind.REFUND,
    "收费": Kind.FEE,
    "服务费": Kind.FEE,
    "手续费": Kind.FEE,
    "退费": Kind.FEE,
    "提现": Kind.PAYOUT,
    "转账": Kind.PAYOUT,
}


def _marketplace_number(text: str) -> str:
    return _MARKETPLACE.sub("", _number(text))


class AlipayImporter(StatementImporter):
    """账务明细: a preamble of lines with #, one line per movement, totals with # at the end."""

    name = f"{PREFIX}alipay"
    title = gettext_lazy("Alipay: account statement (账务明细)")
    description = gettext_lazy(
        "The file as Alipay gives it out, with its lines of # above and below the table; the "
        "totals below are checked."
    )
    provider = Provider.ALIPAY
    reference_column = "账务流水号"
    columns = (
        Column("reference", gettext_lazy("reference"), ("账务流水号",), is_required=True),
        Column("trade", gettext_lazy("trade"), ("业务流水号",)),
        Column("order_number", gettext_lazy("order number"), ("商户订单号",)),
        Column("at", gettext_lazy("booked"), ("发生时间", "入账时间"), is_required=True),
        Column("payer", gettext_lazy("account of the other side"), ("对方账号",), is_personal=True),
        Column("income", gettext_lazy("in"), ("收入金额（+元）", "收入（+元）"), is_required=True),
        Column(
            "expense", gettext_lazy("out"), ("支出金额（-元）", "支出（-元）"), is_required=True
        ),
        Column("balance", gettext_lazy("balance"), ("账户余额（元）", "余额（元）")),
        Column("label", gettext_lazy("kind"), ("业务类型",)),
        Column("note", gettext_lazy("note"), ("备注",), is_personal=True),
    )
    readers: ClassVar[Readers] = {
        "reference": _number,
        "trade": _number,
        "order_number": _marketplace_number,
        "payer": lambda text: "",
        "income": signed_money,
        "expense": signed_money,
        "balance": signed_money,
        "label": _word,
        "note": lambda text: "",
    }

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        found = survey(path)
        if found.is_workbook:
            return super().open(path, name=name, column_map=column_map)
        reader = DelimitedReader(path, found.encoding, ",")
        preamble: list[str] = []
        place, header = 1, [""]
        with reader.rows() as rows:
            for line, cells in rows:
                if not cells[0].lstrip().startswith("#"):
                    place, header = line, cells
                    break
                preamble.append(",".join(cells))
        match = match_columns(header, self.columns, column_map, line=place, is_strict=False)
        dialect = {"kind": "csv", "encoding": found.encoding, "delimiter": "comma"}
        table = Table(reader, header, place, dialect)
        period = ["-".join(day) for day in _PERIOD.findall("".join(preamble))]
        return Source(
            {"": table}, match, {**dialect, **self._understood(match), "period": period[:2]}
        )

    def _records(self, sheet: Sheet, rows: Rows, context: Context) -> Iterator[Record]:
        totals = Totals()
        for line, cells in rows:
            if line <= sheet.table.header_line:
                continue
            if cells[0].lstrip().startswith("#"):
                found = _ALIPAY_TOTAL(",".join(cells))
                if found:
                    totals.compare(line, found[1], int(found[2]), abs(Decimal(found[3])))
                continue
            record = self._record(sheet, line, cells, context)
            if record.data is None:
                totals.is_whole = False
            else:
                amount = Decimal(record.data["amount"])
                totals.add("收入" if amount > 0 else "支出", abs(amount))
            yield record

    def completed(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        label = data.pop("label", "")
        data.pop("payer", None)
        data.pop("note", None)
        income, expense = (abs(Decimal(data.pop(side))) for side in ("income", "expense"))
        data["amount"] = plain_money(income - expense)
        data["fee"] = "0.00"
        data["kind"] = _alipay_kind(label, income - expense, bool(data.get("order_number"))).value
        return wrong_sign(sheet, "income", data)

    def _missing(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        """Of in and out, only one is filled in; some exports leave the other blank."""
        if "income" in data or "expense" in data:
            data.setdefault("income", "0")
            data.setdefault("expense", "0")
        return super()._missing(sheet, data)


def _alipay_kind(label: str, amount: Decimal, has_order: bool) -> Kind:
    """By its label; what has another label and an order is a payment or a refund."""
    known = _ALIPAY_KINDS.get(label)
    if known is not None:
        return known
    if not has_order:
        return Kind.OTHER
    return Kind.PAYMENT if amount > 0 else Kind.REFUND


# WeChat Pay

_WECHAT_TOTALS = {
    plain("应结订单总金额"): "amount",
    plain("退款总金额"): "refund",
    plain("手续费总金额"): "fee",
}
_COUNT = plain("总交易单数")


def _bare(text: str) -> str:
    """Without the mark that keeps spreadsheets from reading a number."""
    return values.trim(text).removeprefix("`")


def _after_mark(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(_bare(text)) if _bare(text) else None


class WeChatImporter(StatementImporter):
    """交易账单: each value begins with a backtick, a header and a line of totals at the end."""

    name = f"{PREFIX}wechat"
    title = gettext_lazy("WeChat Pay: bill of trades (交易账单)")
    description = gettext_lazy(
        "The file as WeChat Pay gives it out: values begin with a backtick; the totals at its end "
        "are checked."
    )
    provider = Provider.WECHAT
    reference_column = "微信订单号"
    columns = (
        Column("at", gettext_lazy("booked"), ("交易时间",), is_required=True),
        Column("reference", gettext_lazy("reference"), ("微信订单号",), is_required=True),
        Column("order_number", gettext_lazy("order number"), ("商户订单号",)),
        Column("payer", gettext_lazy("buyer id"), ("用户标识",), is_personal=True),
        Column("state", gettext_lazy("kind"), ("交易状态",), is_required=True),
        Column("currency", gettext_lazy("currency"), ("货币种类",)),
        Column("amount", gettext_lazy("amount"), ("应结订单金额", "总金额"), is_required=True),
        Column("refund_reference", gettext_lazy("reference of the refund"), ("微信退款单号",)),
        Column("refund", gettext_lazy("refunded"), ("退款金额",)),
        Column("refund_state", gettext_lazy("state of the refund"), ("退款状态",)),
        Column("fee", gettext_lazy("fee"), ("手续费",)),
    )
    readers: ClassVar[Readers] = {
        "reference": _after_mark(_number),
        "order_number": _after_mark(_number),
        "payer": lambda text: None,
        "state": _after_mark(_word),
        "currency": _after_mark(currency),
        "amount": _after_mark(signed_money),
        "refund_reference": _after_mark(_number),
        "refund": _after_mark(signed_money),
        "refund_state": _after_mark(_word),
        "fee": _after_mark(signed_money),
    }

    def moment_reader(self, moments: MomentReader) -> Callable[[str], Any]:
        return _after_mark(moments.read)

    def _records(self, sheet: Sheet, rows: Rows, context: Context) -> Iterator[Record]:
        totals, header = Totals(), None
        for line, cells in rows:
            if line <= sheet.table.header_line:
                continue
            if header is not None:
                _compare_totals(totals, line, header, cells)
            elif plain(cells[0]) == _COUNT:
                header = [plain(cell) for cell in cells]
            else:
                yield self._counted(sheet, line, cells, context, totals)

    def _counted(
        self, sheet: Sheet, line: int, cells: list[str], context: Context, totals: Totals
    ) -> Record:
        record = self._record(sheet, line, cells, context)
        if record.data is None:
            totals.is_whole = False
            return record
        told = record.data.pop("told")
        totals.counts["lines"] += 1
        for name in ("amount", "refund", "fee"):
            totals.sums[name] += Decimal(told[name])
        return record

    def completed(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        state = data.pop("state")
        told = {name: data.get(name) or "0" for name in ("amount", "refund", "fee")}
        data.pop("payer", None)
        refund, reference = data.pop("refund", None), data.pop("refund_reference", None)
        refund_state = data.pop("refund_state", None)
        data["trade"] = data["reference"]
        data["fee"] = plain_money(Decimal(told["fee"]))
        data["told"] = told
        if state == "SUCCESS":
            data["kind"], data["amount"] = Kind.PAYMENT.value, plain_money(Decimal(told["amount"]))
            return wrong_sign(sheet, "amount", data)
        if state not in ("REFUND", "REVOKED"):
            reason = _("“%(state)s” is no state of a trade that moved money.") % {"state": state}
            return Problem("unknown_kind", sheet.column("state"), reason)
        if not reference or not refund:
            return sheet.missing("refund" if reference else "refund_reference")
        if refund_state not in (None, "SUCCESS"):
            reason = _("The refund is “%(state)s”: no money went back yet.")
            return Problem(
                "refund_not_done", sheet.column("refund_state"), reason % {"state": refund_state}
            )
        data["kind"], data["reference"] = Kind.REFUND.value, reference
        data["amount"] = plain_money(-abs(Decimal(refund)))
        return wrong_sign(sheet, "refund", data)


def _compare_totals(totals: Totals, line: int, header: list[str], cells: list[str]) -> None:
    """The last line of the bill: how many trades, and what they come to."""
    told = dict(zip(header, (_bare(cell) for cell in cells), strict=False))
    try:
        if _COUNT in told:
            totals.sums[_COUNT] = Decimal(totals.counts["lines"])
            totals.compare(line, _COUNT, None, Decimal(int(told[_COUNT])))
        for name, ours in _WECHAT_TOTALS.items():
            if name in told:
                totals.sums[name] = totals.sums[ours]
                totals.compare(line, name, None, Decimal(signed_money(told[name])))
    except (BadValue, ValueError) as error:
        raise FileRefused("totals_differ", str(error), line=line) from error
