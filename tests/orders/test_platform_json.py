"""Answers of Doudian and the Taobao Open Platform as files, each with its own traps (ORD-1)."""

import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from opsdesk.exchange import importers
from orders.contacts import is_masked
from orders.models import Order
from tests.exchange.files import import_file
from tests.factories import StoreFactory
from tests.orders.platform_files import doudian_order, top_trade

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
DOUDIAN, TOP = "doudian-json", "top-json"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.json"


def doudian(*orders):
    return json.dumps({"isSuccess": True, "data": {"shop_order_list": list(orders)}})


def top(*trades):
    return json.dumps({"trades_sold_get_response": {"trades": {"trade": list(trades)}}})


def outcomes(session):
    return session.created, session.changed, session.duplicate, session.rejected


def state(order):
    return order.payment_state, order.fulfilment_state


def test_doudian_fen_are_yuan_to_the_cent_and_ids_stay_text(store, path):
    """ORD-1: a 19-digit id as a JSON number, money in fen, moments in seconds."""
    session = import_file(store, path, doudian(doudian_order()), importer=DOUDIAN)

    assert outcomes(session) == (1, 0, 0, 0)
    order = Order.objects.get(external_number="6936476692437470001")
    assert (order.total_amount, order.paid_amount) == (Decimal("40.99"), Decimal("40.99"))
    assert (order.freight_amount, order.discount_amount) == (Decimal("6.00"), Decimal("5.00"))
    assert order.placed_at == datetime(2026, 2, 20, 10, tzinfo=SHANGHAI)
    assert list(order.lines.values_list("sku_code", "unit_price").order_by("position")) == [
        ("A-1", Decimal("19.99")),
        ("3410716076201731", Decimal("0.01")),
    ]
    assert (order.region, order.contact.address) == ("福建省 厦门市 思明区", "莲前街道 ***")
    assert (order.contact.recipient, order.contact.phone) == ("陈*", "1*******678")


def test_doudian_what_is_only_there_as_cipher_is_hidden(store, path):
    order = doudian_order(mask_post_receiver="", post_receiver="##bzM2hrJcKLiEuYn2##")

    import_file(store, path, doudian(order), importer=DOUDIAN)

    recipient = Order.objects.get().contact.recipient
    assert recipient == "***"
    assert is_masked(recipient)


def test_doudian_refunded_after_ship_stays_shipped(store, path):
    part = doudian_order()["sku_order_list"][0]
    shipped = [{**part, "ship_time": 1771553000, "pay_amount": 4099}]
    before = doudian_order(1, main_status=21)
    after = doudian_order("2", main_status=22, sku_order_list=shipped)

    import_file(store, path, doudian(before, after), importer=DOUDIAN)

    found = {order.external_number: order for order in Order.objects.all()}
    assert state(found["1"]) == ("refunded", "cancelled")
    assert state(found["2"]) == ("refunded", "shipped")
    assert found["2"].net_amount == 0


def test_doudian_one_refunded_article_is_a_part_refund(store, path):
    told = doudian_order(main_status=3)
    told["sku_order_list"][0]["after_sale_info"] = {"refund_status": 3}

    import_file(store, path, doudian(told), importer=DOUDIAN)

    order = Order.objects.get()
    assert (order.refunded_amount, order.payment_state) == (Decimal("40.98"), "part_refunded")


@pytest.mark.parametrize(
    ("told", "column", "code"),
    [
        ({"pay_amount": 40.99}, "pay_amount", "not_fen"),
        ({"create_time": 1771552800000}, "create_time", "not_seconds"),
        ({"main_status": 77}, "main_status", "unknown_state"),
        ({"pay_time": 0}, "paid_at", "missing_value"),
        ({"sku_order_list": {}}, "sku_order_list", "missing_value"),
        ({"buyer_words": "\x00"}, "buyer_words", "control_character"),
        ({"buyer_words": "\ud800"}, "buyer_words", "damaged_text"),
        ({"order_id": 6.936476692437472e18}, "order_id", "lost_digits"),
        ({"order_id": {"a": 1}}, "order_id", "not_a_value"),
    ],
)
def test_doudian_a_bad_order_names_place_and_path_and_leaves_the_good_one(
    store, path, told, column, code
):
    session = import_file(
        store, path, doudian(doudian_order(2), doudian_order(**told)), importer=DOUDIAN
    )

    assert outcomes(session) == (1, 0, 0, 1)
    row = session.rows.rejected().get()
    assert (row.line, row.column, row.code) == (2, column, code)


def test_doudian_a_bad_article_names_its_path(store, path):
    told = doudian_order()
    told["sku_order_list"][1]["item_num"] = -1

    session = import_file(store, path, doudian(told), importer=DOUDIAN)

    row = session.rows.rejected().get()
    assert (row.column, row.code) == ("sku_order_list[1].item_num", "negative_quantity")


