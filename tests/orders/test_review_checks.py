"""What each check of the review has to say, and to what it has nothing (ORD-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Order, ReviewRule
from orders.review import judging, regions
from orders.review.people import without_extension
from orders.review.places import folded_address
from orders.services import barring, review_rules
from orders.services.review_rules import change_rule
from tests.factories import (
    MOMENT,
    ChannelFactory,
    MembershipFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db


def order_with(*, quantity=1, listed=100, price=100, store=None, line=None, **fields) -> Order:
    order = OrderFactory(
        store=store or StoreFactory(),
        total_amount=fields.pop("total_amount", Decimal(price * quantity)),
        **{"fulfilment_state": "reserved"} | fields,
    )
    sku = SkuFactory(store=order.store, list_price=Decimal(listed))
    article = {"sku": sku} | (line or {})
    OrderLineFactory(order=order, quantity=quantity, unit_price=Decimal(price), **article)
    return order


def failures(*orders: Order) -> dict[str, dict]:
    """Of the last of the orders: code → evidence."""
    store_id = orders[-1].store_id
    rules = review_rules.in_force([store_id], at=MOMENT)
    rows = Order.objects.filter(pk__in=[order.pk for order in orders])
    judged = judging.judge(
        rows.select_related("store", "channel").order_by("pk"), rules=rules, at=MOMENT
    )
    return {code: evidence for code, (_rule, evidence) in judged[-1].failures.items()}


def masking_channel(store):
    return ChannelFactory(store=store, masks_recipients=True)


@pytest.mark.parametrize(
    ("fields", "code", "told"),
    [
        ({"line": {"sku": None}}, "unknown_goods", {"skus": ["UNKNOWN"]}),
        ({"quantity": 60}, "quantity", {"quantity": 60, "most": 20}),
        ({"recipient": ""}, "consignee", {"problem": "missing"}),
        ({"recipient": "12345"}, "consignee", {"problem": "no_letters", "recipient": "1*"}),
        ({"recipient": "王3"}, "consignee", {"problem": "digits"}),
        ({"recipient": "王**"}, "consignee", {"problem": "masked"}),
        ({"phone": ""}, "phone", {"problem": "missing"}),
        ({"phone": "138****5678"}, "phone", {"problem": "masked"}),
        ({"phone": "13800000000"}, "phone", {"problem": "same_digit"}),
        ({"phone": "15412345678"}, "phone", {"problem": "nobodys", "phone": "154****5678"}),
        ({"phone": "12345"}, "phone", {"problem": "length"}),
        ({"region": "", "address": ""}, "address", {"problem": "missing"}),
        ({"region": "Narnia"}, "address", {"problem": "unknown"}),
        ({"region": "浙江省 宁波市 西湖区"}, "address", {"problem": "elsewhere"}),
        ({"address": "三楼"}, "address", {"problem": "no_detail", "least": 4}),
        ({"address": "邮政信箱 1234 号"}, "address", {"problem": "po_box"}),
        ({"price": 10}, "price", {"percent": "-90.0"}),
        ({"total_amount": Decimal(90)}, "total", {"problem": "sum"}),
        ({"paid_amount": Decimal(1)}, "total", {"problem": "underpaid"}),
        ({"price": 20_000, "listed": 20_000}, "unusual_amount", {"total": "¥20,000.00"}),
        ({"buyer_memo": "先不发，等我电话"}, "memo", {"words": ["先不发"]}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_check_tells_what_it_compared(fields, code, told):
    """ORD-4"""
    found = failures(order_with(**fields))

    assert code in found
    assert told.items() <= found[code].items()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"phone": "13812345678-1234"},
        {"phone": "18412345678转4321"},
        {"phone": "021-61234567"},
        {"region": "", "address": "浙江杭州西湖区文三路 100 号"},
        {"region": "四川省 成都市 高新区"},
        {"region": "广东省东莞市长安镇"},
        {"region": "北京市市辖区海淀区"},
        {"buyer_memo": "请尽快发货"},
    ],
)
def test_what_is_in_order_passes(fields):
    """ORD-4"""
    assert failures(order_with(**fields)) == {}


def test_what_a_channel_masks_is_no_failure_where_the_channel_keeps_it():
    """ORD-4"""
    store = StoreFactory()
    order = order_with(
        store=store,
        channel=masking_channel(store),
        recipient="王**",
        phone="138****5678",
        address="世纪大道****",
    )

    assert failures(order) == {}


def test_the_same_goods_to_the_same_recipient_again_are_told():
    """ORD-4"""
    first = order_with(placed_at=MOMENT - timedelta(hours=2))
    other = {"sku": first.lines.get().sku}
    again = order_with(store=first.store, line=other, recipient="李四", phone="13912345678")
    elsewhere = order_with(
        store=first.store, line=other, phone="13712345678", address="南京西路 8 号"
    )

    assert failures(first, again)["duplicate"] == {
        "order": first.external_number,
        "goods": f"{other['sku'].code} × 1",
        "same": ["address"],
        "hours": 24,
    }
    assert "duplicate" not in failures(first, elsewhere)


def test_a_part_split_from_an_order_is_no_second_one():
    whole = order_with(placed_at=MOMENT - timedelta(hours=2))
    part = order_with(store=whole.store, line={"sku": whole.lines.get().sku}, split_from=whole)

    assert "duplicate" not in failures(whole, part)


def test_an_order_waits_for_its_stock_before_it_is_short_of_it():
    """ORD-2, ORD-5"""
    fresh = order_with(fulfilment_state="waiting")
    late = order_with(fulfilment_state="waiting", placed_at=MOMENT - timedelta(hours=1))

    assert failures(fresh) == {}
    assert failures(late)["shortage"]["available"] == 0


def test_who_is_on_the_blacklist_is_told_with_its_reason():
    """ORD-4"""
    order = order_with()
    lead = MembershipFactory(store=order.store, role=Role.OPERATIONS_LEAD).user
    add = {"store": order.store, "phone": "+86 138-1234-5678", "actor": lead, "at": MOMENT}

    entry = barring.blacklist_recipient(**add, reason="Never takes it in")

    assert failures(order)["blacklist"]["reason"] == "Never takes it in"
    assert "13812345678" not in f"{entry.hint}{bytes(entry.sealed_phone)!r}"
    with pytest.raises(Conflict):
        barring.blacklist_recipient(**add, reason="Again")
    assert barring.end_barring(type(entry), [entry.pk], actor=lead, at=MOMENT) == 1
    assert failures(order) == {}


def test_nothing_goes_to_a_blocked_region():
    """ORD-4"""
    order = order_with()
    lead = MembershipFactory(store=order.store, role=Role.OPERATIONS_LEAD).user

    barring.block_region(
        store=order.store, region="上海", reason="Locked down", actor=lead, at=MOMENT
    )

    assert failures(order)["blocked_region"]["blocked"] == "上海市"
    with pytest.raises(DomainError):
        barring.block_region(
            store=order.store, region="Atlantis", reason="Sunk", actor=lead, at=MOMENT
        )


def test_a_change_of_a_rule_is_a_new_version_and_the_second_is_told():
    """ORD-4"""
    order = order_with(quantity=30)
    lead = MembershipFactory(store=order.store, role=Role.OPERATIONS_LEAD).user
    assert "quantity" in failures(order)
    rule = ReviewRule.objects.get(store=order.store, code="quantity")
    given = {
        "rule_id": rule.pk,
        "is_on": True,
        "position": 20,
        "owner_role": Role.ORDER_REVIEWER,
        "parameters": {"per_line": 40, "per_order": 40},
        "reason": "Sold by the dozen",
        "at": timezone.now(),
    }

    looked, held = review_rules.try_rule(
        rule, parameters=given["parameters"], days=7, at=MOMENT + timedelta(hours=1)
    )
    changed = change_rule(**given, actor=lead)

    assert (looked, held, changed.version) == (1, [], 2)
    assert failures(order) == {}
    with pytest.raises(Conflict, match="Sold by the dozen"):
        change_rule(**given, actor=lead)
    with pytest.raises(NotAllowed):
        change_rule(**given, actor=MembershipFactory(role=Role.OPERATIONS_LEAD).user)
    with pytest.raises(DomainError):
        change_rule(**given | {"parameters": {"per_line": 0}}, actor=lead)


def test_an_address_is_one_however_it_is_written():
    one = folded_address("浙江杭州西湖区文三路 100 号 3 楼", "CN")

    assert one == folded_address("浙江省 杭州市 西湖区 文三路１００号３楼", "CN")
    assert one != folded_address("浙江省杭州市西湖区文三路101号3楼", "CN")
    assert regions.place_of("新疆喀什地区喀什市人民路").code == "653101"
    assert without_extension("021-61234567") == "021-61234567"
    assert without_extension("13812345678-1234") == "13812345678"
