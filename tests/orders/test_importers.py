"""The formats of orders, on small files of the tests' own in the shapes of the real ones."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from catalog.models import Product, Sku
from opsdesk.alerts.models import Alert
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from orders.models import Customer, Order, OrderEvent
from tests.exchange.files import AS_OF, import_file
from tests.factories import SkuFactory, StoreFactory

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.csv"


def figures(session):
    return session.total, session.created, session.rejected


# tmall-report

TMALL = (
    "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n"
    "1001,178.8,0.0,上海,2020-02-21 00:00:00,,0.0\n"
    "1002,57.0,45.0,浙江省,2020-02-20 23:59:54,2020-02-21 00:00:02,12.0\n"
    "1003,21.0,0.0,北京,2020-02-20 10:00:00,2020-02-20 10:00:30,21.0\n"
)


def test_tmall_what_was_captured_is_paid_plus_refunded(store, path):
    session = import_file(store, path, TMALL, importer="tmall-report")

    assert figures(session) == (3, 3, 0)
    order = Order.objects.get(external_number="1002")
    assert (order.paid_amount, order.refunded_amount) == (Decimal("57.00"), Decimal("12.00"))
    assert order.net_amount == Decimal("45.00")
    assert order.payment_state == Order.Payment.PART_REFUNDED
    assert order.is_amount_only


def test_tmall_times_are_the_stores(store, path):
    import_file(store, path, TMALL, importer="tmall-report")

    order = Order.objects.get(external_number="1002")
    assert order.placed_at == datetime(2020, 2, 20, 23, 59, 54, tzinfo=SHANGHAI)
    assert order.paid_at == datetime(2020, 2, 21, 0, 0, 2, tzinfo=SHANGHAI)
    assert [event.at for event in order.events.filter(kind="placed")] == [order.placed_at]


def test_tmall_unpaid_and_wholly_refunded(store, path):
    import_file(store, path, TMALL, importer="tmall-report")

    states = dict(Order.objects.values_list("external_number", "payment_state"))
    assert states == {"1001": "unpaid", "1002": "part_refunded", "1003": "refunded"}


def test_tmall_again_is_duplicate(store, path):
    import_file(store, path, TMALL, importer="tmall-report")

    again = import_file(store, path, TMALL, importer="tmall-report")

    assert (again.created, again.duplicate) == (0, 3)
    assert Order.objects.count() == 3


def test_tmall_history_raises_no_alerts(store, path):
    import_file(store, path, TMALL, importer="tmall-report")

    assert not Alert.objects.exists()


def test_tmall_money_without_payment_is_rejected(store, path):
    session = import_file(
        store, path, TMALL.replace("1001,178.8,0.0", "1001,178.8,5.0"), importer="tmall-report"
    )

    row = session.rows.rejected().get()
    assert (row.code, row.column) == ("paid_without_moment", "买家实际支付金额")


# olist

OLIST = {
    "olist_orders_dataset.csv": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
        "o1,c1,delivered,2018-01-01 10:00:00,2018-01-01 11:00:00,2018-01-02 10:00:00,"
        "2018-01-05 10:00:00,2018-01-10 00:00:00\n"
        "o2,c2,canceled,2018-01-02 10:00:00,,,,2018-01-10 00:00:00\n"
        "o3,c3,processing,2018-01-03 10:00:00,2018-01-03 10:30:00,,,2018-01-10 00:00:00\n"
    ),
    "olist_order_items_dataset.csv": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o1,1,p1,s1,2018-01-04 00:00:00,10.00,2.50\n"
        "o1,2,p1,s1,2018-01-04 00:00:00,10.00,2.50\n"
        "o1,3,p2,s1,2018-01-04 00:00:00,5.00,1.00\n"
        "o3,1,p2,s1,2018-01-04 00:00:00,5.00,1.00\n"
    ),
    "olist_order_payments_dataset.csv": (
        "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
        "o1,1,voucher,1,11.00\no1,2,credit_card,1,20.00\no2,1,boleto,1,9.90\n"
        "o3,1,credit_card,1,6.00\n"
    ),
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n"
        "c1,u1,1,sao paulo,SP\nc2,u2,1,rio de janeiro,RJ\nc3,u1,1,sao paulo,SP\n"
    ),
    "olist_products_dataset.csv": (
        "product_id,product_category_name,product_weight_g\n"
        "p1,beleza_saude,300\np2,informatica_acessorios,\n"
    ),
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "olist"
    folder.mkdir()
    for name, text in OLIST.items():
        (folder / name).write_text(text)
    return folder


def import_folder(store, folder, **options):
    session, _is_new = open_session(
        store=store,
        path=folder,
        name=folder.name,
        options=Options(importer="olist", as_of=AS_OF, **options),
        actor=None,
    )
    return applying.run(staging.stage(session.pk, folder, at=AS_OF).pk)


def test_olist_puts_an_order_together(store, folder):
    session = import_folder(store, folder)

    assert figures(session) == (3, 3, 0)
    order = Order.objects.get(external_number="o1")
    assert (order.total_amount, order.freight_amount) == (Decimal("31.00"), Decimal("6.00"))
    assert order.fulfilment_state == Order.Fulfilment.DELIVERED
    assert order.confirmed_at == order.paid_at
    lines = order.lines.values_list("sku_code", "quantity", "amount")
    assert set(lines) == {("p1", 2, Decimal("20.00")), ("p2", 1, Decimal("5.00"))}
    assert order.customer.external_id == "u1"


def test_olist_never_approved_is_cancelled_and_not_captured(store, folder):
    import_folder(store, folder)

    order = Order.objects.get(external_number="o2")
    assert order.fulfilment_state == Order.Fulfilment.CANCELLED
    assert (order.total_amount, order.paid_amount) == (Decimal("9.90"), Decimal(0))
    assert order.is_amount_only


def test_olist_a_person_is_the_unique_id(store, folder):
    import_folder(store, folder)

    assert set(Customer.objects.values_list("external_id", flat=True)) == {"u1", "u2"}


def test_olist_makes_the_articles_it_names(store, folder):
    SkuFactory(store=store, code="p2")

    import_folder(store, folder)

    assert set(Sku.objects.values_list("code", flat=True)) == {"p1", "p2"}
    product = Product.objects.get(code="p1")
    assert (product.category, product.skus.get().weight_grams) == ("beleza_saude", 300)


def test_olist_a_bad_price_rejects_its_order_alone(store, folder):
    items = folder / "olist_order_items_dataset.csv"
    items.write_text(items.read_text().replace("p2,s1,2018-01-04 00:00:00,5.00", "p2,s1,x,5,00", 1))
    items.write_text(items.read_text().replace("p2,s1,x,5,00,1.00", "p2,s1,x,abc,1.00", 1))

    session = import_folder(store, folder)

    assert figures(session) == (3, 2, 1)
    row = session.rows.rejected().get()
    assert (row.key, row.column, row.code) == ("o1", "price", "not_an_amount")
    assert "olist_order_items_dataset.csv, line 4" in row.reason


def test_olist_without_its_payments_is_refused(store, folder):
    (folder / "olist_order_payments_dataset.csv").unlink()

    session = import_folder(store, folder)

    assert session.state == "refused"
    assert session.dialect["refusal"]["code"] == "missing_file"


def test_olist_again_is_duplicate(store, folder):
    import_folder(store, folder)

    assert import_folder(store, folder).duplicate == 3


def test_olist_keeps_the_delivery_that_was_promised(store, folder):
    """FUL-4: in the store's zone; another promise does not make it another order."""
    import_folder(store, folder)
    order = Order.objects.get(external_number="o1")
    assert order.deliver_by.astimezone(store.zone).isoformat()[:16] == "2018-01-10T00:00"

    orders = folder / "olist_orders_dataset.csv"
    orders.write_text(orders.read_text().replace("2018-01-10", "2018-01-20"))
    assert import_folder(store, folder).duplicate == 3


