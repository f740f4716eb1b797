"""The exports of Taobao's and JD's seller centres, each with its own traps (ORD-1)."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.exchange.services.uploads import look_at
from orders.contacts import is_masked
from orders.models import Customer, Order
from tests.exchange.files import AS_OF, import_file, open_file
from tests.factories import SkuFactory, StoreFactory
from tests.orders.platform_files import articles_csv, jd_csv, jd_row, taobao_csv, taobao_row

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
TAOBAO, JD = "taobao-export", "jd-export"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.csv"


def outcomes(session):
    return session.created, session.changed, session.duplicate, session.rejected


def only_problem(session):
    row = session.rows.rejected().get()
    return row.line, row.column, row.code


def states():
    return {
        order.external_number: (order.payment_state, order.fulfilment_state)
        for order in Order.objects.all()
    }


def import_folder(store, folder):
    session, _is_new = open_session(
        store=store,
        path=folder,
        name=folder.name,
        options=Options(importer=TAOBAO, as_of=AS_OF),
        actor=None,
    )
    return applying.run(staging.stage(session.pk, folder, at=AS_OF).pk)


def test_taobao_export_in_gbk_gives_money_people_and_the_one_article(store, path):
    """ORD-1: as Excel shows it, with ="…" around numbers, apostrophes, blanks in headers."""
    session = import_file(store, path, taobao_csv(taobao_row()).encode("gbk"), importer=TAOBAO)

    assert outcomes(session) == (1, 0, 0, 0)
    order = Order.objects.get(external_number="1001")
    assert (order.total_amount, order.freight_amount) == (Decimal("100.00"), Decimal("10.00"))
    assert (order.paid_amount, order.payment_state) == (Decimal("100.00"), "paid")
    assert order.placed_at == datetime(2026, 2, 20, 10, tzinfo=SHANGHAI)
    assert list(order.lines.values_list("sku_code", "quantity", "amount")) == [
        ("A-1", 2, Decimal("90.00"))
    ]
    assert order.region == "浙江省 杭州市 余杭区"
    assert order.contact.address == "文一西路 969号"
    assert (order.contact.recipient, order.contact.phone) == ("张**", "1381234****")
    assert order.contact.buyer_memo == ""
    assert is_masked(order.contact.recipient)


def test_taobao_export_as_workbook(store, tmp_path):
    book = openpyxl.Workbook()
    for line in taobao_csv(taobao_row().replace('"=""1001"""', "6936476692437472563")).splitlines():
        book.active.append(line.split(","))
    stream = BytesIO()
    book.save(stream)

    session = import_file(store, tmp_path / "orders.xlsx", stream.getvalue(), importer=TAOBAO)

    assert outcomes(session) == (1, 0, 0, 0)
    assert Order.objects.get().external_number == "6936476692437472563"


def test_taobao_states_tell_payment_shipping_and_what_came_to_nothing(store, path):
    rows = [
        taobao_row("1", state="等待买家付款", paid="0.00", paid_at=""),
        taobao_row("2"),
        taobao_row("3", state="卖家已发货，等待买家确认"),
        taobao_row("4", state="交易成功"),
        taobao_row("5", state="交易关闭", paid="0.00", paid_at=""),
        taobao_row("6", state="交易关闭", paid="0.00"),
    ]

    import_file(store, path, taobao_csv(*rows), importer=TAOBAO)

    assert states() == {
        "1": ("unpaid", "waiting"),
        "2": ("paid", "waiting"),
        "3": ("paid", "shipped"),
        "4": ("paid", "delivered"),
        "5": ("unpaid", "cancelled"),
        "6": ("refunded", "cancelled"),
    }
    # Without a moment of shipping it is the last one known, never the one of the import.
    assert Order.objects.get(external_number="3").shipped_at == datetime(
        2026, 2, 20, 10, 1, tzinfo=SHANGHAI
    )
    closed = Order.objects.get(external_number="6")
    assert (closed.paid_amount, closed.net_amount) == (Decimal("100.00"), Decimal(0))


def test_taobao_refunds_are_part_of_what_was_captured(store, path):
    content = taobao_csv(taobao_row(paid="70.00") + ",30.00").replace(
        "商家编码\n", "商家编码,退款金额\n"
    )

    import_file(store, path, content, importer=TAOBAO)

    order = Order.objects.get()
    assert (order.paid_amount, order.refunded_amount) == (Decimal("100.00"), Decimal("30.00"))
    assert order.payment_state == "part_refunded"


