"""`make realdata DATA=DIR`: the product on real files, compared with figures known beforehand.

python -m tests.realdata DIR [--json]

On servers of its own, which end with it. The folder holds cn/, olist_3000/ and retail/; a file
that is not there is said so. Exits 1 on any difference.
"""

import argparse
import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import orjson
import psycopg2
from django.core.management import call_command

from tests import servers, template

# Models and commands are imported where they are used: Django is set up in `private_servers`.


@dataclass(frozen=True)
class Figure:
    """One comparison; amounts are text with two decimals."""

    file: str
    name: str
    found: Any
    expected: Any

    @property
    def agrees(self) -> bool:
        return str(self.found) == str(self.expected)


TMALL = "cn/tmall_order_report_head2000.csv"
OLIST = "olist_3000"
TAOBAO = "cn/taobao_cosmetics_head500.gbk.csv"
UCI = "retail/uci_online_retail_first10000.csv"
INDIA = "retail/india_stock_first1500.csv"
SHOPIFY = "payloads/shopify/fixtures/order.json"
INDIA_ORDERS = "retail/india_amazon_orders.csv"
DOUDIAN = "payloads/cn/doudian_order_refund_after_ship.json"
TOP = "payloads/cn/top_trade_finished.json"
KUAIDI100 = {
    "payloads/cn/kuaidi100_jd_304.json": "5 delivered 2022-06-30 10:34:33",
    "payloads/cn/kuaidi100_sf_polling_state5.json": "8 out_for_delivery 2015-12-30 10:31:47",
}
EASYPOST = "payloads/easypost"
WAYBILLS = "reference/tracking_number_couriers"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make realdata", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.error(f"there is no folder {arguments.folder}")
    figures: list[Figure] = []
    missing: list[str] = []
    with private_servers() as work:
        for name, check in CHECKS.items():
            if not (arguments.folder / name).exists():
                missing.append(name)
                continue
            say(f"{name} …")
            figures += check(copied(arguments.folder / name, work))
        figures += check_generic(work)
        figures += broken_invariants()
    report(figures, missing, as_json=arguments.json)
    return 0 if all(figure.agrees for figure in figures) else 1


@contextmanager
def private_servers() -> Iterator[Path]:
    """Django on an empty database; a folder to work in."""
    root = Path(tempfile.mkdtemp(prefix="opsdesk-realdata-"))
    root.chmod(0o755)  # run by root, the servers belong to another account
    started = []
    try:
        started = list(servers.start(root))
        servers.use(*started, slot=0)
        create_database(started[0])
        template.fill(started[0].url("opsdesk_0"))
        django.setup()
        (root / "files").mkdir()
        yield root / "files"
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(root)


