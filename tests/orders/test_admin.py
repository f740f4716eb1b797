"""The order list, the order's page and what can be done from there."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from opsdesk.bulk.models import BulkTask
from opsdesk.bulk.services import run
from opsdesk.stores.roles import Role
from orders import bulk
from orders.actions import ACTIONS
from orders.admin import OrderAdmin
from orders.models import Order, OrderEvent
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"


@pytest.fixture
def store():
    return factories.StoreFactory()


def sign_in(client, store, role):
    person = factories.UserFactory(role=role, store=store)
    client.force_login(person)
    return person


def page_of(order):
    return reverse("admin:orders_order_change", args=[order.pk])


def act(client, order, verb, **data):
    return client.post(reverse("admin:orders_order_act", args=[order.pk]), {"do": verb, **data})


def numbers(response):
    return [row.external_number for row in response.context["page"].rows]


def test_the_page_shows_states_amounts_lines_clocks_alerts_and_timeline(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)
    line = factories.OrderLineFactory(order=order, quantity=3)
    factories.StockLevelFactory(sku=line.sku, available=2)
    factories.BreachedDeadlineFactory(subject=order)
    factories.AlertFactory(subject=order)
    factories.OrderEventFactory(order=order)

    page = client.get(page_of(order)).content.decode()

    for words in (
        "waiting for stock",
        "¥100.00",
        line.sku_code,
        "2 · Warehouse",
        "Stock to confirm",
        "overdue",
        "王*",
        "138****5678",
        "浦东新区 ***",
        "Placed",
    ):
        assert words in page


def test_what_was_learnt_later_says_when(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)
    factories.OrderEventFactory(order=order, at=MOMENT)

    page = client.get(page_of(order)).content.decode()

    assert "learnt" in page


@pytest.mark.parametrize(
    ("role", "review", "offered", "not_offered"),
    [
        (Role.ORDER_REVIEWER, "waiting", ["review", "cancel"], ["ship"]),
        (Role.WAREHOUSE, "passed", ["ship"], ["review", "cancel"]),
        (Role.ANALYST, "passed", [], ["review", "cancel", "ship"]),
    ],
)
def test_a_button_is_shown_to_those_who_may_and_refused_to_the_others(
    role, review, offered, not_offered, client, store
):
    sign_in(client, store, role)
    order = factories.OrderFactory(store=store, fulfilment_state="reserved", review_state=review)

    page = client.get(page_of(order)).content.decode()

    for verb in offered:
        assert f'value="{verb}"' in page
    for verb in not_offered:
        assert f'value="{verb}"' not in page
        assert act(client, order, verb, reason="because").status_code == 403
    assert OrderEvent.objects.count() == 0


def test_no_button_would_refuse(client, store):
    """A waiting order can't be shipped: nobody is offered it."""
    sign_in(client, store, Role.WAREHOUSE)
    order = factories.OrderFactory(store=store, fulfilment_state="waiting")

    assert 'name="do"' not in client.get(page_of(order)).content.decode()


@pytest.fixture
def keeper(client, store):
    """Of the warehouse role, bound to one warehouse of the store: `keeper.warehouse`."""
    person = sign_in(client, store, Role.WAREHOUSE)
    bound = factories.WarehouseAssignmentFactory(membership=person.memberships.get())
    person.warehouse = bound.warehouse
    return person


@pytest.mark.parametrize(("verb", "state"), [("ship", "reserved"), ("deliver", "shipped")])
def test_pieces_of_another_warehouse_are_moved_by_nobody_bound_elsewhere(
    verb, state, client, store, keeper
):
    held = factories.ReservationFactory(
        line__order__store=store,
        line__order__fulfilment_state=state,
        state="open" if state == "reserved" else "shipped",
        closed_at=None if state == "reserved" else MOMENT,
    )
    order = held.line.order

    page = client.get(page_of(order)).content.decode()

    assert f'value="{verb}"' not in page
    assert held.warehouse.name not in page
    assert act(client, order, verb).status_code == 403
    assert ACTIONS[verb].run([order.pk], keeper, MOMENT, "").changed == []
    assert not ACTIONS[verb].rows(Order.objects.all(), keeper).exists()
    order.refresh_from_db()
    assert order.fulfilment_state == state


def test_pieces_of_ones_own_warehouse_are_shipped(client, store, keeper):
    held = factories.ReservationFactory(
        line__order__store=store,
        line__order__review_state="passed",
        warehouse=keeper.warehouse,
    )

    page = client.get(page_of(held.line.order)).content.decode()
    act(client, held.line.order, "ship")

    assert 'value="ship"' in page
    assert keeper.warehouse.name in page
    held.refresh_from_db()
    assert held.state == "shipped"