# uci-retail

UCI = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
    "536365,71053,METAL LANTERN,2,2010-12-01 08:27:00,3.39,17850.0,United Kingdom\n"
    "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527.0,United Kingdom\n"
    "536380,22961,JAM SET,-4,2010-12-01 09:41:00,1.45,,United Kingdom\n"
    "536381,22961,,1,2010-12-01 09:50:00,1.45,,France\n"
)


def test_uci_an_invoice_is_an_order_paid_and_shipped(store, path):
    session = import_file(store, path, UCI, importer="uci-retail")

    assert figures(session) == (4, 2, 2)
    order = Order.objects.get(external_number="536365")
    assert order.total_amount == order.paid_amount == Decimal("22.08")
    assert order.paid_at == order.shipped_at == order.placed_at
    assert order.placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=SHANGHAI)
    assert order.customer.external_id == "17850"
    assert order.fulfilment_state == Order.Fulfilment.SHIPPED


def test_uci_cancellations_and_negative_pieces_are_rejected_with_the_reason(store, path):
    session = import_file(store, path, UCI, importer="uci-retail")

    rejected = {row.key: (row.code, row.line) for row in session.rows.rejected()}
    assert rejected == {"C536379": ("cancellation", 4), "536380": ("negative_quantity", 5)}


