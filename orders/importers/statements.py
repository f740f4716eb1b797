"""`statement.…`: what a payment provider says of the store's money, line by line (ORD-9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Context, Importer, Pending, Record, Source
from opsdesk.exchange.moments import MomentReader
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Readers, Sheet, rejected
from orders.models import Provider, StatementLine
from orders.services import matching, statements

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportSession
    from opsdesk.stores.models import User

PREFIX = "statement."
Kind = StatementLine.Kind
# Clocks of providers may be a little ahead of ours.
AHEAD = timedelta(hours=1)
_SIGNED = re.compile(r"([+-]?)([0-9]{1,12}(?:\.[0-9]{1,2})?)(0*)").fullmatch
_CENT = Decimal("0.01")


def signed_money(text: str) -> str:
    """An amount with its sign, if it has one: `-12.5`, `+3`. Zeros beyond the cent are nothing."""
    clean = values.trim(text)
    found = _SIGNED(clean)
    if found and (not found[3] or "." in found[2]):
        return f"{found[1]}{found[2]}"
    values.money(clean.lstrip("+-"))
    raise BadValue("not_an_amount", _("“%(value)s” is no amount.") % {"value": clean[:40]})


def plain_money(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):f}"


def currency(text: str) -> str:
    clean = values.trim(text).upper()
    if re.fullmatch(r"[A-Z]{3}", clean):
        return clean
    raise BadValue("currency", _("“%(value)s” is no currency; write CNY.") % {"value": clean[:20]})


class StatementImporter(Importer):
    """Lines of a provider's file. Subclasses say the columns and make a line of their cells."""

    permission = "orders.import_statement"
    provider: ClassVar[str]
    reference_column: ClassVar[str] = "reference"
    readers: ClassVar[Readers] = {}

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        latest = max(context.as_of, context.now) + AHEAD
        moments = MomentReader(context.store.zone, latest)
        sheet = Sheet(source, {**self.readers, "at": self.moment_reader(moments)})
        with sheet.table.rows() as rows:
            yield from self._records(sheet, rows, context)

    def moment_reader(self, moments: MomentReader) -> Callable[[str], Any]:
        return moments.read

    def _records(
        self, sheet: Sheet, rows: Iterator[tuple[int, list[str]]], context: Context
    ) -> Iterator[Record]:
        for line, cells in rows:
            if line > sheet.table.header_line:
                yield self._record(sheet, line, cells, context)

    def _record(self, sheet: Sheet, line: int, cells: list[str], context: Context) -> Record:
        fitting = sheet.fit_all(cells)
        if fitting is None:
            return rejected(line, "", cells, sheet.ragged(cells))
        data: dict[str, Any] = {}
        problem = sheet.read(fitting, data)
        if problem is None:
            problem = self._missing(sheet, data) or self.completed(sheet, data)
        reference = str(data.get("reference") or "")
        if problem is not None:
            return rejected(line, reference, cells, problem)
        data["currency"] = data.get("currency") or context.store.currency
        data["line"] = line
        return Record(line, f"{data['kind']}:{reference}", cells, data)

    def _missing(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        needed = (column.field for column in self.columns if column.is_required)
        absent = next((field for field in needed if data.get(field) is None), None)
        return sheet.missing(absent) if absent else None

    def completed(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        """The cells as a line: kind, signed amount, fee, reference. Or what is wrong with them."""
        raise NotImplementedError

    def check(self, session: ImportSession) -> None:
        reason = _("Line %(line)s has the same reference already.")
        checks.reject_repeated_keys(session, column=self.reference_column, reason=reason)

    def prepare(self, session: ImportSession) -> None:
        statements.open_statement(session, provider=self.provider)

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        if actor is not None and not actor.has_perm(self.permission, session.store):
            reason = _("You may not bring statements in for this store.")
            return [Applied(row.row_id, "rejected", None, "not_allowed", reason) for row in rows]
        return statements.take_lines(rows, session=session, provider=self.provider)

    def finish(self, session: ImportSession) -> None:
        """What the lines fit is worked out at once; what a crash leaves, the job does."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE orders_statementline")
        since = statements.first_moment(session)
        if since is not None:
            matching.match_money(session.store, at=session.as_of, since=since)

    def count_known(self, session: ImportSession) -> int:
        return statements.count_known(session, provider=self.provider)

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        return statements.take_back_lines(target_ids, session=session)


KINDS = {
    **{
        word: Kind.PAYMENT for word in ("payment", "charge", "sale", "收款", "支付", "付款", "收入")
    },
    **{word: Kind.REFUND for word in ("refund", "退款")},
    **{word: Kind.FEE for word in ("fee", "commission", "手续费", "服务费", "佣金")},
    **{word: Kind.PAYOUT for word in ("payout", "transfer", "withdrawal", "提现", "转账", "划款")},
    **{word: Kind.OTHER for word in ("other", "adjustment", "其他", "调整")},
}
_GOES_OUT = (Kind.REFUND, Kind.FEE, Kind.PAYOUT)


def kind_of(text: str) -> str:
    """Payment, refund, fee, payout or other, in English or Chinese."""
    kind = KINDS.get(values.trim(text).casefold())
    if kind is None:
        raise BadValue(
            "unknown_kind",
            _("“%(value)s” is no kind of line. Kinds: payment, refund, fee, payout, other.")
            % {"value": values.trim(text)[:40]},
        )
    return kind.value


def wrong_sign(sheet: Sheet, field: str, data: dict[str, Any]) -> Problem | None:
    """A payment comes in and a refund goes out; anything else is a line of another kind."""
    amount = Decimal(data["amount"])
    if data["kind"] == Kind.PAYMENT and amount > 0 or data["kind"] == Kind.REFUND and amount < 0:
        return None
    if data["kind"] not in (Kind.PAYMENT, Kind.REFUND):
        return None
    reason = _("A payment comes in and a refund goes out: %(amount)s does not fit the kind.")
    return Problem("wrong_sign", sheet.column(field), reason % {"amount": data["amount"]})


_number: Callable[[str], str] = partial(values.identifier, limit=80)


class GenericStatementImporter(StatementImporter):
    """Our own columns, one line per movement of money."""

    name = f"{PREFIX}generic"
    title = gettext_lazy("Statement of a payment provider: any, in our columns")
    description = gettext_lazy(
        "Columns reference, booked_at and amount, perhaps kind, order_number, trade, fee, balance "
        "and currency. Without a sign an amount goes where its kind goes."
    )
    provider = Provider.GENERIC
    is_strict = True
    columns = (
        Column(
            "reference",
            gettext_lazy("provider's reference"),
            ("reference", "transaction id", "流水号", "交易号", "参考号"),
            is_required=True,
        ),
        Column(
            "at",
            gettext_lazy("booked"),
            ("booked_at", "booked at", "date", "time", "入账时间", "发生时间", "交易时间"),
            is_required=True,
        ),
        Column("amount", gettext_lazy("amount"), ("amount", "金额"), is_required=True),
        Column("kind", gettext_lazy("kind"), ("kind", "type", "类型", "业务类型")),
        Column(
            "order_number",
            gettext_lazy("order number"),
            ("order_number", "order number", "order", "订单号", "商户订单号"),
        ),
        Column("trade", gettext_lazy("trade"), ("trade", "payment id", "业务流水号")),
        Column("fee", gettext_lazy("fee"), ("fee", "手续费")),
        Column("balance", gettext_lazy("balance"), ("balance", "余额")),
        Column("currency", gettext_lazy("currency"), ("currency", "币种")),
    )
    readers: ClassVar[Readers] = {
        "reference": _number,
        "amount": signed_money,
        "kind": kind_of,
        "order_number": _number,
        "trade": _number,
        "fee": signed_money,
        "balance": signed_money,
        "currency": currency,
    }

    def completed(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        amount = data["amount"]
        signed = amount[0] in "+-"
        kind = data.setdefault("kind", Kind.REFUND if amount[0] == "-" else Kind.PAYMENT)
        value = Decimal(amount)
        if not signed and kind in _GOES_OUT:
            value = -value
        data["amount"] = plain_money(value)
        data["fee"] = plain_money(Decimal(data.get("fee", "0")))
        return wrong_sign(sheet, "amount", data)