def test_passing_review_is_one_click(client, store):
    """ORD-3"""
    person = sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)

    act(client, order, "review")

    order.refresh_from_db()
    assert order.review_state == Order.Review.PASSED
    assert order.events.get().actor == person


def test_cancelling_takes_a_reason(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)

    act(client, order, "cancel")
    order.refresh_from_db()
    assert order.fulfilment_state == Order.Fulfilment.WAITING

    act(client, order, "cancel", reason="the buyer asked")
    order.refresh_from_db()
    assert order.fulfilment_state == Order.Fulfilment.CANCELLED
    assert order.events.get().data["reason"] == "the buyer asked"


def test_a_second_click_changes_nothing_and_says_so(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)

    act(client, order, "review")
    again = client.post(
        reverse("admin:orders_order_act", args=[order.pk]), {"do": "review"}, follow=True
    )

    assert "the order has moved on" in again.content.decode()
    assert order.events.count() == 1


def test_another_stores_order_cannot_be_acted_on(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory()

    assert act(client, order, "review").status_code == 404


def test_actions_are_never_links(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)

    assert client.get(reverse("admin:orders_order_act", args=[order.pk])).status_code == 405


def test_days_lie_side_by_side_and_the_number_is_asked_for_first_on_a_phone(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)

    page = client.get(LIST).content.decode()

    assert '<div class="od-field od-span od-more">' in page
    assert '<div class="od-field od-search">' in page
    for number, (edge, spoken) in enumerate([("after", "from"), ("before", "until")]):
        field = re.search(rf'<input[^>]*id="id_placed_{number}"[^>]*>', page).group()
        assert f'name="placed_{edge}"' in field
        assert f'aria-label="Placed, {spoken}"' in field


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("4711", {"TB-4711-A", "JD 88147110"}),
        ("tb-47", {"TB-4711-A"}),
        ("7110", {"JD 88147110"}),
        ("711", set()),  # too short to be looked for in the middle
        ("8_47", set()),
        ("TB%A", set()),
    ],
)
def test_an_order_is_found_by_any_part_of_its_number(typed, found, client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    for number in ("TB-4711-A", "JD 88147110", "OTHER"):
        factories.OrderFactory(store=store, external_number=number)
    factories.OrderFactory(external_number="4711-of-others")

    page = client.get(LIST, {"number": typed}).context["page"]

    assert {order.external_number for order in page.rows} == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["C-3", "B-2", "A-1"]),
        ("number=b", ["B-2"]),
        ("number=B-2", ["B-2"]),
        ("customer=buyer-b", ["B-2"]),
        ("fulfilment=reserved", ["C-3"]),
        ("payment=unpaid", ["A-1"]),
        ("review=passed", ["C-3"]),
        ("after_sales=requested", ["B-2"]),
        ("amounts=True", ["B-2"]),
        ("placed_after=2026-03-03&placed_before=2026-03-03", ["B-2"]),
        ("tab=review", ["B-2"]),
        ("tab=stock", ["A-1", "B-2"]),
        ("tab=ship", ["C-3"]),
        ("tab=unpaid", ["A-1"]),
        ("tab=after-sales", ["B-2"]),
        ("tab=unpaid&fulfilment=reserved", []),
    ],
)
def test_the_list_is_narrowed_by_filters_and_tabs(query, found, client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    day = MOMENT.replace
    factories.OrderFactory(
        store=store, external_number="A-1", placed_at=MOMENT, payment_state="unpaid"
    )
    factories.OrderFactory(
        store=store,
        external_number="B-2",
        placed_at=day(day=3),
        after_sales_state="requested",
        is_amount_only=True,
        customer=factories.CustomerFactory(store=store, external_id="buyer-b"),
    )
    factories.OrderFactory(
        store=store,
        external_number="C-3",
        placed_at=day(day=4),
        fulfilment_state="reserved",
        review_state="passed",
    )

    assert numbers(client.get(f"{LIST}?{query}")) == found


def test_every_tab_is_there_once():
    codes = [tab.code for tab in OrderAdmin.tabs]
    assert len(codes) == len(set(codes))


def test_a_days_filter_means_the_day_in_the_store(client, store):
    """00:30 in Shanghai is still yesterday in UTC."""
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store, placed_at=MOMENT.replace(day=2, hour=16, minute=30))

    found = client.get(f"{LIST}?placed_after=2026-03-03&placed_before=2026-03-03")

    assert numbers(found) == [order.external_number]


