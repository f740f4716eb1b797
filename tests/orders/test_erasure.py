"""A customer is forgotten: by two people, for good, and without touching a total."""

import json
from datetime import timedelta
from decimal import Decimal
from functools import partial

import orjson
import pytest
from django.core.management import call_command
from django.db import InternalError, transaction
from django.db.models import Count, Sum

from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.models import ImportRow, InboundDelivery, OutboundMessage
from opsdesk.stores.roles import Role
from orders.contacts import Contact
from orders.models import Customer, Erasure, Order
from orders.services import personal
from orders.services.erasure import StillLive, erase_customer, file_erasure
from tests import factories
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, stock
from tests.orders.test_contacts import dumped

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = MOMENT + 100 * DAY
BUYER = "tb-ouyang-8812345"
PERSON = {
    "customer": BUYER,
    "recipient": "欧阳小明先生",
    "phone": "13812345678",
    "address": "世纪大道 100 号 3 楼",
}
DONE = {"shipped_at": MOMENT, "delivered_at": MOMENT + DAY}


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=50)
    return store


@pytest.fixture
def clerk(store):
    return factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store)


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.SERVICE_LEAD, store=store)


@pytest.fixture
def customer(store):
    """With two orders that are long over."""
    place(store, draft("T1", **PERSON, **DONE), draft("T2", **PERSON, **DONE))
    return Customer.objects.get(external_id=BUYER)


def totals():
    return Order.objects.aggregate(
        orders=Count("pk"), total=Sum("total_amount"), paid=Sum("paid_amount")
    )


def traces(store):
    """What files, deliveries and messages keep of the person for a while."""
    session = factories.ImportSessionFactory(store=store)
    rejected = {"outcome": "rejected", "reason": "no such SKU", "code": "unknown_sku"}
    factories.ImportRowFactory(session=session, line=2, key="T1", raw=["T1", "x"], **rejected)
    factories.ImportRowFactory(session=session, line=3, raw=["?", BUYER], **rejected)
    factories.ImportRowFactory(session=session, line=4, raw=["?", "somebody"], **rejected)
    factories.InboundDeliveryFactory(
        store=store, body=orjson.dumps({"to": PERSON["phone"]}), state="done", finished_at=MOMENT
    )
    factories.InboundDeliveryFactory(
        store=store,
        body=json.dumps({"to": PERSON["address"]}).encode(),
        state="done",
        finished_at=MOMENT,
    )
    factories.InboundDeliveryFactory(store=store, body=b"{}", state="done", finished_at=MOMENT)
    factories.OutboundMessageFactory(
        target__store=store,
        payload={"to": PERSON["recipient"]},
        recipient=PERSON["phone"],
        state="sent",
        finished_at=MOMENT,
    )


def asked(customer, clerk, at=LATER):
    return file_erasure(customer_id=customer.pk, reason="letter of 1 March", actor=clerk, at=at)


@pytest.mark.django_db(transaction=True)
def test_after_an_erasure_totals_are_the_same_and_a_grep_finds_nothing(store, customer):
    traces(store)
    before = totals()

    counts = erase_customer(customer_id=customer.pk, at=LATER)

    assert counts == {"orders": 2, "rows": 2, "deliveries": 2, "messages": 1}
    assert totals() == before
    text = dumped()
    for value in (BUYER, "欧阳", "13812345678", "世纪大道"):
        assert value not in text
    assert "somebody" in text
    assert_invariants_hold("orders")
    assert {order.contact for order in Order.objects.all()} == {Contact()}
    assert ImportRow.objects.count() == 3
    assert InboundDelivery.objects.filter(body=None).count() == 2
    assert OutboundMessage.objects.get().emptied_at == LATER


def test_the_trail_says_that_it_was_done_and_nothing_of_the_person(customer):
    erase_customer(customer_id=customer.pk, at=LATER)

    entries = AuditEntry.objects.filter(model__in=["orders.order", "orders.customer"])
    assert entries.filter(verb="changed").count() == 3
    told = orjson.dumps(list(entries.values("before", "after", "subject_label")), default=str)
    assert BUYER not in told.decode()
    assert "13812345678" not in told.decode()


