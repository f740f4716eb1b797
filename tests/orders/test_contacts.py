"""Personal data at rest: sealed per order, bound to it, found by digest only."""

import subprocess
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from opsdesk import backups, sealing
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import DomainError
from opsdesk.invariants import all_invariants, violations
from orders import contacts
from orders.contacts import Contact
from orders.models import Order
from orders.services import sealed
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place

pytestmark = pytest.mark.django_db
NEW = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
PERSON = {
    "recipient": "欧阳小明",
    "phone": "13812345678",
    "address": "世纪大道 100 号 3 楼",
    "buyer_memo": "ring 13912345678 before you come",
}


@pytest.fixture
def store():
    return factories.StoreFactory()


def dumped() -> str:
    """Everything the database holds, as pg_dump writes it, with what it holds as bytes opened."""
    program = [backups._program("pg_dump"), "--data-only", "--inserts"]
    text = subprocess.run(
        program, env=backups._environment(), capture_output=True, text=True, check=True
    ).stdout
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_contact FROM orders_order")
        return text + "".join(bytes(row[0]).decode("latin-1") for row in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_contains_neither_phone_nor_name_nor_street(store):
    place(store, draft("T-dumped", region="上海市 浦东新区", **PERSON))

    text = dumped()

    assert "T-dumped" in text
    assert "浦东新区" in text
    for value in ("13812345678", "欧阳", "世纪大道", "13912345678", PERSON["phone"].encode().hex()):
        assert value not in text


def test_what_came_in_can_be_read_again(store):
    place(store, draft(**PERSON))

    order = Order.objects.get()
    assert order.contact == Contact(**PERSON)
    assert order.masked_contact.phone == "138****5678"
    assert "13912345678" not in order.masked_contact.buyer_memo


def test_an_order_of_nobody_holds_nothing(store):
    place(store, draft())

    order = Order.objects.get()
    assert (bytes(order.sealed_contact), order.phone_digest) == (b"", None)
    assert order.contact == Contact()


def test_a_contact_that_was_moved_to_another_order_does_not_open(store):
    ours = factories.OrderFactory(store=store)
    other = factories.OrderFactory(store=store, recipient="李雷")
    Order.objects.filter(pk=ours.pk).update(sealed_contact=other.sealed_contact)

    ours.refresh_from_db()

    with pytest.raises(sealing.Unreadable):
        _ = ours.contact
    assert "李" not in ours.masked_contact.recipient


@pytest.mark.parametrize(
    "phone",
    [
        "13812345678",
        "+86 138-1234-5678",
        "008613812345678",
        "138 1234 5678",
        "１３８１２３４５６７８",
    ],
)
def test_a_phone_has_one_digest_however_it_is_written(phone):
    assert contacts.phone_digest(phone) == contacts.phone_digest("13812345678")


def test_what_a_platform_adds_to_a_number_is_no_part_of_it():
    assert contacts.phone_digest("13812345678-1234") == contacts.phone_digest("13812345678")
    assert contacts.phone_digest("13812345679") != contacts.phone_digest("13812345678")
    assert contacts.phone_digest("no number") is None


def test_the_digest_of_a_copy_can_t_be_made_without_the_key(store, settings):
    before = draft(**PERSON).digest()
    settings.FIELD_KEYS = [NEW]

    assert draft(**PERSON).digest() != before


def test_a_copy_is_known_again_while_its_key_is_among_the_keys(store, settings):
    monday = draft(address="Old street 1", paid_at=None, paid_amount=0)
    place(store, monday)
    place(store, draft(address="New street 2", paid_at=None, paid_amount=0))
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]

    assert outcomes(place(store, monday)) == ["duplicate"]
    assert Order.objects.get().contact.address == "New street 2"


def test_with_another_key_a_copy_is_still_no_second_order(store, settings):
    place(store, draft())
    settings.FIELD_KEYS = [NEW]

    assert outcomes(place(store, draft())) == ["duplicate"]


def test_news_about_a_contact_that_can_t_be_read_is_refused(store, settings):
    place(store, draft(**PERSON))
    settings.FIELD_KEYS = [NEW]

    with pytest.raises(DomainError, match="can't be read"), transaction.atomic():
        place(store, draft(**{**PERSON, "phone": "13700000000"}))


def test_a_copy_that_comes_late_brings_no_contact_back(store):
    place(store, draft(**PERSON))
    Order.objects.update(sealed_contact=b"", phone_digest=None, contact_cleared_at=MOMENT)

    place(store, draft(**{**PERSON, "phone": "13700000000"}), at=MOMENT + timedelta(days=1))

    assert Order.objects.get().contact == Contact()


def test_an_order_whose_contact_was_cleared_holds_none(store):
    order = factories.OrderFactory(store=store)

    with pytest.raises(IntegrityError, match="order_cleared"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(contact_cleared_at=MOMENT)


def test_after_resealing_the_old_key_is_needed_no_more(store, settings, monkeypatch):
    monkeypatch.setattr(sealed, "BATCH", 2)
    orders = factories.OrderFactory.create_batch(5, store=store, **PERSON)
    factories.OrderFactory(store=store, recipient="", phone="", address="")
    factories.FormerContactFactory(order=orders[0])
    entries = AuditEntry.objects.count()
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]
    found = contacts.phone_digests(PERSON["phone"])
    assert Order.objects.filter(phone_digest__in=found).count() == 5

    assert sealed.reseal_contacts() == 5
    assert sealed.reseal_contacts() == 0
    assert [sealed.reseal_former_contacts() for _again in range(2)] == [1, 0]

    settings.FIELD_KEYS = [NEW]
    assert {order.contact for order in Order.objects.filter(pk__in=[o.pk for o in orders])} == {
        Contact(**PERSON)
    }
    assert orders[0].former_contacts.get().contact == Contact(**PERSON)
    assert Order.objects.filter(phone_digest=contacts.phone_digest(PERSON["phone"])).count() == 5
    assert AuditEntry.objects.count() == entries
    assert_invariants_hold("orders.contacts")


def test_verify_names_orders_that_no_key_opens(store, settings):
    order = factories.OrderFactory(store=store)
    settings.FIELD_KEYS = [NEW]

    checked = {row["id"]: row for row in violations(all_invariants())}

    assert checked["orders.contacts-can-be-opened"]["cases"] == [
        {"id": order.pk, "external_number": order.external_number}
    ]