def test_a_search_reads_the_prefix_index_in_its_own_order(
    client, store, django_assert_max_num_queries
):
    sign_in(client, store, Role.ORDER_REVIEWER)
    factories.OrderFactory(store=store, external_number="A-1")

    with django_assert_max_num_queries(20) as captured:
        client.get(f"{LIST}?number=a")

    search = next(q["sql"] for q in captured.captured_queries if "LIKE UPPER" in q["sql"])
    assert "USING ~<~" in search
    assert "LIMIT 1000" in search


def test_an_empty_list_says_where_orders_come_from(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)

    page = client.get(LIST).content.decode()
    assert "No orders yet" in page
    assert "Imports" in page


def test_the_preview_says_what_will_happen_and_changes_nothing(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    waiting = factories.OrderFactory(store=store)
    passed = factories.OrderFactory(store=store, review_state="passed")

    preview = client.post(LIST, {"bulk": "review", "ids": [waiting.pk, passed.pk]})

    assert preview.context["count"] == 1
    assert preview.context["left_alone"] == 1
    waiting.refresh_from_db()
    assert waiting.review_state == Order.Review.WAITING


def test_what_the_preview_promised_is_done(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    orders = factories.OrderFactory.create_batch(3, store=store)
    preview = client.post(LIST, {"bulk": "review", "ids": [order.pk for order in orders]})

    client.post(
        reverse("admin:orders_order_bulk"), {"bulk": "review", "ids": preview.context["ids"]}
    )

    assert Order.objects.filter(review_state="passed").count() == 3


def test_after_a_bulk_action_the_selection_is_there_again(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    order = factories.OrderFactory(store=store)

    preview = client.post(f"{LIST}?tab=review&after=x", {"bulk": "review", "ids": [order.pk]})
    answer = client.post(
        f"{reverse('admin:orders_order_bulk')}{preview.context['selection']}",
        {"bulk": "review", "ids": preview.context["ids"]},
    )

    assert f'href="{LIST}?tab=review"' in preview.content.decode()
    assert answer.url == f"{LIST}?tab=review"


def test_the_whole_selection_can_be_chosen(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    factories.OrderFactory.create_batch(60, store=store)

    preview = client.post(f"{LIST}?tab=review", {"bulk": "review", "everything": "1"})

    assert preview.context["count"] == 60


def test_ids_of_another_store_are_left_alone(client, store):
    sign_in(client, store, Role.ORDER_REVIEWER)
    theirs = factories.OrderFactory()

    preview = client.post(LIST, {"bulk": "review", "ids": [theirs.pk]})
    client.post(reverse("admin:orders_order_bulk"), {"bulk": "review", "ids": str(theirs.pk)})

    assert preview.context["count"] == 0
    theirs.refresh_from_db()
    assert theirs.review_state == Order.Review.WAITING


def test_a_bulk_action_needs_its_right(client, store):
    sign_in(client, store, Role.ANALYST)
    order = factories.OrderFactory(store=store)

    assert client.post(LIST, {"bulk": "review", "ids": [order.pk]}).status_code == 403
    refused = client.post(
        reverse("admin:orders_order_bulk"), {"bulk": "review", "ids": str(order.pk)}
    )
    assert refused.status_code == 403


def test_many_orders_are_done_in_the_background(client, store, monkeypatch):
    monkeypatch.setattr(bulk, "ORDERS", replace(bulk.ORDERS, directly=2))
    sign_in(client, store, Role.ORDER_REVIEWER)
    orders = factories.OrderFactory.create_batch(3, store=store)
    ids = ",".join(str(order.pk) for order in orders)

    response = client.post(reverse("admin:orders_order_bulk"), {"bulk": "review", "ids": ids})

    task = BulkTask.objects.get()
    assert response.url == reverse("admin:bulk_bulktask_change", args=[task.pk])
    assert "0 of 3 dealt with" in client.get(response.url).content.decode()
    run(task.pk, at=MOMENT)
    assert Order.objects.filter(review_state="passed").count() == 3
    assert "3 of 3 dealt with" in client.get(response.url).content.decode()


def test_nobody_follows_another_persons_bulk_action(client, store):
    task = BulkTask.objects.create(
        code="orders.review",
        row_ids=[1],
        total=1,
        started_by=factories.UserFactory(role=Role.ORDER_REVIEWER, store=store),
        started_at=MOMENT,
    )
    sign_in(client, store, Role.ORDER_REVIEWER)

    assert client.get(reverse("admin:bulk_bulktask_change", args=[task.pk])).status_code == 404