def test_uci_makes_the_articles_of_good_invoices(store, path):
    import_file(store, path, UCI, importer="uci-retail")

    assert set(Sku.objects.values_list("code", flat=True)) == {"85123A", "71053", "22961"}


def test_uci_reject_all_makes_no_articles(store, path):
    import_file(store, path, UCI, importer="uci-retail", on_error="reject-all")

    assert not Sku.objects.exists()
    assert not Order.objects.exists()


# generic

LINES = "order_number,placed_at,sku_code,quantity,unit_price,freight_amount,recipient\n"
A1 = "A1,2026-02-20 10:00:00,SKU1,2,5.00,1.50,王小明\n"
A1_MORE = "A1,2026-02-20 10:00:00,SKU2,1,3.00,1.50,王小明\n"
A2 = "A2,2026-02-20 11:00:00,SKU1,1,5.00,,\n"


def test_generic_lines_of_an_order_may_stand_apart(store, path):
    session = import_file(store, path, LINES + A1 + A2 + A1_MORE)

    assert figures(session) == (2, 2, 0)
    order = Order.objects.get(external_number="A1")
    assert order.total_amount == Decimal("14.50")
    assert list(order.lines.values_list("sku_code", "quantity")) == [("SKU1", 2), ("SKU2", 1)]


def test_generic_later_lines_may_leave_the_orders_cells_blank(store, path):
    session = import_file(store, path, LINES + A1 + "A1,,SKU2,1,3.00,,\n")

    assert figures(session) == (1, 1, 0)


def test_generic_contradicting_lines_reject_the_order(store, path):
    other = A1_MORE.replace("10:00:00", "12:00:00")

    session = import_file(store, path, LINES + A1 + A2 + other)

    assert figures(session) == (2, 1, 1)
    row = session.rows.rejected().get()
    assert (row.line, row.column, row.code) == (2, "placed_at", "contradicting_lines")
    assert row.reason.startswith("Line 4:")
    assert len(row.raw) == 2


def test_generic_the_same_line_twice_rejects_the_order(store, path):
    session = import_file(store, path, LINES + A1 + A1)

    assert session.rows.rejected().get().code == "repeated_line"


def test_generic_one_number_on_too_many_lines_is_one_rejected_row(store, path):
    lines = "".join(A1.replace("SKU1", f"SKU{each}") for each in range(2_001))

    session = import_file(store, path, LINES + A2 + lines)

    assert figures(session) == (2, 1, 1)
    row = session.rows.rejected().get()
    assert (row.code, len(row.raw)) == ("too_many_lines", 2_000)
    assert row.reason.startswith("Line 2003:")


def test_generic_the_longest_order_comes_in(store, path):
    lines = "".join(A1.replace("SKU1", f"SKU{each}") for each in range(2_000))

    session = import_file(store, path, LINES + lines)

    assert figures(session) == (1, 1, 0)
    assert Order.objects.get().lines.count() == 2_000


def test_generic_a_bad_line_never_leaves_half_an_order(store, path):
    session = import_file(store, path, LINES + A1 + A1_MORE.replace(",1,", ",none,") + A2)

    assert figures(session) == (2, 1, 1)
    assert list(Order.objects.values_list("external_number", flat=True)) == ["A2"]