def test_one_files_another_agrees_and_the_system_carries_it_out(customer, clerk, lead):
    approval = asked(customer, clerk)
    assert Customer.objects.get().external_id == BUYER

    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=LATER)
    assert carry_out(approval_id=approval.pk, at=LATER) == "carried_out"

    assert Customer.objects.get().external_id == f"erased-{customer.pk}"
    assert Erasure.objects.get().erased_at == LATER
    approval.refresh_from_db()
    assert approval.outcome["orders"] == 2
    assert BUYER not in orjson.dumps(approval.snapshot).decode()


def test_who_asks_for_an_erasure_does_not_agree_to_it(customer, lead):
    approval = asked(customer, lead)

    with pytest.raises(NotAllowed):
        decide(approval_id=approval.pk, verdict="approve", actor=lead, at=LATER)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD}))
def test_other_roles_ask_for_no_erasure(role, customer, store):
    with pytest.raises(NotAllowed):
        asked(customer, factories.UserFactory(role=role, store=store))


def test_without_a_reason_nothing_is_filed(customer, clerk):
    with pytest.raises(DomainError, match="who asked"):
        file_erasure(customer_id=customer.pk, reason=" ", actor=clerk, at=LATER)


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ({}, LATER),
        ({"shipped_at": MOMENT}, LATER),
        (DONE, MOMENT + 61 * DAY - timedelta(seconds=1)),
    ],
    ids=["owed", "on its way", "lately delivered"],
)
def test_nobody_is_forgotten_while_an_order_is_live(state, at, store, clerk):
    place(store, draft("T1", **PERSON, **state))
    customer = Customer.objects.get()

    with pytest.raises(StillLive, match="T1"):
        asked(customer, clerk, at)
    with pytest.raises(StillLive):
        erase_customer(customer_id=customer.pk, at=at)


def test_sixty_days_after_delivery_an_order_stands_in_nobodys_way(customer, clerk):
    assert asked(customer, clerk, MOMENT + 61 * DAY + timedelta(seconds=1))


def test_how_long_an_order_is_live_is_a_number_with_a_history(customer, store):
    factories.SettingOverrideFactory(
        key="orders.live_after_delivery", store=store, value=Decimal(200), valid_from=MOMENT
    )

    with pytest.raises(StillLive):
        erase_customer(customer_id=customer.pk, at=LATER)


def test_nobody_is_forgotten_while_after_sales_is_asked_for(customer):
    Order.objects.filter(external_number="T2").update(after_sales_state="requested")

    with pytest.raises(StillLive, match="T2"):
        erase_customer(customer_id=customer.pk, at=LATER)


def test_an_order_that_came_after_the_request_voids_it(customer, store, clerk, lead):
    approval = asked(customer, clerk)
    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=LATER)
    place(store, draft("T3", **PERSON))

    assert carry_out(approval_id=approval.pk, at=LATER) == "voided"
    assert Customer.objects.get().external_id == BUYER


def test_an_erasure_is_done_once(customer, clerk):
    erase_customer(customer_id=customer.pk, at=LATER)

    for again in (
        partial(erase_customer, customer_id=customer.pk, at=LATER),
        partial(asked, customer, clerk),
    ):
        with pytest.raises(Conflict):
            again()


@pytest.mark.django_db(transaction=True)
def test_two_erasures_of_one_customer_take_turns(customer):
    erase = partial(erase_customer, customer_id=customer.pk, at=LATER)

    with pytest.raises(Conflict):
        run_while_uncommitted(erase, erase)
    assert Erasure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_order_on_its_way_in_is_a_new_one_and_erased_once_it_is_over(store, customer):
    with transaction.atomic():
        place(store, draft("T3", **PERSON, **DONE), at=LATER)
        (done,) = run_together([partial(erase_customer, customer_id=customer.pk, at=LATER)])
    assert done["orders"] == 2
    assert Order.objects.get(external_number="T3").contact.phone == PERSON["phone"]

    assert erase_customer(customer_id=customer.pk, at=LATER)["orders"] == 3
    assert Order.objects.get(external_number="T3").contact == Contact()