def test_taobao_a_payment_that_is_not_the_total_is_told(store, path):
    session = import_file(store, path, taobao_csv(taobao_row(paid="99.00")), importer=TAOBAO)

    row = session.rows.remarked().get()
    assert (row.code, row.column) == ("wrong_total", "买家实际支付金额")
    assert "99.00 of 100.00" in row.reason


def test_taobao_bad_rows_name_line_and_column_and_leave_the_good_ones(store, path):
    rows = [
        taobao_row("1"),
        taobao_row("2", state="神秘状态"),
        taobao_row("3", goods="9,000"),
        taobao_row("4", paid_at=""),
    ]

    session = import_file(
        store, path, taobao_csv(*rows).replace("9,000", '"9,000"'), importer=TAOBAO
    )

    assert outcomes(session) == (1, 0, 0, 3)
    assert list(session.rows.rejected().values_list("line", "column", "code")) == [
        (3, "订单状态", "unknown_state"),
        (4, "买家应付货款", "thousands_separator"),
        (5, "订单付款时间", "missing_value"),
    ]


def test_taobao_again_changes_nothing_and_a_later_export_moves_on(store, path):
    import_file(store, path, taobao_csv(taobao_row()), importer=TAOBAO)

    again = import_file(store, path, taobao_csv(taobao_row()), importer=TAOBAO)
    later = taobao_csv(taobao_row(state="卖家已发货，等待买家确认"))
    moved = import_file(store, path, later, importer=TAOBAO)

    assert outcomes(again) == (0, 0, 1, 0)
    assert outcomes(moved) == (0, 1, 0, 0)
    assert states() == {"1001": ("paid", "shipped")}


def test_taobao_orders_and_articles_of_a_folder_belong_together(store, tmp_path):
    SkuFactory(store=store, code="A-1")
    folder = tmp_path / "taobao"
    folder.mkdir()
    orders = taobao_csv(taobao_row("1", kinds="2", code=""), taobao_row("2", kinds="2", code=""))
    (folder / "ExportOrderList.csv").write_bytes(orders.encode("gbk"))
    articles = articles_csv(("1", "40.00", "2", "A-1"), ("1", "15.00", "2", "B-2"))
    (folder / "ExportOrderDetailList.csv").write_bytes(articles.encode("gbk"))

    session = import_folder(store, folder)

    assert outcomes(session) == (1, 0, 0, 1)
    assert only_problem(session) == (3, "", "no_articles")
    order = Order.objects.get()
    assert list(order.lines.values_list("sku_code", "amount").order_by("position")) == [
        ("A-1", Decimal("80.00")),
        ("B-2", Decimal("30.00")),
    ]
    # 110.00 of articles and 10.00 of freight, of which 100.00 are owed.
    assert order.discount_amount == Decimal("20.00")


def test_taobao_a_later_order_export_alone_keeps_the_articles(store, tmp_path, path):
    folder = tmp_path / "taobao"
    folder.mkdir()
    (folder / "a.csv").write_text(taobao_csv(taobao_row("1", kinds="2", code="")))
    (folder / "b.csv").write_text(articles_csv(("1", "45.00", "2", "A-1")))
    import_folder(store, folder)

    later = taobao_csv(taobao_row("1", kinds="2", code="", state="交易成功"))
    moved = import_file(store, path, later, importer=TAOBAO)

    assert outcomes(moved) == (0, 1, 0, 0)
    assert Order.objects.get().lines.count() == 1
    assert states() == {"1": ("paid", "delivered")}


def test_taobao_articles_alone_are_refused_with_what_to_do(store, path):
    session = import_file(store, path, articles_csv(("1", "45.00", "2", "A-1")), importer=TAOBAO)

    assert session.state == "refused"
    assert session.dialect["refusal"]["code"] == "articles_alone"


def test_a_buyer_known_by_a_masked_name_is_nobody_in_particular(store, path):
    rows = [taobao_row("1", buyer="t**1"), taobao_row("2", buyer="t**1"), taobao_row("3")]

    import_file(store, path, taobao_csv(*rows), importer=TAOBAO)

    assert list(Customer.objects.values_list("external_id", flat=True)) == ["tb_lily"]
    assert Order.objects.filter(customer=None).count() == 2


