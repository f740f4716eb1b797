"""Order files that came in during the week: one with rows nobody could read, one no file at all."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from analytics.demo.buyers import Crowd
from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.stores.roles import Role

ORDERS = 36
_COLUMNS = (
    *("order_number", "placed_at", "total_amount", "paid_amount", "paid_at"),
    *("customer", "recipient", "phone", "region", "address"),
)
# Row → column and what somebody's spreadsheet made of it.
_SPOILT = {
    7: ("order_number", "2.6E+17"),
    16: ("total_amount", "1.28O,00"),
    29: ("placed_at", "31/02/2026 18:20"),
}
_LOG_IN_PAGE = (
    "<!DOCTYPE html>\n<html><body>Please sign in to download your report.</body></html>\n"
)


def plan_files(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    timeline.plan(end - timedelta(hours=27), partial(_bring_in, it, "phone-orders.csv"))
    timeline.plan(end - timedelta(hours=25), partial(_bring_in, it, "report-download.csv"))


def _bring_in(it: Demonstration, name: str, at: datetime) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name == "phone-orders.csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([_COLUMNS, *_rows(it, at)])
        else:
            path.write_text(_LOG_IN_PAGE, encoding="utf-8")
        session, _is_new = open_session(
            store=it.store,
            path=path,
            name=name,
            options=Options(importer="generic", as_of=at, channel=it.shops["own"].channel),
            actor=it.people[Role.OPERATIONS_LEAD],
        )
        staging.stage(session.pk, path, at=at)
        applying.run(session.pk)


def _rows(it: Demonstration, at: datetime) -> list[Sequence[str]]:
    """Orders taken by telephone the day before: sums without articles."""
    crowd = Crowd("phone_")
    rows = []
    for number in range(ORDERS):
        buyer = crowd.next(it.random)
        placed = (at - timedelta(hours=20, minutes=-17 * number)).astimezone(it.store.zone)
        total = f"{it.random.randint(40, 420)}.00"
        row = {
            "order_number": f"PHONE-{number + 1:04d}",
            "placed_at": f"{placed:%Y-%m-%d %H:%M:%S}",
            "total_amount": total,
            "paid_amount": total,
            "paid_at": f"{placed + timedelta(minutes=2):%Y-%m-%d %H:%M:%S}",
            "customer": buyer.account,
            "recipient": buyer.name,
            "phone": buyer.phone,
            "region": buyer.region,
            "address": buyer.address,
        }
        if number in _SPOILT:
            column, cell = _SPOILT[number]
            row[column] = cell
        rows.append(list(row.values()))
    return rows