def test_doudian_a_total_above_the_articles_is_told(store, path):
    session = import_file(store, path, doudian(doudian_order(pay_amount=9999)), importer=DOUDIAN)

    row = session.rows.remarked().get()
    assert (row.code, row.column) == ("wrong_total", "pay_amount")


def test_doudian_later_answers_move_the_order_on(store, path):
    import_file(store, path, doudian(doudian_order()), importer=DOUDIAN)

    again = import_file(store, path, doudian(doudian_order()), importer=DOUDIAN)
    done = doudian_order(main_status=5, finish_time=1771639200)
    moved = import_file(store, path, doudian(done), importer=DOUDIAN)

    assert outcomes(again) == (0, 0, 1, 0)
    assert outcomes(moved) == (0, 1, 0, 0)
    assert state(Order.objects.get()) == ("paid", "delivered")


def test_top_trade_money_and_people(store, path):
    content = json.dumps({"trade_fullinfo_get_response": {"trade": top_trade()}})

    session = import_file(store, path, content, importer=TOP)

    assert outcomes(session) == (1, 0, 0, 0)
    order = Order.objects.get(external_number="518073718170001")
    assert (order.total_amount, order.discount_amount) == (Decimal("96.00"), Decimal("4.00"))
    assert list(order.lines.values_list("sku_code", "amount").order_by("position")) == [
        ("A-1", Decimal("70.00")),
        ("56388300261", Decimal("20.00")),
    ]
    assert order.customer is None  # a masked nick is nobody in particular
    assert order.region == "河南省 郑州市 管城回族区"
    assert is_masked(order.contact.recipient)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"status": "WAIT_BUYER_PAY", "pay_time": None}, ("unpaid", "waiting")),
        ({"status": "WAIT_SELLER_SEND_GOODS"}, ("paid", "waiting")),
        ({"status": "WAIT_BUYER_CONFIRM_GOODS"}, ("paid", "shipped")),
        ({"status": "TRADE_FINISHED", "received_payment": "96.00"}, ("paid", "delivered")),
        ({"status": "TRADE_CLOSED"}, ("refunded", "cancelled")),
        (
            {"status": "TRADE_CLOSED", "consign_time": "2026-02-20 11:00:00"},
            ("refunded", "shipped"),
        ),
        ({"status": "TRADE_CLOSED_BY_TAOBAO", "pay_time": None}, ("unpaid", "cancelled")),
        (
            {"status": "WAIT_SELLER_SEND_GOODS", "type": "cod", "pay_time": None},
            ("unpaid", "waiting"),
        ),
    ],
)
def test_top_states(store, path, told, expected):
    import_file(store, path, top(top_trade(**told)), importer=TOP)

    assert state(Order.objects.get()) == expected


def test_top_what_the_seller_did_not_receive_of_a_finished_trade_went_back(store, path):
    told = top_trade(status="TRADE_FINISHED", received_payment="83.50")
    told["orders"]["order"][1]["refund_status"] = "SUCCESS"

    import_file(store, path, top(told), importer=TOP)

    order = Order.objects.get()
    assert (order.refunded_amount, order.payment_state) == (Decimal("12.50"), "part_refunded")


def test_answers_one_after_the_other_in_gbk(store, path):
    content = "\n".join(json.dumps({"trade": top_trade(n)}, ensure_ascii=False) for n in (1, 2))

    session = import_file(store, path, content.encode("gbk"), importer=TOP)

    assert outcomes(session) == (2, 0, 0, 0)
    assert Order.objects.first().contact.recipient == "闫**"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"a": NaN}', "not_json"),
        ("5", "no_orders"),
        ('{"error_response": {"code": 27}}', "no_orders"),
        (doudian(doudian_order()), "no_orders"),
        (b"\xff\xfe\x00", "not_json"),
    ],
)
def test_what_is_no_answer_is_refused(store, path, content, code):
    session = import_file(store, path, content, importer=TOP)

    assert session.state == "refused"
    assert session.dialect["refusal"]["code"] == code


def test_json_is_uploaded_and_shown_without_what_it_holds(store, admin_client):
    upload = SimpleUploadedFile("doudian.json", doudian(doudian_order()).encode())
    form = {"store": store.pk, "importer": DOUDIAN, "on_error": "skip", "file": upload}

    answer = admin_client.post(
        reverse("admin:exchange_importsession_changelist") + "upload/", form, follow=True
    )

    page = answer.content.decode()
    assert "6936476692437470001" in page
    assert "厦门" not in page
    assert not Order.objects.exists()


def test_every_format_of_orders_is_known_to_the_command():
    from orders.importers.base import OrderImporter
    from orders.management.commands.import_orders import Command

    ours = {each.name for each in importers.all_importers() if isinstance(each, OrderImporter)}
    assert ours == set(Command.formats)
