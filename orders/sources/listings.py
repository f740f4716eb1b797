"""A listing of orders as a file: CSV, XLSX or JSON, put there by a person or another system.

It is taken whole or not at all: what is left out of a listing would be missing there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange import sheets, values
from opsdesk.exchange.columns import Column, match_columns, require_complete
from opsdesk.exchange.importers import Context
from opsdesk.exchange.importers import Source as ImportSource
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import open_table
from orders.importers import jd, taobao, top
from orders.importers.base import moment_reader
from orders.importers.documents import AtPath, Fields, read_documents
from orders.importers.standing import Standing
from orders.sources.registry import Answer, ListedOrder, NotAnswered, Source, State

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel

SUFFIXES = (".json", ".csv", ".xlsx")
MOST_ORDERS = 200_000
COLUMNS = (
    Column(
        "number",
        gettext_lazy("order number"),
        ("number", "order_number", "order number", "order id", "订单编号", "订单号"),
        is_required=True,
    ),
    Column(
        "changed_at",
        gettext_lazy("changed there"),
        ("changed_at", "updated_at", "updated", "修改时间", "更新时间", "最后修改时间"),
        is_required=True,
    ),
    Column("state", gettext_lazy("state"), ("state", "status", "订单状态", "状态")),
    Column("paid", gettext_lazy("paid"), ("paid", "paid_amount", "实付金额", "实收金额")),
    Column("refunded", gettext_lazy("refunded"), ("refunded", "refunded_amount", "退款金额")),
)
# Our own words, those of the channels' exports, and what both are for us.
_STANDINGS: Mapping[str, Standing] = {
    **jd.STATES,
    **taobao.STATES,
    **top.STATES,
}
WORDS: Mapping[str, State] = {
    **{word.casefold(): State[standing.name] for word, standing in _STANDINGS.items()},
    **{state.value: state for state in State},
    "cancelled": State.CLOSED,
    "refunded": State.CLOSED,
    "delivered": State.FINISHED,
    "待付款": State.UNPAID,
    "待发货": State.PAID,
    "已付款": State.PAID,
    "已发货": State.SHIPPED,
    "已关闭": State.CLOSED,
    "已退款": State.CLOSED,
}

Readers = Mapping[str, Callable[[str], Any]]


def read_listing(path: Path, *, name: str, channel: Channel) -> Answer:
    """What the listing says of the channel's orders, each once: the newest line counts.

    Without words of its own on it, it is complete between its first and its last change. Raises
    FileRefused with line and column.
    """
    readers = _readers(channel)
    since = until = None
    if Path(name).suffix.lower() == ".json":
        orders, since, until = _from_json(path, readers)
    else:
        orders = _from_table(path, name, readers)
    if not orders and (since is None or until is None):
        raise FileRefused("no_rows", _("The file has a header and no rows below it."), line=1)
    newest: dict[str, ListedOrder] = {}
    for order in sorted(orders, key=lambda order: order.changed_at):
        newest[order.number] = order
    listed = list(newest.values())
    return Answer(listed, since or listed[0].changed_at, until or listed[-1].changed_at)


def _readers(channel: Channel) -> Readers:
    now = timezone.now()
    moments = moment_reader(Context(channel.store, now, now))
    return {
        "number": values.identifier,
        "changed_at": lambda text: datetime.fromisoformat(moments.read(text)),
        "state": _state,
        "paid": lambda text: Decimal(values.money(text)),
        "refunded": lambda text: Decimal(values.money(text)),
    }


def _state(text: str) -> State:
    word = values.text(text, limit=40).replace("，", ",").replace(" ", "")
    found = WORDS.get(word.casefold())
    if found is None:
        raise BadValue(
            "unknown_state",
            _("“%(value)s” is no state of an order that is known. Known: %(known)s.")
            % {"value": word, "known": ", ".join(state.value for state in State)},
        )
    return found


def _from_table(path: Path, name: str, readers: Readers) -> list[ListedOrder]:
    table = open_table(path, encoding=survey(path).encoding, name=name)
    match = match_columns(table.header, COLUMNS, {}, line=table.header_line, is_strict=False)
    require_complete(match, table.header_line)
    sheet = sheets.Sheet(ImportSource({"": table}, match), readers)
    orders: list[ListedOrder] = []
    with table.rows() as rows:
        next(rows)
        for line, cells in rows:
            told: dict[str, Any] = {}
            fitting = sheet.fit_all(cells)
            problem = sheet.ragged(cells) if fitting is None else sheet.read(fitting, told)
            for needed in ("number", "changed_at"):
                if problem is None and not told.get(needed):
                    problem = sheet.missing(needed)
            if problem is not None:
                raise _refused(problem, line)
            orders.append(ListedOrder(**told))
            _check_count(orders)
    return orders


def _from_json(
    path: Path, readers: Readers
) -> tuple[list[ListedOrder], datetime | None, datetime | None]:
    document = read_documents(path)[0]
    document = document if isinstance(document, dict) else {"orders": document}
    orders: list[ListedOrder] = []
    try:
        told = Fields(document)
        since, until = (told.read(name, readers["changed_at"]) for name in ("from", "until"))
        for order in told.items("orders"):
            orders.append(_listed(order, readers))
            _check_count(orders)
    except AtPath as found:
        raise _refused(found.error.in_column(found.path), len(orders) + 1) from None
    return orders, since, until


def _listed(order: Fields, readers: Readers) -> ListedOrder:
    return ListedOrder(
        number=order.needed("number", readers["number"]),
        changed_at=order.needed("changed_at", readers["changed_at"]),
        state=order.read("state", readers["state"]),
        # Nothing paid is something told.
        paid=_amount(order, "paid", readers),
        refunded=_amount(order, "refunded", readers),
    )


def _amount(order: Fields, name: str, readers: Readers) -> Decimal | None:
    if order.told.get(name) is None:
        return None
    return order.read(name, readers[name]) or Decimal(0)


def _check_count(orders: list[ListedOrder]) -> None:
    if len(orders) > MOST_ORDERS:
        raise FileRefused(
            "too_many_rows",
            _("The file has more than %(limit)d rows. Split it.") % {"limit": MOST_ORDERS},
        )


def _refused(problem: Problem, line: int) -> FileRefused:
    return FileRefused(problem.code, problem.message, line=line, column=problem.column)


def file_of(channel: Channel) -> Path | None:
    """`<store>/<channel>.json`, `.csv` or `.xlsx` in the folder of listings.

    Only a file that is really in there: codes with dots and links out of the folder lead nowhere.
    """
    root = Path(settings.ORDER_LISTINGS).resolve()
    for suffix in SUFFIXES:
        path = (root / channel.store.code / f"{channel.code}{suffix}").resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    return None


def _serves(channel: Channel) -> bool:
    return file_of(channel) is not None


def _ask(channel: Channel, since: datetime, until: datetime) -> Answer:
    path = file_of(channel)
    if path is None:
        raise NotAnswered(
            _("There is no listing of this channel in the folder of listings (%(place)s).")
            % {"place": f"{channel.store.code}/{channel.code}.json"}
        )
    return read_listing(path, name=path.name, channel=channel)


FOLDER = Source("folder", gettext_lazy("a listing in the folder"), _serves, _ask)


def uploaded(path: Path, *, name: str) -> Source:
    """A listing that somebody gives for this once."""

    def ask(channel: Channel, since: datetime, until: datetime) -> Answer:
        return read_listing(path, name=name, channel=channel)

    return Source("file", name, lambda channel: True, ask)
