"""The review desk: the queue, the order beside it, and two people at one order."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opsdesk.errors import Conflict
from opsdesk.stores.roles import Role
from orders import actions, queue
from orders.models import Hold, Order, OrderEvent, ReviewVisit
from orders.services import acting, visiting
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

DESK = "/admin/orders/order/review/"


@pytest.fixture
def store(db):
    return factories.StoreFactory()


def sign_in(client, store, role=Role.ORDER_REVIEWER, **names):
    person = factories.UserFactory(role=role, store=store, **names)
    client.force_login(person)
    return person


def order_due(store, number, minutes, **values):
    """An order whose clock runs out so many minutes after `MOMENT`."""
    order = factories.OrderFactory(store=store, external_number=number, **values)
    factories.DeadlineFactory(
        subject=order, rule="orders.review", due_at=MOMENT + timedelta(minutes=minutes)
    )
    return order


def hold_of(order, code="quantity"):
    return Hold.objects.create(
        order=order,
        code=code,
        evidence={"sku": "A-1", "quantity": 60},
        owner_role=Role.ORDER_REVIEWER,
        raised_at=MOMENT,
    )


def numbers(answer):
    return [row["order"].external_number for row in answer.context["rows"]]


def act(client, order, do="review", **data):
    """On the order as it was read."""
    address = reverse("admin:orders_order_review_act", args=[order.pk])
    return client.post(address, {"do": do, "version": order.version, **data})


def test_the_queue_is_sorted_by_what_is_due_and_the_first_is_open(client, store):
    """ORD-3"""
    sign_in(client, store)
    order_due(store, "late", 50, placed_at=MOMENT)
    first = order_due(store, "soon", 20, placed_at=MOMENT + timedelta(minutes=5))
    factories.OrderFactory(
        store=store, external_number="no clock", paid_at=MOMENT + timedelta(minutes=30)
    )
    factories.OrderFactory(store=store, review_state="passed")
    factories.OrderFactory(store=store, payment_state="unpaid")
    order_due(factories.StoreFactory(), "theirs", 10)

    answer = client.get(DESK)

    assert numbers(answer) == ["soon", "no clock", "late"]
    assert answer.context["order"] == first


def test_pages_go_on_where_the_last_one_ended(client, store, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    sign_in(client, store)
    for number in range(5):
        order_due(store, f"N-{number}", 30 - number // 2)

    seen, address = [], DESK
    while address:
        answer = client.get(address)
        seen += numbers(answer)
        address = answer.context["next_page"]

    assert sorted(seen) == [f"N-{number}" for number in range(5)]
    assert seen[0] == "N-4"


@pytest.mark.parametrize(
    "query", ["after=x", "after=2026-01-01_1", "order=x", "view=no", "order=0"]
)
def test_an_address_nobody_wrote_shows_the_desk_or_nothing(query, client, store):
    sign_in(client, store)

    assert client.get(f"{DESK}?{query}").status_code in (200, 404)


def test_only_what_is_held_is_shown_when_asked_for(client, store):
    sign_in(client, store)
    order_due(store, "free", 10)
    order_due(store, "held", 20, review_state="held")

    assert numbers(client.get(f"{DESK}?view=held")) == ["held"]


def test_an_empty_desk_says_so(client, store):
    sign_in(client, store)

    assert "Nothing to review" in client.get(DESK).content.decode()


def test_the_order_shows_buyer_stock_and_masked_contact(client, store):
    sign_in(client, store)
    customer = factories.CustomerFactory(store=store)
    factories.OrderFactory(store=store, customer=customer, external_number="EARLIER")
    order = factories.OrderFactory(store=store, customer=customer)
    line = factories.OrderLineFactory(order=order, quantity=3)
    factories.StockLevelFactory(sku=line.sku, available=2)

    page = client.get(f"{DESK}?order={order.pk}").content.decode()

    for words in ("EARLIER", "2 · Warehouse", "王*", "138****5678", "浦东新区 ***", line.sku_code):
        assert words in page


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.OPERATIONS_LEAD, True), (Role.ORDER_REVIEWER, False)]
)
def test_margin_is_for_those_who_may_see_costs(role, shown, client, store):
    sign_in(client, store, role)
    order = factories.OrderFactory(store=store)
    sku = factories.SkuFactory(store=store, cost=Decimal("30"))
    factories.OrderLineFactory(order=order, sku=sku, quantity=2, amount=Decimal("100"))

    page = client.get(f"{DESK}?order={order.pk}").content.decode()

    assert ("¥40.00" in page) is ("Margin" in page) is shown


def test_passing_goes_on_to_the_next_without_a_whole_page(client, store):
    """ORD-3"""
    sign_in(client, store)
    first, second, third = (order_due(store, f"N-{n}", n) for n in range(3))

    answer = client.post(
        reverse("admin:orders_order_review_act", args=[first.pk]),
        {"do": "review", "version": first.version, "following": second.pk},
        headers={"HX-Request": "true"},
    )

    assert answer.context["order"] == second
    assert answer.headers["HX-Push-Url"] == f"{DESK}?order={second.pk}"
    assert "<html" not in answer.content.decode()
    assert "N-0: Pass review." in answer.content.decode()
    assert numbers(answer) == ["N-1", "N-2"]
    first.refresh_from_db()
    assert first.review_state == Order.Review.PASSED


def test_it_works_without_scripts(client, store):
    sign_in(client, store)
    first, second = (order_due(store, f"N-{n}", n) for n in range(2))

    answer = act(client, first, following=second.pk)

    assert answer.url == f"{DESK}?order={second.pk}"


def test_a_next_order_that_somebody_has_done_is_passed_over(client, store):
    sign_in(client, store)
    first = order_due(store, "N-0", 0)
    done = factories.OrderFactory(store=store, review_state="passed")

    assert act(client, first, following=done.pk).url == DESK


def test_cancelling_takes_a_reason(client, store):
    sign_in(client, store)
    order = order_due(store, "N-0", 0)

    act(client, order, do="cancel", following="")
    order.refresh_from_db()
    assert order.cancelled_at is None

    act(client, order, do="cancel", reason="the buyer asked")
    order.refresh_from_db()
    assert order.cancelled_at is not None


def test_the_second_person_is_told_who_was_first(client, store):
    """A decision is about the order as it was seen: later news refuse it."""
    first = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store, username="li-wei")
    sign_in(client, store)
    order = order_due(store, "N-0", 0)
    actions.ACTIONS["cancel"].run([order.pk], first, timezone.now(), "a fraud")

    answer = act(client, order)
    page = client.get(answer.url).content.decode()

    assert answer.url == f"{DESK}?order={order.pk}"
    assert "li-wei was first with order N-0: cancelled" in page
    order.refresh_from_db()
    assert order.review_state == Order.Review.WAITING


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_first_and_named_to_the_other(store):
    people = [factories.UserFactory(role=Role.ORDER_REVIEWER, store=store) for _ in range(2)]
    order = order_due(store, "N-0", 0)
    decide = partial(
        acting.act_on_order,
        order_id=order.pk,
        version=order.version,
        reason="because",
        at=timezone.now(),
    )

    results = run_together(
        [
            partial(decide, action=actions.ACTIONS[verb], actor=person)
            for person, verb in zip(people, ("review", "cancel"), strict=True)
        ]
    )

    [conflict] = [result for result in results if isinstance(result, Conflict)]
    event = order.events.get(kind__in=[OrderEvent.Kind.REVIEWED, OrderEvent.Kind.CANCELLED])
    assert results.count(1) == 1
    assert conflict.facts["winner_id"] == event.actor_id


def test_a_hold_is_shown_with_its_evidence_and_released_where_it_is_shown(client, store):
    """ORD-5"""
    person = sign_in(client, store)
    order = order_due(store, "N-0", 0, review_state="held")
    hold = hold_of(order)
    hold_of(order, "address")
    page = client.get(f"{DESK}?order={order.pk}").content.decode()

    client.post(
        reverse("admin:orders_order_review_release", args=[order.pk]),
        {"hold": hold.pk, "outcome": "mended", "note": "the buyer called back"},
    )

    hold.refresh_from_db()
    assert "Why it is held" in page
    assert (hold.released_by, hold.outcome, hold.note) == (
        person,
        "mended",
        "the buyer called back",
    )


def test_of_two_who_release_a_hold_the_second_is_told(client, store):
    """ORD-5"""
    sign_in(client, store)
    order = order_due(store, "N-0", 0, review_state="held")
    hold = hold_of(order)
    address = reverse("admin:orders_order_review_release", args=[order.pk])
    said = {"hold": hold.pk, "outcome": "mended"}
    client.post(address, said)

    page = client.post(address, said, follow=True).content.decode()

    assert "released this hold" in page


def test_a_hold_of_another_order_is_not_there(client, store):
    sign_in(client, store)
    order, other = factories.OrderFactory.create_batch(2, store=store)
    hold = hold_of(other)
    address = reverse("admin:orders_order_review_release", args=[order.pk])

    client.post(address, {"hold": hold.pk, "outcome": "mended"})

    hold.refresh_from_db()
    assert hold.released_at is None


def test_who_has_an_order_open_is_shown_to_the_next(client, store):
    sign_in(client, store, username="li-wei")
    order = order_due(store, "N-0", 0)
    client.get(f"{DESK}?order={order.pk}")
    sign_in(client, store)

    page = client.get(f"{DESK}?order={order.pk}").content.decode()

    assert "li-wei opened it" in page


def test_a_visit_is_one_row_a_person_and_ends_by_itself(store):
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    other = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    first, second = factories.OrderFactory.create_batch(2, store=store)
    visit = partial(visiting.visit_order, person=person)

    visit(order_id=first.pk, at=MOMENT)
    visit(order_id=first.pk, at=MOMENT + timedelta(minutes=1))
    [stays] = visiting.others_at(first, other, MOMENT + timedelta(minutes=2))
    visit(order_id=second.pk, at=MOMENT + timedelta(minutes=2))
    # A page that was left open elsewhere speaks of an earlier moment.
    visit(order_id=first.pk, at=MOMENT)

    assert stays.opened_at == MOMENT
    assert ReviewVisit.objects.get().order == second
    assert not visiting.others_at(second, person, MOMENT + timedelta(minutes=2))
    assert not visiting.others_at(second, other, MOMENT + timedelta(minutes=5))


def test_an_open_page_hears_of_what_others_do(client, store):
    sign_in(client, store)
    order = order_due(store, "N-0", 0)
    address = reverse("admin:orders_order_review_here", args=[order.pk])
    quiet = client.post(address, {"version": order.version}).content.decode()
    colleague = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store, username="li-wei")
    actions.ACTIONS["review"].run([order.pk], colleague, timezone.now(), "")

    page = client.post(address, {"version": order.version}).content.decode()

    assert "was first" not in quiet
    assert "li-wei was first" in page


def test_orders_cost_no_statements(client, store):
    """Neither the queue's rows nor the order's lines."""
    sign_in(client, store)
    order = order_due(store, "N-0", 0)
    factories.OrderLineFactory(order=order, position=1, quantity=2)
    address = f"{DESK}?order={order.pk}"
    client.get(address)
    few = statements(client, address)
    for number in range(1, 60):
        order_due(store, f"N-{number}", number)
    for position in range(2, 12):
        factories.OrderLineFactory(order=order, position=position)

    assert statements(client, address) == few
    assert few <= 60


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_that_change_the_order_lead_back_to_the_desk(client, store):
    """ORD-5"""
    sign_in(client, store)
    order = order_due(store, "N-0", 0)
    desk = f"{DESK}?order={order.pk}"
    page = client.get(desk).content.decode()
    address = reverse("admin:orders_order_contact", args=[order.pk])

    form = client.get(f"{address}?from=desk")

    assert f'href="{address}?from=desk" data-shortcut="h c"' in page
    assert form.context["back"] == desk


def test_who_reviews_nowhere_has_no_desk(client, store):
    sign_in(client, store, Role.WAREHOUSE)

    assert client.get(DESK).status_code == 403