def create_database(postgres: Any) -> None:
    connection = psycopg2.connect(postgres.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE opsdesk_0")
    connection.close()


def copied(source: Path, work: Path) -> Path:
    """A copy to work on: rejects are written beside the file."""
    target = work / source.name
    if source.is_dir():
        return Path(shutil.copytree(source, target, copy_function=shutil.copyfile))
    return Path(shutil.copyfile(source, target))


def command(name: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """The answer of a command with --json, whatever its exit code."""
    out = io.StringIO()
    try:
        call_command(name, *arguments, json=True, stdout=out, **options)
    except SystemExit as ended:
        if ended.code == 1:
            raise
    return orjson.loads(out.getvalue())


def make_store(code: str, timezone: str, currency: str) -> Any:
    from opsdesk.stores.services import create_store

    return create_store(code=code, platform="own", timezone=timezone, currency=currency)


def totals(store: Any) -> dict[str, Any]:
    from django.db.models import Count, Q, Sum

    from orders.models import Order

    return Order.objects.filter(store=store).aggregate(
        orders=Count("pk"),
        paid=Count("pk", filter=Q(paid_at__isnull=False)),
        total=Sum("total_amount"),
        freight=Sum("freight_amount"),
        gross=Sum("paid_amount"),
        refunds=Sum("refunded_amount"),
        refunded=Count("pk", filter=Q(refunded_amount__gt=0)),
        delivered=Count("pk", filter=Q(fulfilment_state="delivered")),
    )


def check_tmall(path: Path) -> Iterator[Figure]:
    store = make_store("t1", "Asia/Shanghai", "CNY")
    first = command("import_orders", path, store="t1", format="tmall-report")
    again = command("import_orders", path, store="t1", format="tmall-report")
    found = totals(store)
    yield Figure(TMALL, "created", first["created"], 2000)
    yield Figure(TMALL, "again: duplicate", again["duplicate"], 2000)
    yield Figure(TMALL, "again: created", again["created"], 0)
    yield Figure(TMALL, "paid orders", found["paid"], 1687)
    yield Figure(TMALL, "gross", found["gross"], "174000.54")
    yield Figure(TMALL, "net", found["gross"] - found["refunds"], "135075.64")
    yield Figure(TMALL, "refunds", found["refunds"], "38924.90")
    yield Figure(TMALL, "orders with refunds", found["refunded"], 360)
    kpi = command("kpi", "--store", "t1", "--from", "2020-02-19", "--to", "2020-02-21")["total"]
    yield Figure(TMALL, "kpi gmv", kpi["gmv"], "174000.54")
    yield Figure(TMALL, "kpi net", kpi["net"], "135075.64")
    yield Figure(TMALL, "kpi refunds", kpi["refunds"], "38924.90")


def check_olist(path: Path) -> Iterator[Figure]:
    store = make_store("o1", "America/Sao_Paulo", "BRL")
    first = command("import_orders", path, store="o1", format="olist")
    again = command("import_orders", path, store="o1", format="olist")
    found = totals(store)
    yield Figure(OLIST, "created", first["created"], 3000)
    yield Figure(OLIST, "again: duplicate", again["duplicate"], 3000)
    yield Figure(OLIST, "items", sum_of_lines(store), "392468.58")
    yield Figure(OLIST, "freight", found["freight"], "68855.36")
    yield Figure(OLIST, "payments", found["total"], "468087.37")
    yield Figure(OLIST, "delivered", found["delivered"], 2904)
    yield from olist_times(store)
    yield from olist_money(store, path)


def olist_money(store: Any, path: Path) -> Iterator[Figure]:
    """The payments as a provider would tell them, line by line, against the orders (ORD-9)."""
    from django.db.models import F, Sum

    from orders.models import MoneyDifference, Payment, StatementLine

    statement = path / "statement.csv"
    lines = write_statement(path, statement)
    first = command("import_statement", statement, store="o1", format="generic")
    again = command("import_statement", statement, store="o1", format="generic")
    told = StatementLine.objects.filter(store=store)
    listed = MoneyDifference.objects.standing().in_stores([store.pk])
    differing = listed.aggregate(sum=Sum(F("theirs") - F("ours")))["sum"] or Decimal(0)
    expected = Payment.objects.filter(store=store).aggregate(sum=Sum("amount"))["sum"]
    here = told.unmatched().count()
    yield Figure(OLIST, "statement: created", first["created"], lines)
    yield Figure(OLIST, "statement again: duplicate", again["duplicate"], lines)
    yield Figure(OLIST, "statement comes to", told.aggregate(sum=Sum("amount"))["sum"], "468087.37")
    yield Figure(OLIST, "payments and differences", expected + differing, "468087.37")
    yield Figure(OLIST, "unmatched lines listed", listed.filter(kind="missing_here").count(), here)


def write_statement(path: Path, target: Path) -> int:
    """How many lines there are. What was paid with nothing is no movement of money."""
    with (path / "olist_orders_dataset.csv").open(encoding="utf-8") as file:
        paid = {
            row["order_id"]: row["order_approved_at"] or row["order_purchase_timestamp"]
            for row in csv.DictReader(file)
        }
    with (path / "olist_order_payments_dataset.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if Decimal(row["payment_value"])]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["reference", "booked_at", "kind", "order_number", "amount"])
        for row in rows:
            number = row["order_id"]
            reference = f"{number}-{row['payment_sequential']}"
            amount = row["payment_value"]
            writer.writerow([reference, paid[number], "payment", number, amount])
    return len(rows)


def sum_of_lines(store: Any) -> Decimal:
    from django.db.models import Sum

    from orders.models import OrderLine

    return OrderLine.objects.filter(order__store=store).aggregate(sum=Sum("amount"))["sum"]


def olist_times(store: Any) -> Iterator[Figure]:
    """What left late and was delivered late, against the promises that were kept (FUL-4)."""
    told = command(
        "shipping_figures", "--store", "o1", "--from", "2016-01-01", "--to", "2018-12-31"
    )
    yield Figure(OLIST, "delivered, by the figures", told["delivered"], 2904)
    yield Figure(OLIST, "late by timestamp", told["delivered_late"], 231)
    yield Figure(OLIST, "late by calendar date", told["delivered_late_by_day"], 191)
    yield Figure(OLIST, "approved to carrier over 48 h", told["over_hours"], 1389)


def check_uci(path: Path) -> Iterator[Figure]:
    store = make_store("u1", "Europe/London", "GBP")
    answer = command("import_orders", path, store="u1", format="uci-retail")
    invoices, lines, amount = uci_reference(path)
    yield Figure(UCI, "read (invoices)", answer["read"], invoices)
    settled = sum(answer[name] for name in ("created", "changed", "duplicate", "rejected"))
    yield Figure(UCI, "created + changed + duplicate + rejected", settled, invoices)
    yield Figure(UCI, "rejected", answer["rejected"], 0)
    yield Figure(UCI, "sum of lines", sum_of_lines(store), amount)
    yield Figure(UCI, "lines", count_lines(store), lines)


def count_lines(store: Any) -> int:
    from orders.models import OrderLine

    return OrderLine.objects.filter(order__store=store).count()


def uci_reference(path: Path) -> tuple[int, int, Decimal]:
    """Invoices, lines and their sum, by the plainest reading of the file."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    amounts = [
        (int(row["Quantity"]) * Decimal(row["UnitPrice"])).quantize(Decimal("0.01")) for row in rows
    ]
    return len({row["InvoiceNo"] for row in rows}), len(rows), sum(amounts, Decimal(0))


def check_taobao(path: Path) -> Iterator[Figure]:
    """500 lines of 174 articles on five days: of each the newest line counts."""
    make_store("p1", "Asia/Shanghai", "CNY")
    first = command("import_products", path, store="p1", format="taobao-products")
    again = command("import_products", path, store="p1", format="taobao-products")
    newest = taobao_reference(path)
    yield Figure(TAOBAO, "read", first["read"], 500)
    yield Figure(TAOBAO, "created", first["created"], 174)
    yield Figure(TAOBAO, "rejected: told again on another day", repeated(path), 326)
    yield Figure(TAOBAO, "rejected", first["rejected"], 326)
    yield Figure(TAOBAO, "again: already there", again["duplicate"], 174)
    yield Figure(TAOBAO, "prices of the newest lines", prices("p1"), f"{sum(newest.values()):.2f}")
    yield Figure(TAOBAO, "codes outside the scheme", remarked(path), 174)


def taobao_reference(path: Path) -> dict[str, Decimal]:
    """Article → its newest price, by the plainest reading of the file."""
    with path.open(encoding="gbk", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["update_time"])
    return {row["id"]: Decimal(row["price"]) for row in rows}


def repeated(path: Path) -> int:
    """Rejected lines whose reason names the line that counts."""
    with path.with_name(f"{path.name}.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return sum("same article" in row["reason"] for row in csv.DictReader(file))


def remarked(path: Path) -> int:
    with path.with_name(f"{path.name}.remarks.csv").open(encoding="utf-8-sig", newline="") as file:
        return sum(row["column"] == "id" for row in csv.DictReader(file))


def prices(store: str) -> Decimal:
    from django.db.models import Sum

    from catalog.models import Sku

    return Sku.objects.filter(store__code=store).aggregate(sum=Sum("list_price"))["sum"]


def check_india(path: Path) -> Iterator[Figure]:
    """A stock list as a shop keeps it: 15 codes are #REF!, 18 are missing."""
    from django.db.models import Sum

    from catalog.models import StockLevel, StockMovement
    from catalog.services.opening import open_store

    open_store(code="in1", platform="own", timezone="Asia/Kolkata", currency="INR")
    names = {"SKU Code": "sku_code", "Stock": "quantity", "Design No.": "product_code"}
    options = {"store": "in1", "format": "generic", "map": list(names.items())}
    first = command("import_stock", path, **options)
    again = command("import_stock", path, **options)
    rows, pieces, stocked = india_reference(path)
    levels = StockLevel.objects.filter(sku__store__code="in1")
    lines = StockMovement.objects.filter(sku__store__code="in1")
    yield Figure(INDIA, "read", first["read"], 1500)
    yield Figure(INDIA, "created", first["created"], rows)
    yield Figure(INDIA, "rejected", first["rejected"], 1500 - rows)
    yield Figure(INDIA, "pieces", levels.aggregate(sum=Sum("available"))["sum"], pieces)
    yield Figure(INDIA, "ledger lines", lines.count(), stocked)
    yield Figure(INDIA, "again: duplicate", again["duplicate"], rows)
    yield Figure(INDIA, "again: changed", again["changed"], 0)


def india_reference(path: Path) -> tuple[int, Decimal, int]:
    """Rows with a code, their pieces, how many hold any: by the plainest reading of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        stock = [
            Decimal(row["Stock"])
            for row in csv.DictReader(file)
            if row["SKU Code"] and not row["SKU Code"].startswith("#")
        ]
    return len(stock), sum(stock, Decimal(0)).quantize(Decimal(1)), sum(1 for n in stock if n)


def check_shopify(path: Path) -> Iterator[Figure]:
    """Shopify's own vector: the body as it is, signed with `hush`; then the order in it."""
    from django.utils import timezone

    from opsdesk.exchange.models import InboundDelivery
    from opsdesk.exchange.services import inbox
    from orders.models import Order

    store = make_store("sh1", "America/New_York", "USD")
    command("enter_webhook_secret", store="sh1", source="shopify", secret="hush")
    body = path.read_bytes()
    yield Figure(SHOPIFY, "signed delivery", deliver_shopify(body), 200)
    yield Figure(SHOPIFY, "one byte changed", deliver_shopify(body.replace(b"4", b"5", 1)), 401)
    yield Figure(SHOPIFY, "deliveries stored", InboundDelivery.objects.count(), 1)
    yield Figure(SHOPIFY, "refused", refused_deliveries(store), "forged 1")
    yield Figure(SHOPIFY, "worked on", inbox.process_waiting(at=timezone.now())["done"], 1)
    first = command("import_orders", path, store="sh1", format="shopify-json")
    again = command("import_orders", path, store="sh1", format="shopify-json")
    yield Figure(SHOPIFY, "from the file: already there", first["duplicate"], 1)
    make_store("sh2", "America/New_York", "USD")
    made = command("import_orders", path, store="sh2", format="shopify-json")
    again = command("import_orders", path, store="sh2", format="shopify-json")
    yield Figure(SHOPIFY, "created", made["created"], 1)
    yield Figure(SHOPIFY, "again: duplicate", again["duplicate"], 1)
    for order in Order.objects.filter(store__code__in=["sh1", "sh2"]):
        yield from shopify_order(order)


def shopify_order(order: Any) -> Iterator[Figure]:
    """Authorized and not captured; its one parcel failed."""
    states = f"{order.review_state} {order.payment_state} {order.fulfilment_state}"
    yield Figure(SHOPIFY, "states", states, "waiting unpaid waiting")
    yield Figure(SHOPIFY, "total", order.total_amount, "409.94")
    yield Figure(SHOPIFY, "paid", order.paid_amount, "0.00")
    yield Figure(SHOPIFY, "freight", order.freight_amount, "0.00")
    yield Figure(SHOPIFY, "lines", sum_of_lines(order.store), "597.00")
    yield Figure(SHOPIFY, "recipient", order.masked_contact.recipient, "B*")
    yield Figure(SHOPIFY, "phone", order.masked_contact.phone, "****99")


def deliver_shopify(body: bytes) -> int:
    """The answer to these bytes with the signature of the sample."""
    from django.test import Client

    signed = {
        "X-Shopify-Hmac-Sha256": "c1OQTD+Kf+4B/139uWmB6413KHnklQkKioZiXPWnZzE=",
        "X-Shopify-Webhook-Id": "vector",
        "X-Shopify-Topic": "orders/create",
    }
    client = Client(SERVER_NAME="localhost")
    answer = client.post(
        "/hooks/sh1/shopify", body, content_type="application/json", headers=signed
    )
    return answer.status_code


def refused_deliveries(store: Any) -> str:
    from opsdesk.exchange.models import WebhookRefusal

    counts = WebhookRefusal.objects.filter(store=store).values_list("reason", "count")
    return " ".join(f"{reason} {count}" for reason, count in counts)


def check_doudian(path: Path) -> Iterator[Figure]:
    """One fen, paid, shipped and refunded: its goods have left, nothing is kept."""
    store = make_store("d1", "Asia/Shanghai", "CNY")
    first = command("import_orders", path, store="d1", format="doudian-json")
    again = command("import_orders", path, store="d1", format="doudian-json")
    order = only_order(store)
    yield Figure(DOUDIAN, "created", first["created"], 1)
    yield Figure(DOUDIAN, "again: duplicate", again["duplicate"], 1)
    yield Figure(DOUDIAN, "number", order.external_number, "6936476692437472563")
    yield Figure(DOUDIAN, "paid", order.paid_amount, "0.01")
    yield Figure(DOUDIAN, "refunded", order.refunded_amount, "0.01")
    states = f"{order.payment_state} {order.fulfilment_state}"
    yield Figure(DOUDIAN, "states", states, "refunded shipped")
    yield Figure(DOUDIAN, "placed", wall_clock(order.placed_at, store), "2024-11-18 15:55:51")
    yield Figure(DOUDIAN, "shipped", wall_clock(order.shipped_at, store), "2024-11-18 15:56:06")
    yield Figure(DOUDIAN, "article", order.lines.get().sku_code, "112233")
    yield Figure(DOUDIAN, "region", order.region, "福建省 厦门市 思明区")


def check_top(path: Path) -> Iterator[Figure]:
    from orders.contacts import is_masked

    store = make_store("q1", "Asia/Shanghai", "CNY")
    first = command("import_orders", path, store="q1", format="top-json")
    again = command("import_orders", path, store="q1", format="top-json")
    order = only_order(store)
    contact = order.contact
    hidden = [is_masked(text) for text in (contact.recipient, contact.phone, contact.address)]
    yield Figure(TOP, "created", first["created"], 1)
    yield Figure(TOP, "again: duplicate", again["duplicate"], 1)
    yield Figure(TOP, "number", order.external_number, "518073718172548")
    yield Figure(TOP, "total", order.total_amount, "76.00")
    yield Figure(TOP, "paid", order.paid_amount, "76.00")
    yield Figure(TOP, "states", f"{order.payment_state} {order.fulfilment_state}", "paid delivered")
    yield Figure(TOP, "delivered", wall_clock(order.delivered_at, store), "2014-01-27 15:32:23")
    yield Figure(TOP, "pieces", order.lines.get().quantity, 2)
    yield Figure(TOP, "masked people", sum(hidden), 3)
    yield Figure(TOP, "customers by a masked nick", int(order.customer_id is not None), 0)


def check_waybills(path: Path) -> Iterator[Figure]:
    """What carriers are known to write, and what none of them writes, as we judge it."""
    from fulfillment.models import Carrier
    from fulfillment.waybills import BadWaybill, checked

    def is_taken(code: str, text: str) -> bool:
        try:
            checked(text, Carrier(code=code, name=code))
        except BadWaybill:
            return False
        return True

    for file, code in {"s10": "ems", "ups": "ups", "fedex": "fedex", "usps": "usps"}.items():
        known = orjson.loads((path / f"{file}.json").read_bytes())["tracking_numbers"]
        for kind, expected in (("valid", True), ("invalid", False)):
            numbers = [number for each in known for number in each["test_numbers"][kind]]
            wrong = [number for number in numbers if is_taken(code, number) is not expected]
            yield Figure(WAYBILLS, f"{file}: {len(numbers)} {kind}, judged otherwise", wrong, [])


def check_kuaidi100(path: Path) -> Iterator[Figure]:
    """Each push, read and signed as it is: how many events, the newest one's state and moment."""
    from urllib.parse import urlencode

    from fulfillment.tracking import kuaidi100

    name = next(name for name in KUAIDI100 if name.endswith(path.name))
    param = path.read_text(encoding="utf-8")
    body = urlencode({"param": param, "sign": kuaidi100.sign(param, "hush")}).encode()
    news = kuaidi100.push_of(body).news
    last = max(news.events, key=lambda seen: seen.at)
    moment = f"{last.at.astimezone(kuaidi100.ZONE):%Y-%m-%d %H:%M:%S}"
    yield Figure(name, "newest event", f"{len(news.events)} {last.state} {moment}", KUAIDI100[name])


def check_easypost(path: Path) -> Iterator[Figure]:
    """EasyPost's own vector: the bytes, their secret and the signature over them."""
    from fulfillment.tracking import easypost

    fixtures = orjson.loads((path / "client-library-fixtures.json").read_bytes())
    webhook = fixtures["webhooks"]
    # The file ends its line, the delivery did not.
    body = (path / "event-body.json").read_bytes().rstrip(b"\n")
    signature = easypost.sign(webhook["secret"], body)
    yield Figure(EASYPOST, "signature", signature, webhook["hmac_signature"])
    news = easypost.news_of_event(body)
    last = max(news.events, key=lambda seen: seen.at) if news else None
    yield Figure(EASYPOST, "events", len(news.events) if news else 0, 7)
    yield Figure(EASYPOST, "newest event", last.state if last else "", "arrived")
    yield Figure(EASYPOST, "where", last.place if last else "", "EDISON, NJ, US")


def only_order(store: Any) -> Any:
    from orders.models import Order

    return Order.objects.get(store=store)


def wall_clock(moment: datetime, store: Any) -> str:
    return f"{moment.astimezone(store.zone):%Y-%m-%d %H:%M:%S}"


def check_india_orders(path: Path) -> Iterator[Figure]:
    """Lines of a marketplace, articles known by category only: equal lines can't be told apart."""
    store = make_store("in2", "Asia/Kolkata", "INR")
    names = {
        "Order ID": "order_number",
        "Date": "placed_at",
        "Category": "sku_code",
        "Qty": "quantity",
        "Amount": "line_amount",
    }
    answer = command("import_orders", path, store="in2", format="generic", map=list(names.items()))
    read, repeated_lines, lines, amount = india_orders_reference(path)
    rejected = rejected_for(answer["session"])
    yield Figure(INDIA_ORDERS, "read (orders)", answer["read"], read)
    yield Figure(INDIA_ORDERS, "created", answer["created"], read - repeated_lines)
    yield Figure(INDIA_ORDERS, "rejected", rejected, {"repeated_line": repeated_lines})
    yield Figure(INDIA_ORDERS, "lines", count_lines(store), lines)
    yield Figure(INDIA_ORDERS, "sum of lines", sum_of_lines(store), amount)


def rejected_for(session: int) -> dict[str, int]:
    """Code of the reason → how many records were rejected for it."""
    from django.db.models import Count

    from opsdesk.exchange.models import ImportRow

    rows = ImportRow.objects.filter(session=session).rejected().order_by("code")
    return dict(rows.values_list("code").annotate(Count("pk")))


def india_orders_reference(path: Path) -> tuple[int, int, int, Decimal]:
    """Orders, those with a line twice, and of the others lines and sum, by the plainest reading."""
    orders: dict[str, list[tuple[str, ...]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            orders.setdefault(row["Order ID"], []).append(tuple(row.values()))
    good = [lines for lines in orders.values() if len(set(lines)) == len(lines)]
    amounts = [Decimal(line[-1]) for lines in good for line in lines]
    total = sum(amounts, Decimal("0.00"))
    return len(orders), len(orders) - len(good), len(amounts), total


def check_generic(work: Path) -> Iterator[Figure]:
    """A sample of our own: 500 good orders, one twice, one with a decimal comma."""
    make_store("g1", "Asia/Shanghai", "CNY")
    path = work / "generic.csv"
    rows = [f"G{number:05d};2026-02-20 10:00:00;{number}.50" for number in range(1, 501)]
    rows += [rows[0], "G99999;2026-02-20 10:00:00;1.234,50"]
    path.write_text("\n".join(["order_number;placed_at;total_amount", *rows]), encoding="gbk")
    found = command("import_orders", path, store="g1", format="generic")
    for name, expected in (("read", 502), ("created", 500), ("rejected", 2)):
        yield Figure("a generic sample", name, found[name], expected)


def broken_invariants() -> Iterator[Figure]:
    for invariant in command("verify")["invariants"]:
        if invariant["violations"]:
            yield Figure("verify", invariant["id"], invariant["violations"], 0)


CHECKS: dict[str, Callable[[Path], Iterator[Figure]]] = {
    TMALL: check_tmall,
    OLIST: check_olist,
    UCI: check_uci,
    SHOPIFY: check_shopify,
    TAOBAO: check_taobao,
    INDIA: check_india,
    INDIA_ORDERS: check_india_orders,
    DOUDIAN: check_doudian,
    TOP: check_top,
    WAYBILLS: check_waybills,
}


def report(figures: list[Figure], missing: list[str], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"file": f.file, "figure": f.name, "found": str(f.found), "expected": str(f.expected)}
            for f in figures
        ]
        sys.stdout.write(orjson.dumps({"figures": rows, "missing": missing}).decode() + "\n")
        return
    for figure in figures:
        mark = "ok" if figure.agrees else "DIFFERS"
        expected = "" if figure.agrees else f"  expected {figure.expected}"
        sys.stdout.write(
            f"{mark:8}{Path(figure.file).name:38}{figure.name:42}{figure.found!s:>12}{expected}\n"
        )
    for name in missing:
        sys.stdout.write(f"{'absent':8}{name}\n")
    differing = sum(not figure.agrees for figure in figures)
    sys.stdout.write(f"{len(figures)} figures compared, {differing} differ\n")


def say(text: str) -> None:
    sys.stderr.write(f"realdata: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
