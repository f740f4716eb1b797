"""Files of orders as Shopify and WooCommerce write them: read as their webhooks are (ORD-1)."""

from decimal import Decimal

import orjson
import pytest

from orders.models import Order
from tests.exchange.files import import_file
from tests.factories import StoreFactory
from tests.orders.platforms import deliver, moment, refund, set_up, shopify
from tests.orders.test_webhooks import WOO, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return set_up(StoreFactory())


@pytest.fixture
def bring(store, tmp_path):
    """Counts of an import of this content: created, duplicate, changed, rejected."""

    def bring(content, importer="shopify-json"):
        data = content if isinstance(content, bytes) else orjson.dumps(content)
        bring.session = import_file(store, tmp_path / "orders.json", data, importer=importer)
        session = bring.session
        return session.created, session.duplicate, session.changed, session.rejected

    return bring


@pytest.mark.parametrize(
    "wrap",
    [
        lambda order: order,
        lambda order: {"order": order},
        lambda order: [order],
        lambda order: {"orders": [order]},
    ],
)
def test_one_order_a_list_or_orders_under_their_name_are_read(bring, wrap):
    assert bring(wrap(shopify())) == (1, 0, 0, 0)


def test_a_file_says_what_the_webhooks_say(store, bring, tmp_path):
    story = shopify(
        minutes=3, financial_status="partially_refunded", refunds=[refund(5, "4.50", 2)]
    )
    deliver(store, ("orders/create", shopify()), ("orders/updated", story))
    other = set_up(StoreFactory())

    import_file(other, tmp_path / "x.json", orjson.dumps([story]), importer="shopify-json")

    assert state_of(other)["lines"] == state_of(store)["lines"]
    ours, theirs = (state_of(each)["order"] for each in (store, other))
    assert ours == theirs | {"import_session_id": None}
    assert bring([shopify(), story]) == (0, 2, 0, 0)


def test_of_several_copies_in_a_file_the_newest_counts(bring):
    newest = shopify(minutes=5, total_price="9.00")

    bring([newest, shopify(minutes=1), shopify(minutes=3)])

    assert Order.objects.get().total_amount == Decimal("9.00")


def test_a_bad_order_is_rejected_with_its_field_and_the_others_come_in(bring):
    bad = [
        shopify(2, currency="USD"),
        shopify(3, total_price="-1.00"),
        shopify(4, updated_at=None),
        shopify(5, created_at="yesterday"),
        shopify(6, line_items=[{"quantity": "2"}]),
        shopify(7, updated_at=moment(60 * 24 * 30)),
        "no order",
    ]

    assert bring([shopify(1), *bad]) == (1, 0, 0, len(bad))

    rejected = bring.session.rows.filter(outcome="rejected").order_by("line")
    assert list(rejected.values_list("line", "column", "code")) == [
        (2, "currency", "other_currency"),
        (3, "total_price", "not_an_amount"),
        (4, "updated_at", "missing_value"),
        (5, "created_at", "not_a_moment"),
        (6, "line_items[0].quantity", "not_a_quantity"),
        (7, "updated_at", "no_such_moment"),
        (8, "", "not_an_object"),
    ]
    assert "13812345678" not in str(list(rejected.values()))


def test_woocommerce_files_are_read(bring):
    assert bring([WOO], "woocommerce-json") == (1, 0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"\xff\xfe"])
def test_what_is_no_json_is_refused_as_a_whole(bring, content):
    bring(content)

    assert (bring.session.state, Order.objects.count()) == ("refused", 0)
