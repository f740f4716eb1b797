"""The trail is read by whom it concerns, filtered, exported, and told on each row's own page."""

import csv
import io

import pytest
from django.urls import reverse

from opsdesk.audit.context import acting
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/auditentry/"
EXPORT = f"{LIST}export/"


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


def sign_in(client, store, role):
    person = factories.UserFactory(role=role, store=store)
    client.force_login(person)
    return person


def entry_by(person, store, **fields):
    with acting(via="page", user=person):
        return factories.AuditEntryFactory(store=store, **fields)


def shown(client, entry, query=""):
    return f"{entry.pk}/change/" in client.get(f"{LIST}{query}").content.decode()


def page(entry):
    return f"{LIST}{entry.pk}/change/"


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMINISTRATOR, Role.OPERATIONS_LEAD])
def test_three_roles_see_everybodys(role, client, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    entry = entry_by(colleague, store)
    sign_in(client, store, role)

    assert shown(client, entry)
    assert client.get(page(entry)).status_code == 200


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.CATALOG_OPERATOR, Role.SERVICE_LEAD])
def test_others_see_what_they_did_themselves(role, client, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    theirs = entry_by(colleague, store)
    person = sign_in(client, store, role)
    own = entry_by(person, store)

    assert shown(client, own)
    assert not shown(client, theirs)
    assert client.get(page(theirs)).status_code == 404
    assert client.get(EXPORT).status_code == 403


def test_a_change_of_a_person_is_seen_where_the_person_works(client, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    stranger = factories.UserFactory(role=Role.WAREHOUSE)
    User.objects.update(is_superuser=False, email="new@example.com")
    sign_in(client, store, Role.FINANCE)

    assert shown(client, AuditEntry.objects.of(colleague).get(verb="changed"))
    assert not shown(client, AuditEntry.objects.of(stranger).get(verb="changed"))


def test_the_trail_is_narrowed_by_person_kind_verb_and_way(client, store):
    boss = sign_in(client, store, Role.ADMINISTRATOR)
    entry = entry_by(boss, store)

    for query in (f"person={boss.pk}", "model=catalog.sku", "verb=changed", "via=page"):
        assert shown(client, entry, f"?{query}"), query
    other = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    for query in (f"person={other.pk}", "model=orders.order", "verb=deleted", "via=sql"):
        assert not shown(client, entry, f"?{query}"), query


def test_an_entry_tells_before_and_after_in_words(client, store):
    sku = factories.SkuFactory(store=store)
    boss = sign_in(client, store, Role.ADMINISTRATOR)
    with acting(via="page", user=boss, reason="autumn sale"):
        sku.list_price = 80
        sku.is_active = False
        sku.save()

    text = client.get(page(AuditEntry.objects.of(sku).get())).content.decode()

    for words in ("List price", "100.00", "80.00", "Active", "autumn sale", "Administrator"):
        assert words in text
    assert reverse("admin:catalog_sku_change", args=[sku.pk]) in text


def test_the_row_s_own_page_tells_its_history(client, store):
    order = factories.OrderFactory(store=store)
    finance = sign_in(client, store, Role.FINANCE)
    with acting(via="page", user=finance, reason="agreed on the phone"):
        type(order).objects.filter(pk=order.pk).update(refunded_amount=5)

    for address in (f"/admin/orders/order/{order.pk}/{part}/" for part in ("change", "history")):
        text = client.get(address).content.decode()
        assert "refunded 0.00 → 5.00" in text.lower()
        assert "agreed on the phone" in text


def test_a_price_s_history_is_one_click_from_the_article(client, store):
    sku = factories.SkuFactory(store=store)
    sign_in(client, store, Role.OPERATIONS_LEAD)

    text = client.get(reverse("admin:catalog_sku_change", args=[sku.pk])).content.decode()

    assert reverse("admin:catalog_sku_history", args=[sku.pk]) in text


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_holds_what_the_filters_leave_and_is_on_record(client, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    entry_by(colleague, store, subject_label="=HYPERLINK(1)", subject_id=7)
    entry_by(colleague, store, model="orders.order")
    finance = sign_in(client, store, Role.FINANCE)

    response = client.get(f"{EXPORT}?model=catalog.sku&person={colleague.pk}")

    assert response.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    (row,) = rows_of(response)
    assert (row["person"], row["subject"], row["id"]) == (
        colleague.username,
        "'=HYPERLINK(1)",
        "7",
    )
    record = AuditEntry.objects.get(verb="exported")
    assert (record.actor, record.after["rows"]) == (finance, 1)
    assert "model=catalog.sku" in record.after["filters"]


def test_another_store_s_entries_are_in_no_export(client, store):
    factories.AuditEntryFactory(subject_label="THEIRS")
    sign_in(client, store, Role.FINANCE)

    assert "THEIRS" not in str(rows_of(client.get(EXPORT)))


def test_an_entry_about_what_the_code_no_longer_knows_is_still_read(client, store):
    sign_in(client, store, Role.FINANCE)
    entry = factories.AuditEntryFactory(store=store, model="gone.thing", after={"old_field": 1})

    assert "gone.thing" in client.get(LIST).content.decode()
    assert "old_field" in client.get(page(entry)).content.decode().lower()
