"""What people see of a bulk action: what became of each row, and why."""

import csv
import io

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsdesk.audit.models import AuditEntry
from opsdesk.bulk import services
from opsdesk.bulk.jobs import COUNTS_AGREE
from opsdesk.bulk.models import BulkTask
from opsdesk.invariants import violations
from opsdesk.stores.roles import Role
from orders.models import Order, OrderEvent
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def reviewer(client, store):
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    client.force_login(person)
    return person


def page_of(task):
    return reverse("admin:bulk_bulktask_change", args=[task.pk])


def file_of(task):
    return reverse("admin:bulk_bulktask_results", args=[task.pk])


def done_on(orders, person):
    """Pass review of these, in this order."""
    ids = [order.pk for order in orders]
    return services.carry_out(code="orders.review", row_ids=ids, note="", actor=person, at=MOMENT)


def test_many_orders_pass_review_in_the_background_and_each_says_what_became_of_it(
    client, store, reviewer
):
    """ORD-3, ORD-4: of 510 chosen by their tab one is cancelled before the worker comes to it."""
    customer = factories.CustomerFactory(store=store)
    channel = factories.ChannelFactory(store=store)
    orders = Order.objects.bulk_create(
        factories.OrderFactory.build_batch(510, store=store, customer=customer, channel=channel)
    )
    chosen = {"bulk": "review", "everything": "1"}
    preview = client.post(f"{LIST}?tab=review", chosen)
    assert (preview.context["count"], preview.context["in_background"]) == (510, True)
    answer = client.post(f"{LIST}bulk/", chosen | {"ids": preview.context["ids"]})
    gone = orders[333]
    Order.objects.filter(pk=gone.pk).update(
        fulfilment_state="cancelled", cancelled_at=MOMENT, review_state="held"
    )

    services.run_waiting(at=MOMENT)

    task = BulkTask.objects.get()
    assert answer.url == page_of(task)
    assert (task.state, task.changed, task.left_alone, task.refused) == ("done", 509, 1, 0)
    assert OrderEvent.objects.filter(kind="reviewed").count() == 509
    page = client.get(page_of(task)).content.decode()
    assert "510 of 510 dealt with" in page
    first_row = page[page.index("<tbody>") : page.index("</tr>", page.index("<tbody>"))]
    assert gone.external_number in first_row
    assert "left alone" in first_row
    assert "paid · held · cancelled" in first_row
    assert violations([COUNTS_AGREE])[0]["violations"] == 0


def test_one_refused_row_of_few_undoes_no_other_and_is_named(client, monkeypatch):
    """CAT-2: what is done while the person waits has its record, too."""
    store = factories.StoreFactory()
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    live = factories.ListingFactory(store=store, state="live", published_at=MOMENT)
    bare = factories.ListingFactory(store=store)
    foreign = factories.ListingFactory(state="live", published_at=MOMENT, title="Nothing of theirs")
    ids = ",".join(str(one.pk) for one in (live, bare, foreign))
    posted = {"bulk": "take_off", "ids": ids, "reason": "Out of season"}

    answer = client.post(reverse("admin:catalog_listing_bulk"), posted)

    live.refresh_from_db()
    foreign.refresh_from_db()
    assert (live.state, foreign.state) == ("paused", "live")
    assert answer.url == reverse("admin:catalog_listing_changelist")
    task = BulkTask.objects.get(started_by=person)
    assert (task.state, task.note) == ("done", "Out of season")
    assert (task.changed, task.left_alone + task.refused) == (1, 2)
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told[0] == "Taken off: 1"
    assert f'<a href="{page_of(task)}"' in told[1]
    page = client.get(page_of(task)).content.decode()
    assert "A row that you may not see" in page
    assert foreign.title not in page


def test_few_that_all_change_lead_back_without_a_word_more(client, store, reviewer):
    order = factories.OrderFactory(store=store)

    answer = client.post(f"{LIST}bulk/", {"bulk": "review", "ids": str(order.pk)})

    assert answer.url == LIST
    assert [str(each) for each in get_messages(answer.wsgi_request)] == ["Passed review: 1"]
    assert BulkTask.objects.get().results.get().row_id == order.pk


def test_a_listing_that_something_blocks_says_what(client, store):
    """CAT-2"""
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    bare = factories.ListingFactory(store=store)

    client.post(reverse("admin:catalog_listing_bulk"), {"bulk": "publish", "ids": str(bare.pk)})

    task = BulkTask.objects.get()
    assert task.refused == 1
    assert "There is no main picture." in client.get(page_of(task)).content.decode()


def test_results_are_paged_filtered_and_read_in_a_fixed_number_of_statements(
    client, store, reviewer
):
    few = done_on(factories.OrderFactory.create_batch(2, store=store), reviewer)
    passed = factories.OrderFactory.create_batch(55, store=store, review_state="passed")
    many = done_on([*factories.OrderFactory.create_batch(3, store=store), *passed], reviewer)
    client.get(page_of(few))

    with CaptureQueriesContext(connection) as of_few:
        client.get(page_of(few))
    with CaptureQueriesContext(connection) as of_many:
        first = client.get(page_of(many))

    assert len(of_many) == len(of_few) <= 12
    assert first.content.decode().count("<td>") == 50 * 3
    rest = client.get(f"{page_of(many)}?after={first.context['page'].after}")
    assert [line[0].outcome for line in rest.context["lines"]] == ["left_alone"] * 5 + [
        "changed"
    ] * 3
    assert len(client.get(f"{page_of(many)}?outcome=changed").context["lines"]) == 3
    assert "this is the first one" in client.get(f"{page_of(many)}?after=x").content.decode()


def test_the_results_leave_as_a_file_that_is_on_record(client, store, reviewer):
    orders = [
        factories.OrderFactory(store=store, external_number="=A1"),
        factories.OrderFactory(store=store, external_number="A2", review_state="passed"),
        factories.OrderFactory(external_number="THEIRS"),
    ]
    task = done_on(orders, reviewer)

    answer = client.get(f"{file_of(task)}?outcome=left_alone")
    every = client.get(file_of(task))

    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows == [
        ["Row", "Outcome", "Why", "State now"],
        ["A row that you may not see", "left alone", "", ""],
        ["A2", "left alone", "", "paid · passed · waiting for stock"],
    ]
    assert b"'=A1,changed" in b"".join(every)
    entry = AuditEntry.objects.filter(verb="exported").earliest("pk")
    assert (entry.actor, entry.after["rows"]) == (reviewer, 2)
    assert entry.after["filters"] == "outcome=left_alone"


def test_a_stranger_sees_nothing_of_it(client, store, reviewer):
    task = done_on([factories.OrderFactory(store=store)], reviewer)
    client.force_login(factories.UserFactory(role=Role.ORDER_REVIEWER, store=store))

    assert client.get(page_of(task)).status_code == 404
    assert client.get(file_of(task)).status_code == 404
