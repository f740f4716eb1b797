"""A provider's statement of the last days, with one difference of each kind."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from analytics.demo.opening import Demonstration
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.stores.roles import Role
from orders.models import FeeRate, MoneyDifference, Order, Provider
from orders.services.funds import look_for_late_funds
from orders.services.matching import match_money
from orders.services.settling import settle_difference

DAYS = 6
PERCENT = Decimal("0.600")
_COLUMNS = (
    *("账务流水号", "业务流水号", "商户订单号", "发生时间", "收入金额（+元）"),
    *("支出金额（-元）", "账户余额（元）", "业务类型"),
)
# Which order, counted from the first of these days, has which trouble.
_SILENT, _LESS, _DEAR, _TWICE, _LATE = 4, 9, 14, 19, 24
Movement = tuple[str, str, datetime, Decimal, str]


def reconcile(it: Demonstration, *, at: datetime) -> None:
    """Finance brought the statement in this morning and settled the first difference."""
    today = it.store.business_date(at)
    first = today - timedelta(days=DAYS)
    FeeRate.objects.create(
        store=it.store, provider=Provider.ALIPAY, percent=PERCENT, valid_from=first
    )
    finance = it.people[Role.FINANCE]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"alipay-{first}.csv"
        with path.open("w", encoding="gbk", newline="") as file:
            csv.writer(file).writerows([_COLUMNS, *_rows(it, first, today)])
        session, _is_new = open_session(
            store=it.store,
            path=path,
            name=path.name,
            options=Options(importer="statement.alipay", as_of=at),
            actor=finance,
        )
        staging.stage(session.pk, path, at=at)
        applying.run(session.pk)
    match_money(it.store, at=at)
    look_for_late_funds(it.store, at=at)
    dear = MoneyDifference.objects.open().filter(store=it.store, kind="fee").first()
    if dear is not None:
        settle_difference(
            difference_id=dear.pk,
            how=MoneyDifference.How.CLAIMED,
            note="Told our account manager; they give it back with the next bill.",
            actor=finance,
            at=at,
        )


def _rows(it: Demonstration, first: date, end: date) -> Iterator[Sequence[str]]:
    """The account, movement by movement, each with the balance after it."""
    movements = sorted(_movements(it, first, end), key=lambda each: (each[2], each[0]))
    balance = Decimal("20000.00")
    for number, (trade, order, moment, amount, label) in enumerate(movements, start=1):
        balance += amount
        income, expense = (amount, Decimal(0)) if amount > 0 else (Decimal(0), amount)
        local = moment.astimezone(it.store.zone)
        yield [
            f"30{number:010d}",
            trade,
            order,
            f"{local:%Y-%m-%d %H:%M:%S}",
            f"{income:.2f}",
            f"{expense:.2f}",
            f"{balance:.2f}",
            label,
        ]


def _movements(it: Demonstration, first: date, end: date) -> Iterator[Movement]:
    start, stop = (datetime.combine(day, time(), tzinfo=it.store.zone) for day in (first, end))
    paid = Order.objects.filter(
        store=it.store, paid_at__gte=start, paid_at__lt=stop, paid_amount__gt=0
    )
    for rank, order in enumerate(paid.order_by("paid_at", "pk")):
        if rank != _SILENT and order.paid_at is not None:
            yield from _of_order(order, rank, order.paid_at, stop)
    yield "2026OLD", "OLD-SHOP-1", stop - timedelta(hours=6), Decimal("68.00"), "交易付款"
    yield "", "", stop - timedelta(hours=1), Decimal("-15000.00"), "提现"


def _of_order(order: Order, rank: int, paid_at: datetime, stop: datetime) -> Iterator[Movement]:
    trade, number = f"2026{order.pk:08d}", order.external_number
    moment = paid_at + timedelta(days=3) if rank == _LATE else paid_at
    amount = order.paid_amount - 1 if rank == _LESS else order.paid_amount
    fee = (amount * PERCENT / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    for _time in range(2 if rank == _TWICE else 1):
        yield trade, number, moment, amount, "交易付款"
        yield trade, number, moment, -fee - (1 if rank == _DEAR else 0), "收费"
    if order.refunded_amount:
        back = (order.refunded_amount * PERCENT / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        at = min(max(order.updated_at, paid_at), stop - timedelta(minutes=1))
        yield trade, number, at, -order.refunded_amount, "交易退款"
        yield trade, number, at, back, "退费"