def test_generic_a_code_without_its_zeros_is_explained(store, path):
    SkuFactory(store=store, code="00123")

    session = import_file(store, path, LINES + A1.replace("SKU1", "123") + A2)

    row = session.rows.rejected().get()
    assert (row.code, row.column) == ("lost_leading_zero", "sku_code")
    assert "00123" in row.reason


def test_generic_chinese_headers(store, path):
    session = import_file(
        store,
        path,
        "订单编号,下单时间,订单金额,付款时间\nA1,2026/2/20 10:00,9.90,2026-02-20 10:05:00\n",
    )

    assert figures(session) == (1, 1, 0)
    assert Order.objects.get().paid_amount == Decimal("9.90")


def test_generic_a_column_can_be_mapped_or_left_out(store, path):
    session = import_file(
        store,
        path,
        "order_number,placed_at,betrag,mood\nA1,2026-02-20 10:00:00,5.00,fine\n",
        column_map={"betrag": "total_amount", "mood": "-"},
    )

    assert figures(session) == (1, 1, 0)


def test_generic_workbook(store, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["order_number", "placed_at", "total_amount", "region"])
    book.active.append(["1234567890123456789", datetime(2026, 2, 20, 10), 12.5, "上海"])  # noqa: DTZ001
    book.active.append([6.2e17, datetime(2026, 2, 20, 10), 1, None])  # noqa: DTZ001
    book.active.append([1003, datetime(2026, 2, 20, 10), 0.1 + 0.2, None])  # noqa: DTZ001
    file = BytesIO()
    book.save(file)

    session = import_file(store, tmp_path / "orders.xlsx", file.getvalue())

    assert figures(session) == (3, 2, 1)
    assert session.rows.rejected().get().code == "lost_digits"
    order = Order.objects.get(external_number="1234567890123456789")
    assert order.total_amount == Decimal("12.50")
    assert order.placed_at == datetime(2026, 2, 20, 10, tzinfo=SHANGHAI)
    assert Order.objects.get(external_number="1003").total_amount == Decimal("0.30")


def test_generic_news_is_a_change_and_a_contradiction_a_rejection(store, path):
    bare = "order_number,placed_at,total_amount,paid_at\nA1,2026-02-20 10:00:00,5.00,{}\n"
    import_file(store, path, bare.format(""))

    paid = import_file(store, path, bare.format("2026-02-20 10:05:00"))
    moved = import_file(store, path, bare.format("").replace("10:00:00", "12:00:00"))

    assert (paid.changed, paid.created) == (1, 0)
    assert (moved.rejected, moved.rows.get().code) == (1, "conflict")
    assert Order.objects.get().paid_at is not None
    assert OrderEvent.objects.filter(kind="conflicted").count() == 1


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("A1,2026-02-20 10:00:00,5.00,2026-02-19 10:00:00,,", "before_placed"),
        ("A1,2026-02-20 10:00:00,5.00,,5.00,", "paid_without_moment"),
        ("A1,2026-02-20 10:00:00,5.00,2026-02-20 10:00:00,5.00,6.00", "refunded_too_much"),
        ("A1,2126-02-20 10:00:00,5.00,,,", "in_the_future"),
        ("A1,,5.00,,,", "missing_value"),
        (",2026-02-20 10:00:00,5.00,,,", "missing_value"),
        ("A1,2026-02-20 10:00:00,,,,", "missing_value"),
        ("A1,45000.5,5.00,,,", "serial_date"),
        ("A1,20/02/2026,5.00,,,", "day_first"),
        ("A1,2026-02-20 25:00:00,5.00,,,", "no_such_moment"),
        ("A1,2026-02-20 10:00:00,#REF!,,,", "excel_error"),
        ("A1,2026-02-20 10:00:00,-5.00,,,", "negative"),
        ("1001.0,2026-02-20 10:00:00,5.00,,,", "number_as_decimal"),
    ],
)
def test_generic_what_contradicts_itself_is_explained(store, path, cells, code):
    header = "order_number,placed_at,total_amount,paid_at,paid_amount,refunded_amount\n"

    session = import_file(store, path, header + cells + "\n")

    assert session.rows.get().code == code
    assert session.rows.get().column