def test_a_file_that_is_read_again_brings_nobody_back(customer, store):
    erase_customer(customer_id=customer.pk, at=LATER)

    again = place(store, draft("T1", **PERSON, **DONE), at=LATER + DAY)

    assert outcomes(again) == ["duplicate"]
    assert Order.objects.get(external_number="T1").contact == Contact()
    assert not Customer.objects.filter(external_id=BUYER).exists()


def test_who_orders_again_is_a_new_customer(customer, store):
    erase_customer(customer_id=customer.pk, at=LATER)

    place(store, draft("T9", **PERSON), at=LATER + DAY)

    assert Order.objects.get(external_number="T9").customer_id != customer.pk
    assert Customer.objects.count() == 2


def test_after_a_restore_the_list_erases_again(customer, tmp_path, capsys):
    file = tmp_path / "erasures.jsonl"
    erase_customer(customer_id=customer.pk, at=LATER)
    call_command("erasures", to=file)
    assert BUYER not in file.read_text()
    # As a backup from before would have it.
    Customer.objects.filter(pk=customer.pk).update(external_id=BUYER)
    Order.objects.filter(customer=customer).update(contact_cleared_at=None)
    for order in Order.objects.all():
        order.contact = Contact(PERSON["recipient"], PERSON["phone"])
        order.save(update_fields=["sealed_contact", "phone_digest"])
    capsys.readouterr()

    for found in ('"erased":1,"already":0', '"erased":0,"already":1'):
        call_command("erasures", apply=file, json=True)
        assert found in capsys.readouterr().out

    assert Customer.objects.get().external_id == f"erased-{customer.pk}"
    assert {order.contact for order in Order.objects.all()} == {Contact()}


def test_the_list_touches_nobody_who_only_has_the_same_number(customer, tmp_path, capsys):
    file = tmp_path / "erasures.jsonl"
    erase_customer(customer_id=customer.pk, at=LATER)
    call_command("erasures", to=file)
    Customer.objects.filter(pk=customer.pk).update(external_id="another", created_at=LATER)
    capsys.readouterr()

    call_command("erasures", apply=file, json=True)

    assert '"not_there":1' in capsys.readouterr().out
    assert Customer.objects.get().external_id == "another"


def test_the_list_of_erasures_is_never_changed():
    row = factories.ErasureFactory()

    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        row.delete()
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        Erasure.objects.update(erased_at=LATER)


def test_an_export_holds_all_that_is_known_and_is_on_record(customer, lead, client):
    client.force_login(lead)
    page = f"/admin/orders/customer/{customer.pk}/export/"
    export = client.post(page, {"reason": "letter of 1 March"})

    assert "no-store" in export["Cache-Control"]
    known = orjson.loads(export.getvalue())
    assert known["buyer_id"] == BUYER
    assert [order["external_number"] for order in known["orders"]] == ["T1", "T2"]
    assert known["orders"][0]["contact"]["phone"] == PERSON["phone"]
    assert known["orders"][0]["lines"] == [{"sku_code": "A", "title": "", "quantity": 1}]
    entry = AuditEntry.objects.get(verb="exported")
    assert (entry.actor, entry.reason, entry.after["rows"]) == (lead, "letter of 1 March", 2)
    assert BUYER not in entry.subject_label


def test_a_clerk_exports_nobody(customer, clerk):
    with pytest.raises(NotAllowed):
        personal.export_person(customer_id=customer.pk, actor=clerk, reason="x", at=LATER)


def test_the_page_files_erasures_and_shows_no_buyer(customer, lead, client):
    client.force_login(lead)
    page = f"/admin/orders/customer/{customer.pk}/"

    text = client.get(f"{page}change/").content.decode()
    assert f"{page}erase/" in text
    assert BUYER not in text

    Order.objects.update(delivered_at=MOMENT - 900 * DAY)
    filed = client.post(f"{page}erase/", {"reason": "letter"}, follow=True)
    assert f"#{customer.pk}" in filed.content.decode()