def test_the_preview_masks_people_and_shows_what_would_change(store, path):
    import_file(store, path, taobao_csv(taobao_row()), importer=TAOBAO)
    session = open_file(store, path, taobao_csv(taobao_row(state="交易成功")), importer=TAOBAO)

    session = look_at(session, path, at=AS_OF, has_time=True)

    assert session.dialect["preview"]["changed"] == 1
    assert "969" not in str(session.dialect["sample"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("张**", True),
        ("138****5678", True),
        ("王＊", True),
        ("●●●", True),
        ("张三", False),
        ("", False),
    ],
)
def test_what_a_channel_has_hidden_is_recognised(text, masked):
    assert is_masked(text) is masked


def test_jd_lines_are_one_order_whose_total_counts_the_balance(store, path):
    """ORD-1: tabs around numbers, unpadded dates, an article without the store's own code."""
    content = jd_csv(jd_row(code="A-1"), jd_row(article="100012043979", price="30.00"))

    session = import_file(store, path, content.encode("gbk"), importer=JD)

    assert outcomes(session) == (1, 0, 0, 0)
    order = Order.objects.get(external_number="9001")
    assert (order.total_amount, order.paid_amount) == (Decimal("76.00"), Decimal("76.00"))
    assert (order.freight_amount, order.discount_amount) == (Decimal("6.00"), Decimal("10.00"))
    assert list(order.lines.values_list("sku_code", flat=True).order_by("position")) == [
        "A-1",
        "100012043979",
    ]
    assert order.customer is None
    assert order.region == ""


def test_jd_states(store, path):
    rows = [
        jd_row("1", state="等待付款", paid_at="", goods="50.00"),
        jd_row("2", state="等待确认收货", goods="50.00"),
        jd_row("3", state="完成", finished_at="2026/2/23 9:00:00", goods="50.00"),
        jd_row("4", state="(删除)等待出库", goods="50.00"),
        jd_row("5", state="（锁定）等待出库", goods="50.00"),
        jd_row("6", state="等待出库", method="货到付款", paid_at="", goods="50.00"),
        jd_row("7", state="完成", method="货到付款", paid_at="", goods="50.00"),
    ]

    import_file(store, path, jd_csv(*rows), importer=JD)

    assert states() == {
        "1": ("unpaid", "waiting"),
        "2": ("paid", "shipped"),
        "3": ("paid", "delivered"),
        "4": ("refunded", "cancelled"),
        "5": ("paid", "waiting"),
        "6": ("unpaid", "waiting"),
        "7": ("paid", "delivered"),
    }


def test_jd_one_bad_line_rejects_its_order_and_no_other(store, path):
    rows = [
        jd_row("1", code="A-1"),
        jd_row("1", pieces=0, code="B-2"),
        jd_row("2", goods="50.00"),
        jd_row("3", code="A-1"),
        jd_row("3", code="B-2", payable="70.00"),
        jd_row("4", goods="100.00"),
        jd_row("4", goods="100.00"),
    ]

    session = import_file(store, path, jd_csv(*rows), importer=JD)

    assert outcomes(session) == (1, 0, 0, 3)
    assert list(session.rows.rejected().values_list("line", "column", "code")) == [
        (2, "订购数量", "zero_quantity"),
        (5, "应付金额", "contradicting_lines"),
        (7, "", "repeated_line"),
    ]


def test_jd_a_sum_that_the_lines_do_not_give_is_told(store, path):
    session = import_file(store, path, jd_csv(jd_row(price="90.00")), importer=JD)

    row = session.rows.remarked().get()
    assert (row.code, row.column) == ("wrong_total", "订单金额")
    assert "80.00; its lines add up to 90.00" in row.reason


def test_jd_again_changes_nothing_and_a_later_export_moves_on(store, path):
    first = jd_csv(jd_row(goods="50.00"))
    import_file(store, path, first, importer=JD)

    again = import_file(store, path, first, importer=JD)
    done = jd_csv(jd_row(goods="50.00", state="完成", finished_at="2026/2/23 9:00:00"))
    moved = import_file(store, path, done, importer=JD)

    assert outcomes(again) == (0, 0, 1, 0)
    assert outcomes(moved) == (0, 1, 0, 0)
    assert states() == {"9001": ("paid", "delivered")}
