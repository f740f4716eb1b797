"""A selection of a list as a file, written by the worker."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from opsdesk import retention
from opsdesk.audit.models import AuditEntry
from opsdesk.selections import writing
from opsdesk.selections.models import ListExport
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"
PHONE = "13812345678"


@pytest.fixture
def store(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return factories.StoreFactory()


def sign_in(client, store, role=Role.OPERATIONS_LEAD):
    person = factories.UserFactory(role=role, store=store)
    client.force_login(person)
    return person


def ask(client, query="", format="csv"):
    """Asked for and, as the worker does it, written."""
    answer = client.post(f"{LIST}export/?{query}", {"format": format})
    export = ListExport.objects.latest("pk")
    writing.write(export.pk, at=timezone.now())
    export.refresh_from_db()
    assert answer.url == reverse("admin:selections_listexport_change", args=[export.pk])
    return export


def download(client, export):
    return client.get(reverse("admin:selections_listexport_file", args=[export.pk]))


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_file_holds_the_selection_in_the_list_s_order(client, store):
    sign_in(client, store)
    for number, state in (("A-1", "unpaid"), ("B-2", "paid"), ("C-3", "unpaid")):
        factories.OrderFactory(store=store, external_number=number, payment_state=state)
    factories.OrderFactory(payment_state="unpaid")

    export = ask(client, "tab=unpaid&total_max=100")

    assert [row["order number"] for row in table(download(client, export))] == ["C-3", "A-1"]
    assert (export.state, export.written, export.percent) == ("ready", 2, 100)


def test_text_is_no_formula_people_are_masked_and_numbers_are_numbers(client, store):
    sign_in(client, store)
    factories.OrderFactory(
        store=store, external_number="=1+1", total_amount=Decimal("12.50"), phone=PHONE
    )

    as_text = download(client, ask(client))
    [row] = table(as_text)
    sheet = load_workbook(io.BytesIO(download(client, ask(client, format="xlsx")).getvalue()))
    header, cells = [[cell.value for cell in line] for line in sheet.active.iter_rows()]
    typed = dict(zip(header, cells, strict=True))

    assert row["order number"] == "'=1+1"
    assert row["recipient"] == "王* 138****5678"
    assert row["total"] == "12.50"
    assert (typed["order number"], typed["total"]) == ("=1+1", 12.5)
    assert typed["recipient"] == "王* 138****5678"


def test_a_download_is_on_record_with_what_was_selected(client, store):
    person = sign_in(client, store)
    factories.OrderFactory(store=store)
    export = ask(client, "tab=review")

    download(client, export).getvalue()

    entry = AuditEntry.objects.get(verb=AuditEntry.Verb.EXPORTED)
    assert entry.actor == person
    assert entry.model == "orders.order"
    assert entry.after == {"rows": 1, "sha256": export.sha256, "filters": "tab=review"}


def test_rights_are_read_again_when_the_file_is_written(client, store):
    person = sign_in(client, store)
    client.post(f"{LIST}export/", {"format": "csv"})
    export = ListExport.objects.get()
    person.memberships.all().delete()

    assert writing.write(export.pk, at=timezone.now()) == "failed"
    export.refresh_from_db()
    assert export.error == "You may not export this list any more."


def test_only_rows_of_stores_where_one_may_export_are_in_it(client, store):
    person = sign_in(client, store)
    other = factories.MembershipFactory(user=person, role=Role.WAREHOUSE).store
    client.force_login(person)
    ours = factories.OrderFactory(store=store)
    factories.OrderFactory(store=other)

    found = table(download(client, ask(client)))

    assert [row["order number"] for row in found] == [ours.external_number]


def test_who_may_not_export_is_neither_offered_nor_given_it(client, store):
    sign_in(client, store, Role.WAREHOUSE)

    assert "od-export" not in client.get(LIST).content.decode()
    assert client.post(f"{LIST}export/", {"format": "csv"}).status_code == 403


def test_nobody_else_gets_the_file(client, store):
    sign_in(client, store)
    export = ask(client)
    sign_in(client, store)

    assert download(client, export).status_code == 404


def test_the_file_is_gone_after_its_day(client, store):
    sign_in(client, store)
    export = ask(client)
    path = export.file.path
    later = timezone.now() + timedelta(days=1, hours=1)

    deleted = retention.delete_old_rows(None, later)

    assert deleted["export files"] == 1
    assert not ListExport.objects.exists()
    assert not Path(path).exists()


def test_a_file_past_its_day_is_not_handed_over(client, store):
    sign_in(client, store)
    export = ask(client)
    ListExport.objects.update(expires_at=timezone.now())

    answer = client.get(reverse("admin:selections_listexport_file", args=[export.pk]), follow=True)

    assert "not kept any more" in answer.content.decode()


def test_pages_are_read_by_key_so_many_statements_for_so_many_rows(client, store, monkeypatch):
    """Rows cost statements by the page, never by the row, and each page says how far it is."""
    monkeypatch.setattr(writing, "PAGE", 2)
    sign_in(client, store)
    factories.OrderFactory.create_batch(5, store=store, placed_at=MOMENT)

    export = ask(client)

    numbers = [row["order number"] for row in table(download(client, export))]
    assert len(set(numbers)) == len(numbers) == export.written == 5


def test_a_selection_too_large_says_what_helps(client, store, monkeypatch):
    monkeypatch.setitem(writing.MOST, "xlsx", 1)
    sign_in(client, store)
    factories.OrderFactory.create_batch(2, store=store)

    assert "choose CSV" in ask(client, format="xlsx").error


def test_what_a_worker_left_behind_is_written_by_the_next(client, store):
    sign_in(client, store)
    client.post(f"{LIST}export/", {"format": "csv"})
    at = timezone.now()
    ListExport.objects.update(state="running", lease_until=at, attempts=1)

    assert writing.write_waiting(at=at) == 0
    assert writing.write_waiting(at=at + timedelta(seconds=1)) == 1
    assert writing.write_waiting(at=at + timedelta(seconds=1)) == 0
    assert ListExport.objects.get().attempts == 2
